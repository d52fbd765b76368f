import JSON

/// Reads JSON Schema into ``SchemaNode``s; a keyword it does not know is an error, because ignoring it would let bad
/// configurations pass.
struct SchemaReader {
  /// Keywords that say nothing about validity.
  private static let annotations: Set<String> = [
    "$schema", "$id", "$comment", "title", "examples", "deprecated", "readOnly", "writeOnly", "format",
    "contentEncoding", "contentMediaType",
  ]

  /// The definitions found so far, by JSON pointer.
  private(set) var definitions: [String: SchemaNode] = [:]
  private var references: [(pointer: String, target: String)] = []

  mutating func read(document: JSONNode) throws(PluginSchemaError) -> SchemaNode {
    let root = try read(document, "")
    definitions["#"] = root
    for reference in references where definitions[reference.target] == nil {
      throw PluginSchemaError(
        pointer: reference.pointer, message: "'\(reference.target)' is no definition of this document")
    }
    return root
  }

  private mutating func read(_ node: JSONNode, _ pointer: String) throws(PluginSchemaError) -> SchemaNode {
    if let truth = node.boolean { return truth ? .anything : .nothing }
    guard let members = node.members else {
      throw PluginSchemaError(pointer: pointer, message: "a schema is an object, true or false")
    }
    if members.count == 1, members[0].name == "$ref" {
      return .reference(try reference(members[0].value, pointer + "/$ref"))
    }
    var keywords = SchemaKeywords()
    for member in members {
      try read(member.name, member.value, "\(pointer)/\(member.name)", into: &keywords)
    }
    return .keywords(keywords)
  }

  // One case a keyword: a table of closures would say the same in more words.
  private mutating func read(
    _ keyword: String, _ value: JSONNode, _ pointer: String, into keywords: inout SchemaKeywords
  ) throws(PluginSchemaError) {
    switch keyword {
    case "type": keywords.types = try types(value, pointer)
    case "properties": keywords.properties = try schemas(in: value, pointer)
    case "required": keywords.required = try names(value, pointer)
    case "additionalProperties", "unevaluatedProperties": keywords.additionalProperties = try read(value, pointer)
    case "propertyNames": keywords.propertyNames = try read(value, pointer)
    case "minProperties": keywords.minimumProperties = try count(value, pointer)
    case "maxProperties": keywords.maximumProperties = try count(value, pointer)
    case "items": keywords.items = try read(value, pointer)
    case "prefixItems": keywords.prefixItems = try list(value, pointer)
    case "minItems": keywords.minimumItems = try count(value, pointer)
    case "maxItems": keywords.maximumItems = try count(value, pointer)
    case "uniqueItems": keywords.hasUniqueItems = try truth(value, pointer)
    case "enum":
      guard let values = value.array, !values.isEmpty else {
        throw PluginSchemaError(pointer: pointer, message: "expected a list of values")
      }
      keywords.enumeration = values
    case "const": keywords.constant = value
    case "default": keywords.defaultValue = value
    case "minimum": keywords.minimum = try number(value, pointer)
    case "maximum": keywords.maximum = try number(value, pointer)
    case "exclusiveMinimum": keywords.exclusiveMinimum = try number(value, pointer)
    case "exclusiveMaximum": keywords.exclusiveMaximum = try number(value, pointer)
    case "multipleOf": keywords.multipleOf = try number(value, pointer)
    case "minLength": keywords.minimumLength = try count(value, pointer)
    case "maxLength": keywords.maximumLength = try count(value, pointer)
    case "pattern": keywords.pattern = try text(value, pointer)
    case "oneOf": keywords.oneOf = try list(value, pointer)
    case "anyOf": keywords.anyOf = try list(value, pointer)
    case "allOf": keywords.allOf = try list(value, pointer)
    case "not": keywords.negated = try read(value, pointer)
    case "if": keywords.condition = try read(value, pointer)
    case "then": keywords.consequence = try read(value, pointer)
    case "else": keywords.alternative = try read(value, pointer)
    case "dependentRequired":
      for member in value.members ?? [] {
        keywords.dependentRequired.append((member.name, try names(member.value, "\(pointer)/\(member.name)")))
      }
    case "$ref": keywords.reference = try reference(value, pointer)
    case "$defs", "definitions":
      for (name, schema) in try schemas(in: value, pointer) { definitions["#\(pointer)/\(name)"] = schema }
    case "description": keywords.description = try text(value, pointer)
    case "x-message": keywords.message = try text(value, pointer)
    case "x-secret", "x-encrypted": keywords.isSecret = try truth(value, pointer)
    case "x-referenceable": keywords.isReferenceable = try truth(value, pointer)
    default:
      guard Self.annotations.contains(keyword) || keyword.hasPrefix("x-") else {
        throw PluginSchemaError(pointer: pointer, message: "the keyword '\(keyword)' is not supported")
      }
    }
  }

  private func types(_ value: JSONNode, _ pointer: String) throws(PluginSchemaError) -> [SchemaKeywords.ValueType] {
    var types: [SchemaKeywords.ValueType] = []
    for name in value.array ?? [value] {
      guard let text = name.string, let type = SchemaKeywords.ValueType(rawValue: text) else {
        throw PluginSchemaError(pointer: pointer, message: "expected the name of a type")
      }
      types.append(type)
    }
    return types
  }

  private mutating func schemas(in value: JSONNode, _ pointer: String) throws(PluginSchemaError)
    -> [(name: String, schema: SchemaNode)]
  {
    guard let members = value.members else {
      throw PluginSchemaError(pointer: pointer, message: "expected an object of schemas")
    }
    var schemas: [(name: String, schema: SchemaNode)] = []
    for member in members { schemas.append((member.name, try read(member.value, "\(pointer)/\(member.name)"))) }
    return schemas
  }

  private mutating func list(_ value: JSONNode, _ pointer: String) throws(PluginSchemaError) -> [SchemaNode] {
    guard let elements = value.array, !elements.isEmpty else {
      throw PluginSchemaError(pointer: pointer, message: "expected a list of schemas")
    }
    var schemas: [SchemaNode] = []
    for (index, element) in elements.enumerated() { schemas.append(try read(element, "\(pointer)/\(index)")) }
    return schemas
  }

  private mutating func reference(_ value: JSONNode, _ pointer: String) throws(PluginSchemaError) -> String {
    guard let target = value.string, target.hasPrefix("#") else {
      throw PluginSchemaError(pointer: pointer, message: "expected a reference into this document: #/$defs/…")
    }
    references.append((pointer, target))
    return target
  }

  private func names(_ value: JSONNode, _ pointer: String) throws(PluginSchemaError) -> [String] {
    guard let elements = value.array, elements.allSatisfy({ $0.string != nil }) else {
      throw PluginSchemaError(pointer: pointer, message: "expected a list of names")
    }
    return value.strings
  }

  private func count(_ value: JSONNode, _ pointer: String) throws(PluginSchemaError) -> Int {
    guard let count = value.integer, count >= 0 else {
      throw PluginSchemaError(pointer: pointer, message: "expected an integer of at least 0")
    }
    return count
  }

  private func number(_ value: JSONNode, _ pointer: String) throws(PluginSchemaError) -> Double {
    guard let number = value.double else { throw PluginSchemaError(pointer: pointer, message: "expected a number") }
    return number
  }

  private func text(_ value: JSONNode, _ pointer: String) throws(PluginSchemaError) -> String {
    guard let text = value.string else { throw PluginSchemaError(pointer: pointer, message: "expected a string") }
    return text
  }

  private func truth(_ value: JSONNode, _ pointer: String) throws(PluginSchemaError) -> Bool {
    guard let truth = value.boolean else {
      throw PluginSchemaError(pointer: pointer, message: "expected true or false")
    }
    return truth
  }
}
