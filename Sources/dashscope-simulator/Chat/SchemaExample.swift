import JSON

/// Makes a value that a JSON schema accepts: how the simulated model fills in arguments that nobody gave it.
enum SchemaExample {
  /// The JSON text of a value for `schema`: the required members of objects, and the first of all choices.
  static func text(_ schema: JSONNode?) -> String {
    String(decoding: value(schema, depth: 0, root: schema).serialized(), as: UTF8.self)
  }

  private static func value(_ schema: JSONNode?, depth: Int, root: JSONNode?) -> JSONNode {
    guard let schema, depth < 16 else { return JSONNode(.object([])) }
    if let constant = schema["const"] ?? schema["enum"]?.array?.first ?? schema["default"] { return constant }
    if let reference = schema["$ref"]?.string, let target = resolve(reference, root: root) {
      return value(target, depth: depth + 1, root: root)
    }
    for name in ["anyOf", "oneOf", "allOf"] {
      if let choice = schema[name]?.array?.first { return value(choice, depth: depth + 1, root: root) }
    }
    switch schema["type"]?.string ?? schema["type"]?.array?.first?.string ?? "object" {
    case "string": return JSONNode(.string("example"))
    case "integer", "number": return schema["minimum"] ?? JSONNode(.number("1"))
    case "boolean": return JSONNode(.boolean(true))
    case "null": return JSONNode(.null)
    case "array":
      let count = min(max(0, schema["minItems"]?.integer ?? 0), 16)
      let item = value(schema["items"], depth: depth + 1, root: root)
      return JSONNode(.array(Array(repeating: item, count: count)))
    default:
      var members: [JSONNode.Member] = []
      for name in (schema["required"]?.array ?? []).compactMap(\.string) {
        members.append(.init(name: name, value: value(schema["properties"]?[name], depth: depth + 1, root: root)))
      }
      return JSONNode(.object(members))
    }
  }

  private static func resolve(_ reference: String, root: JSONNode?) -> JSONNode? {
    guard reference.hasPrefix("#/") else { return nil }
    return reference.dropFirst(2).split(separator: "/").reduce(root) { node, name in node?[String(name)] }
  }
}
