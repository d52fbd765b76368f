import JSON

/// A check that looks at several fields of an entity or record.
struct EntityCheck: Sendable {
  /// Something a check found.
  struct Finding: Sendable {
    /// The field it is about; `nil`: the entity as a whole.
    var field: String?
    var message: String
    var hint: String?

    init(_ field: String?, _ message: String, hint: String? = nil) {
      self.field = field
      self.message = message
      self.hint = hint
    }
  }

  /// The check in the JSON form of Kong's schema language.
  let form: JSONNode?
  /// The fields it looks at: it does not run when one of them is already known to be bad.
  let fields: [String]
  /// What is wrong with the entity, whose defaults are filled.
  let findings: @Sendable (JSONNode, ValidationOptions) -> [Finding]

  init(
    fields: [String], form: JSONNode? = nil,
    findings: @escaping @Sendable (JSONNode, ValidationOptions) -> [Finding]
  ) {
    self.fields = fields
    self.form = form
    self.findings = findings
  }

  /// When a field has one of these values (or, `negated`, none of them), another must be null.
  static func mustBeNull(_ field: String, when condition: String, isOneOf values: [String], negated: Bool = false)
    -> EntityCheck
  {
    conditional(
      condition, isOneOf: values, negated: negated, then: field, form: .of(members: [("eq", JSONNode(.null))])
    ) { $0 == nil ? nil : "value must be null" }
  }

  /// When a field has one of these values, another must be there.
  static func mustBeSet(_ field: String, when condition: String, isOneOf values: [String]) -> EntityCheck {
    conditional(condition, isOneOf: values, then: field, form: .of(members: [("required", .of(true))])) {
      $0 == nil ? "required field missing" : nil
    }
  }

  /// When a field has one of these values, another must have one of those.
  static func mustBeOneOf(_ field: String, _ allowed: [String], when condition: String, isOneOf values: [String])
    -> EntityCheck
  {
    conditional(condition, isOneOf: values, then: field, form: .of(members: [("one_of", .of(allowed))])) {
      guard let text = $0?.string, !allowed.contains(text) else { return nil }
      return "expected one of: \(allowed.joined(separator: ", "))"
    }
  }

  private static func conditional(
    _ condition: String, isOneOf values: [String], negated: Bool = false, then field: String, form: JSONNode,
    fault: @escaping @Sendable (JSONNode?) -> String?
  ) -> EntityCheck {
    let match = JSONNode.of(members: [(negated ? "not_one_of" : "one_of", .of(values))])
    return EntityCheck(
      fields: [condition, field],
      form: .of(members: [
        (
          "conditional",
          .of(members: [
            ("if_field", .of(condition)), ("if_match", match), ("then_field", .of(field)), ("then_match", form),
          ])
        )
      ])
    ) { entity, _ in
      let value = entity.present(condition)?.string ?? ""
      guard values.contains(value) != negated, let message = fault(entity.present(field)) else { return [] }
      return [
        Finding(nil, "failed conditional validation given value of field '\(condition)'"), Finding(field, message),
      ]
    }
  }

  /// At least one of these fields must be there.
  static func atLeastOneOf(_ names: [String]) -> EntityCheck {
    EntityCheck(fields: names, form: .of(members: [("at_least_one_of", .of(names))])) { entity, _ in
      if names.contains(where: { entity.present($0) != nil }) { return [] }
      return [Finding(nil, "at least one of these fields must be non-empty: \(quoted(names))")]
    }
  }

  /// Exactly one of these fields must be there.
  static func onlyOneOf(_ names: [String]) -> EntityCheck {
    EntityCheck(fields: names, form: .of(members: [("only_one_of", .of(names))])) { entity, _ in
      if names.count(where: { entity.present($0) != nil }) == 1 { return [] }
      return [Finding(nil, "exactly one of these fields must be non-empty: \(quoted(names))")]
    }
  }

  /// All of these fields or none must be there.
  static func mutuallyRequired(_ names: [String]) -> EntityCheck {
    EntityCheck(fields: names, form: .of(members: [("mutually_required", .of(names))])) { entity, _ in
      let count = names.count { entity.present($0) != nil }
      if count == 0 || count == names.count { return [] }
      return [Finding(nil, "all or none of these fields must be set: \(quoted(names))")]
    }
  }

  /// Two fields must not have the same value.
  static func distinct(_ names: [String]) -> EntityCheck {
    EntityCheck(fields: names, form: .of(members: [("distinct", .of(names))])) { entity, _ in
      let values = names.compactMap { entity.present($0)?.string }
      if Set(values).count == values.count { return [] }
      return [Finding(nil, "values of these fields must be distinct: \(quoted(names))")]
    }
  }

  private static func quoted(_ names: [String]) -> String {
    names.map { "'\($0)'" }.joined(separator: ", ")
  }
}

extension JSONNode {
  /// The form of a check that is a function.
  static func customCheck(_ fields: [String], runsWithMissingFields: Bool = false) -> JSONNode {
    var members: [(String, JSONNode)] = [("field_sources", .of(fields))]
    if runsWithMissingFields { members.append(("run_with_missing_fields", .of(true))) }
    return .of(members: [("custom_entity_check", .of(members: members))])
  }
}
