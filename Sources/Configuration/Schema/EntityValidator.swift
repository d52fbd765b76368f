import JSON

/// Checks entities against their schemas and fills what was left out.
public struct EntityValidator: Sendable {
  /// What it needs to know of the outside.
  public let options: ValidationOptions

  /// Makes a validator.
  public init(_ options: ValidationOptions = ValidationOptions()) {
    self.options = options
  }

  /// Checks an entity.
  ///
  /// - Parameters:
  ///   - node: The entity as it was given: an object.
  ///   - type: What it should be.
  ///   - partial: Whether only the fields that are there are looked at: nothing is missing and nothing is filled.
  ///   - path: Where the entity stands; the errors' paths start with it.
  /// - Returns: The entity with all its fields in the order of the schema (`null` where there is nothing), and what is wrong with
  ///   it. When something is wrong the entity is what could be made of it.
  public func validate(
    _ node: JSONNode, as type: EntityType, partial: Bool = false, path: ConfigurationPath = ConfigurationPath()
  ) -> (entity: JSONNode, errors: [ConfigurationError]) {
    let schema = type.schema
    var run = ValidationRun(options: options, isPartial: partial)
    let expanded = Shorthand.expand(node, as: type, path: path, errors: &run.errors)
    let entity = run.record(expanded, fields: schema.fields, checks: schema.checks, path: path, entity: type)
    return (run.errors.isEmpty && !partial ? EntityNormalization.normalized(entity, type) : entity, run.errors)
  }
}

/// One walk over an entity; collects what is wrong.
struct ValidationRun {
  let options: ValidationOptions
  let isPartial: Bool
  var errors: [ConfigurationError] = []

  init(options: ValidationOptions, isPartial: Bool = false) {
    self.options = options
    self.isPartial = isPartial
  }

  /// Checks an object and fills its defaults.
  mutating func record(
    _ node: JSONNode, fields: [FieldSchema], checks: [EntityCheck], path: ConfigurationPath, entity: EntityType? = nil
  ) -> JSONNode {
    guard let members = node.members else {
      let what = entity == nil ? "a record" : "a record"
      errors.append(.init("expected \(what)", at: path, location: node.location))
      return node
    }
    let firstError = errors.count
    for member in members where !fields.contains(where: { $0.name == member.name }) {
      if entity != nil, options.surface == .declarative, ["_comment", "_ignore"].contains(member.name) { continue }
      errors.append(
        .init(
          "unknown field", at: path.appending(member.name), location: member.nameLocation ?? member.value.location,
          hint: Suggestion.hint(for: member.name, among: fields.map(\.name))))
    }
    var result = JSONNode(.object([]), at: node.location)
    var kept: [JSONNode.Member] = []
    var faulty = Set<String>()
    for field in fields {
      let before = errors.count
      let given = node.member(named: field.name)
      if let value = self.value(of: field, given: given, in: node, entity: entity, path: path.appending(field.name)) {
        let isShown =
          field.isTransient ? options.surface == .adminAPI && !value.isNull : !(field.isLeftOutWhenNull && value.isNull)
        if isShown {
          kept.append(JSONNode.Member(name: field.name, nameLocation: given?.nameLocation, value: value))
        }
      }
      if errors.count > before { faulty.insert(field.name) }
    }
    result.content = .object(kept)
    if !isPartial {
      var said = Set(errors[firstError...].filter { $0.scope == .entity && $0.components == path }.map(\.message))
      for check in checks where !check.fields.contains(where: faulty.contains) {
        for finding in check.findings(result, options) {
          if let field = finding.field {
            let member = node.member(named: field)
            errors.append(
              .init(
                finding.message, at: path.appending(field), location: member?.value.location ?? node.location,
                hint: finding.hint))
          } else if said.insert(finding.message).inserted {
            errors.append(
              .init(finding.message, at: path, location: node.location, hint: finding.hint, scope: .entity))
          }
        }
      }
    }
    return result
  }

  /// The value of a field: what was given, or the default; `nil` when a partial entity does not have it.
  private mutating func value(
    of field: FieldSchema, given member: JSONNode.Member?, in record: JSONNode, entity: EntityType?,
    path: ConfigurationPath
  ) -> JSONNode? {
    let given = member?.value
    if case .pluginConfiguration = field.kind {
      if isPartial, given == nil { return nil }
      return pluginConfiguration(given, in: record, path: path)
    }
    if case .vaultConfiguration = field.kind {
      if isPartial, given == nil { return nil }
      return vaultConfiguration(given, in: record, path: path)
    }
    if let given, !given.isNull {
      return value(given, field, path: path)
    }
    if isPartial {
      if let given, field.isRequired {
        errors.append(.init("required field missing", at: path, location: given.location))
      }
      return given
    }
    if let given, field.isRequired, field.defaultValue != nil || !field.isAutomatic {
      errors.append(.init("required field missing", at: path, location: given.location))
      return given
    }
    if given == nil, let value = defaultValue(of: field, in: record, entity: entity) { return value }
    if case .record(let fields, let checks) = field.kind, field.isRequired, given == nil {
      return self.record(JSONNode(.object([])), fields: fields, checks: checks, path: path)
    }
    if field.isAutomatic, let value = automaticValue(of: field) { return value }
    if field.isRequired {
      errors.append(
        .init(
          "required field missing", at: path, location: record.location,
          hint: field.name == "host" && entity == .services ? "give 'host' or 'url'" : nil))
    }
    return JSONNode(.null)
  }

  private func defaultValue(of field: FieldSchema, in record: JSONNode, entity: EntityType?) -> JSONNode? {
    // A request for gRPC names its method by the whole path, so its routes strip nothing.
    if entity == .routes, field.name == "strip_path",
      record.present("protocols")?.strings.contains(where: ["grpc", "grpcs"].contains) == true
    {
      return .of(false)
    }
    return field.defaultValue
  }

  private func automaticValue(of field: FieldSchema) -> JSONNode? {
    switch field.name {
    case "id": .of(UUIDText.random())
    case "created_at", "updated_at": .of(options.now)
    // Keys and secrets that nobody gave: as random as two UUIDs, as Kong's 32 letters are.
    default: .of(UUIDText.random().filter { $0 != "-" })
    }
  }

  /// Checks a value against its type and rules.
  mutating func value(_ node: JSONNode, _ field: FieldSchema, path: ConfigurationPath) -> JSONNode {
    func expected(_ what: String, _ errors: inout [ConfigurationError]) -> JSONNode {
      errors.append(.init("expected \(what)", at: path, location: node.location, hint: Self.typeHint(node, what)))
      return node
    }
    var result = node
    let before = errors.count
    switch field.kind {
    case .string:
      guard let text = node.string else { return expected("a string", &errors) }
      if field.isReferenceable, VaultReference.isReference(text) { return node }
    case .integer:
      guard node.number != nil, node.integer != nil else { return expected("an integer", &errors) }
    case .number:
      guard node.double != nil else { return expected("a number", &errors) }
    case .boolean:
      guard node.boolean != nil else { return expected("a boolean", &errors) }
    case .array(let element), .set(let element):
      var isSet = false
      if case .set = field.kind { isSet = true }
      guard let elements = Self.collection(node) else { return expected(isSet ? "a set" : "an array", &errors) }
      var kept: [JSONNode] = []
      for (index, item) in elements.enumerated() {
        let checked = value(item, element, path: path.appending(index))
        if !isSet || !kept.contains(checked) { kept.append(checked) }
      }
      result = JSONNode(.array(kept), at: node.location)
    case .map(let key, let value):
      guard let members = node.members ?? (node.array?.isEmpty == true ? [] : nil) else {
        return expected("a map", &errors)
      }
      var kept: [JSONNode.Member] = []
      for var member in members {
        let place = path.appending(member.name)
        if let fault = fault(of: JSONNode(.string(member.name)), key.rules) {
          errors.append(.init(fault, at: place, location: member.nameLocation))
        }
        // As in Kong, a value of the wrong type is reported at the map; its location says which it is.
        member.value = self.value(member.value, value, path: value.fits(member.value) ? place : path)
        kept.append(member)
      }
      result = JSONNode(.object(kept), at: node.location)
    case .record(let fields, let checks):
      guard node.members != nil || node.isEmptyCollection else { return expected("a record", &errors) }
      result = record(
        node.members == nil ? JSONNode(.object([]), at: node.location) : node, fields: fields, checks: checks,
        path: path)
    case .foreign(let type):
      return foreign(node, type, path: path)
    case .pluginConfiguration, .vaultConfiguration:
      return node
    }
    if errors.count == before, let fault = fault(of: result, field.rules) {
      let message = field.isSecret && !fault.hasPrefix("length") ? Self.withoutValue(fault, node) : fault
      errors.append(.init(message, at: path, location: node.location))
    }
    return result
  }

  private func fault(of node: JSONNode, _ rules: [Rule]) -> String? {
    for rule in rules {
      if let fault = rule.fault(node, options) { return fault }
    }
    return nil
  }

  /// Kong's configurations come through Lua, where an empty object is an empty list.
  private static func collection(_ node: JSONNode) -> [JSONNode]? {
    node.array ?? (node.members?.isEmpty == true ? [] : nil)
  }

  private static func withoutValue(_ message: String, _ node: JSONNode) -> String {
    guard let text = node.string, message.hasSuffix(": \(text)") || message.contains(text: "'\(text)'") else {
      return message
    }
    return "invalid value"
  }

  /// What a reader of YAML most likely stumbled over.
  static func typeHint(_ node: JSONNode, _ what: String) -> String? {
    switch (what, node.content) {
    case ("a string", .number), ("a string", .boolean): "put the value in quotes"
    case ("an integer", .string(let text)) where Int(text) != nil: "write the number without quotes"
    case ("a number", .string(let text)) where Double(text) != nil: "write the number without quotes"
    case ("a boolean", .string(let text)) where ["true", "false"].contains(text.lowercased()):
      "write true or false without quotes"
    case ("a boolean", .string(let text)) where ["yes", "no", "on", "off"].contains(text.lowercased()):
      "write true or false"
    case ("a set", .string), ("an array", .string): "write a list: [value]"
    default: nil
    }
  }

  /// A reference to another entity: `{id: …}`; other ways to name it are left to the caller, who knows the others.
  private mutating func foreign(_ node: JSONNode, _ type: EntityType, path: ConfigurationPath) -> JSONNode {
    guard let members = node.members else {
      errors.append(.init("missing primary key", at: path.appending("id"), location: node.location))
      return node
    }
    if let id = members.first(where: { $0.name == "id" }) {
      guard let text = id.value.string, UUIDText.isValid(text) else {
        errors.append(
          .init(
            id.value.string == nil ? "expected a string" : "expected a valid UUID", at: path.appending("id"),
            location: id.value.location))
        return node
      }
      return JSONNode(.object([JSONNode.Member(name: "id", value: id.value)]), at: node.location)
    }
    if let key = type.schema.endpointKey, node.present(key)?.string != nil { return node }
    errors.append(.init("missing primary key", at: path.appending("id"), location: node.location))
    return node
  }
}
