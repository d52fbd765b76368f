import JSON

/// One schema of a JSON Schema document, read into the form in which values are checked.
indirect enum SchemaNode: Sendable {
  /// `true`: anything.
  case anything
  /// `false`: nothing.
  case nothing
  /// `$ref` to a definition of the same document, by its JSON pointer.
  case reference(String)
  /// Keywords that all must hold.
  case keywords(SchemaKeywords)
}

/// The keywords of a schema that the gateway understands (JSON Schema 2020-12).
struct SchemaKeywords: Sendable {
  /// The types of JSON Schema.
  enum ValueType: String, Sendable {
    case null, boolean, integer, number, string, array, object
  }

  var types: [ValueType] = []
  var properties: [(name: String, schema: SchemaNode)] = []
  var required: [String] = []
  var additionalProperties: SchemaNode?
  var propertyNames: SchemaNode?
  var minimumProperties: Int?
  var maximumProperties: Int?
  var items: SchemaNode?
  var prefixItems: [SchemaNode] = []
  var minimumItems: Int?
  var maximumItems: Int?
  var hasUniqueItems = false
  var enumeration: [JSONNode]?
  var constant: JSONNode?
  var defaultValue: JSONNode?
  var minimum: Double?
  var maximum: Double?
  var exclusiveMinimum: Double?
  var exclusiveMaximum: Double?
  var multipleOf: Double?
  var minimumLength: Int?
  var maximumLength: Int?
  var pattern: String?
  var oneOf: [SchemaNode] = []
  var anyOf: [SchemaNode] = []
  var allOf: [SchemaNode] = []
  var negated: SchemaNode?
  var condition: SchemaNode?
  var consequence: SchemaNode?
  var alternative: SchemaNode?
  var dependentRequired: [(name: String, needs: [String])] = []
  /// `$ref` beside other keywords.
  var reference: String?
  var description: String?
  /// `x-message`: what is said of a value that fails a check of its own, instead of the message of the check.
  var message: String?
  /// `x-secret`: the value is printed nowhere.
  var isSecret = false
  /// `x-referenceable`: the value may be a vault reference.
  var isReferenceable = false
}

/// Why a plugin's schema cannot be used.
public struct PluginSchemaError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The JSON pointer (RFC 6901) to the keyword; empty for the document.
  public let pointer: String
  /// What is wrong.
  public let message: String

  /// `schema: /properties/path/type: …`
  public var description: String { "schema: \(pointer.isEmpty ? "" : "\(pointer): ")\(message)" }
}
