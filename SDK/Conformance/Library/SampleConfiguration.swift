import Configuration
import JSON
import Routing

/// Configurations for a plugin: the user's own or one made from its schema, and what can be made of it by changing one
/// thing.
struct SampleConfiguration {
  /// The schema, when the plugin has one that can be read.
  let schema: PluginSchema?
  /// Valid, without defaults.
  let given: JSONNode

  init(schema text: String?, given: JSONNode?) throws(Finding) {
    schema = text.flatMap { try? PluginSchema(parsing: $0) }
    if let given {
      self.given = given
    } else if let schema {
      self.given = Self.example(schema.document, root: schema.document, depth: 0) ?? JSONNode(.object([]))
    } else {
      self.given = JSONNode(.object([]))
    }
  }

  /// What the host gives to the plugin: defaults filled in.
  func filled(_ node: JSONNode) -> [UInt8] {
    (schema?.validate(node).filled ?? node).serialized()
  }

  /// The configuration as the plugin gets it.
  var text: [UInt8] { filled(given) }

  /// What is wrong with a configuration by the schema.
  func faults(_ node: JSONNode) -> [String] { schema?.validate(node).errors.map { "\($0)" } ?? [] }

  /// The names of the root's required members.
  var required: [String] { (schema?.document["required"]?.array ?? []).compactMap(\.string) }

  /// The root's properties, with their schemas.
  var properties: [JSONNode.Member] { schema?.document["properties"]?.members ?? [] }

  /// Whether unknown members of the root are refused.
  var isClosed: Bool { schema?.document["additionalProperties"]?.boolean == false }

  /// Valid configurations that differ from ``given`` in one property, with its name.
  var variants: [(name: String, configuration: JSONNode)] {
    guard let schema else { return [] }
    let base = schema.validate(given).filled
    var variants: [(String, JSONNode)] = []
    for property in properties {
      for value in Self.others(property.value, than: base[property.name]) {
        var changed = given
        changed.set(property.name, value)
        guard schema.validate(changed).errors.isEmpty else { continue }
        variants.append((property.name, changed))
        break
      }
    }
    return variants
  }

  private static func others(_ schema: JSONNode, than value: JSONNode?) -> [JSONNode] {
    let current = value?.serializedString() ?? ""
    var candidates: [JSONNode] = schema["enum"]?.array ?? []
    if candidates.isEmpty {
      switch schema["type"]?.string {
      case "boolean": candidates = [true, false]
      case "integer", "number":
        let number = value?.integer ?? schema["minimum"]?.integer ?? 0
        let (next, overflow) = number.addingReportingOverflow(1)
        candidates = overflow ? [] : [JSONNode(next), JSONNode(number - 1)]
      case "string":
        let text = value?.string ?? ""
        candidates = [JSONNode(text + "x"), JSONNode("other"), JSONNode(String(text.dropLast()))]
      default: candidates = []
      }
    }
    return candidates.filter { $0.serializedString() != current }
  }

  /// A value that a schema allows, as far as that can be seen from it.
  static func example(_ schema: JSONNode, root: JSONNode, depth: Int) -> JSONNode? {
    guard depth < 16, schema.members != nil else { return JSONNode(.object([])) }
    if let value = schema["const"] ?? schema["default"] { return value }
    if let first = schema["examples"]?.array?.first ?? schema["enum"]?.array?.first { return first }
    if let target = schema["$ref"]?.string, target.hasPrefix("#/") {
      var node: JSONNode? = root
      for part in target.dropFirst(2).split(separator: "/") { node = node?[String(part)] }
      return node.flatMap { example($0, root: root, depth: depth + 1) }
    }
    for keyword in ["oneOf", "anyOf", "allOf"] where schema["type"] == nil {
      if let first = schema[keyword]?.array?.first { return example(first, root: root, depth: depth + 1) }
    }
    switch schema["type"]?.string ?? schema["type"]?.array?.first?.string ?? "object" {
    case "boolean": return false
    case "integer", "number": return schema["minimum"] ?? 1
    case "string": return text(schema)
    case "array":
      let count = schema["minItems"]?.integer ?? 0
      guard count > 0, let items = schema["items"] else { return JSONNode([JSONNode]()) }
      return JSONNode((0..<min(count, 16)).compactMap { _ in example(items, root: root, depth: depth + 1) })
    case "object":
      var members: [JSONNode.Member] = []
      for name in (schema["required"]?.array ?? []).compactMap(\.string) {
        let property = schema["properties"]?[name] ?? JSONNode(.object([]))
        if let value = example(property, root: root, depth: depth + 1) {
          members.append(.init(name: name, value: value))
        }
      }
      return JSONNode(.object(members))
    default: return JSONNode(.null)
    }
  }

  /// Texts that many rules let through: a URL, a path, a word.
  private static func text(_ schema: JSONNode) -> JSONNode {
    let length = max(schema["minLength"]?.integer ?? 0, 0)
    let candidates = ["http://127.0.0.1:9/", "/tmp/example.log", "example.log", "example", "1"]
    let limit = schema["maxLength"]?.integer ?? Int.max
    if let pattern = schema["pattern"]?.string, let expression = try? RegularExpression(pattern) {
      for candidate in ["example.log"] + candidates where expression.isMatch(candidate) {
        return JSONNode(candidate)
      }
    }
    if schema["format"]?.string?.hasPrefix("uri") == true { return JSONNode(candidates[0]) }
    for candidate in candidates where candidate.utf8.count >= length && candidate.utf8.count <= limit {
      return JSONNode(candidate)
    }
    return JSONNode(String(repeating: "x", count: min(length, 4096)))
  }
}
