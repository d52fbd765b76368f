import JSON

/// A check of one value: how Kong's schema language writes it, and what it says of a bad value.
struct Rule: Sendable {
  /// The attributes of the field in the JSON form of Kong's schema language; empty for checks that it cannot show.
  let form: [JSONNode.Member]
  /// What is wrong with a value of the right type; `nil` when nothing is.
  let fault: @Sendable (JSONNode, ValidationOptions) -> String?

  init(_ form: [(String, JSONNode)] = [], _ fault: @escaping @Sendable (JSONNode, ValidationOptions) -> String?) {
    self.form = form.map { JSONNode.Member(name: $0.0, value: $0.1) }
    self.fault = fault
  }

  /// One of these strings.
  static func oneOf(_ values: [String]) -> Rule {
    Rule([("one_of", .of(values))]) { node, _ in
      guard let text = node.string, !values.contains(text) else { return nil }
      return "expected one of: \(values.joined(separator: ", "))"
    }
  }

  /// One of these integers.
  static func oneOf(_ values: [Int]) -> Rule {
    Rule([("one_of", .of(values))]) { node, _ in
      guard let number = node.integer, !values.contains(number) else { return nil }
      return "expected one of: \(values.map(String.init).joined(separator: ", "))"
    }
  }

  /// None of these strings.
  static func notOneOf(_ values: [String]) -> Rule {
    Rule([("not_one_of", .of(values))]) { node, _ in
      guard let text = node.string, values.contains(text) else { return nil }
      return "must not be one of: \(values.joined(separator: ", "))"
    }
  }

  /// A number in a range, both ends included.
  static func between(_ low: Int, _ high: Int) -> Rule {
    Rule([("between", .of([low, high]))]) { node, _ in
      guard let number = node.double, number < Double(low) || number > Double(high) else { return nil }
      return "value should be between \(low) and \(high)"
    }
  }

  /// A string or a collection of at least so many characters or elements.
  static func lengthMinimum(_ minimum: Int) -> Rule {
    Rule([("len_min", .of(minimum))]) { node, _ in
      let length = node.string?.utf8.count ?? node.array?.count ?? node.members?.count
      guard let length, length < minimum else { return nil }
      return "length must be at least \(minimum)"
    }
  }

  /// A string with a prefix.
  static func startsWith(_ prefix: String) -> Rule {
    Rule([("starts_with", .of(prefix))]) { node, _ in
      guard let text = node.string, !text.hasPrefix(prefix) else { return nil }
      return "should start with: \(prefix)"
    }
  }

  /// A UUID in its usual form.
  static let uuid = Rule([("uuid", .of(true))]) { node, _ in
    guard let text = node.string, !UUIDText.isValid(text) else { return nil }
    return "expected a valid UUID"
  }

  /// A check of a string that Kong's schema language writes as a function.
  static func custom(
    _ form: [(String, JSONNode)] = [], text check: @escaping @Sendable (String) -> String?
  ) -> Rule {
    Rule(form) { node, _ in node.string.flatMap(check) }
  }
}
