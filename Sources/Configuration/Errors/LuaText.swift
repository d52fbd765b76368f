import JSON

/// Values as Lua prints its tables: Kong's messages quote them so.
public enum LuaText {
  /// In one line: `{id="…",name="x"}`, names in alphabetical order.
  public static func inline(_ node: JSONNode) -> String {
    switch node.content {
    case .null: return "null"
    case .boolean(let truth): return String(truth)
    case .number(let spelling): return spelling
    case .string(let text): return "\"\(text)\""
    case .array(let elements): return "{\(elements.map(inline).joined(separator: ","))}"
    case .object(let members):
      let sorted = members.sorted { $0.name < $1.name }
      return "{\(sorted.map { "\($0.name)=\(inline($0.value))" }.joined(separator: ","))}"
    }
  }

  /// Over several lines, indented by two spaces a level.
  public static func block(_ node: JSONNode, level: Int = 0) -> String {
    let inner = String(repeating: "  ", count: level + 1)
    let lines: [String]
    switch node.content {
    case .array(let elements): lines = elements.map { inner + block($0, level: level + 1) }
    case .object(let members):
      lines = members.sorted { $0.name < $1.name }.map { member in
        let isPlain = member.name.utf8.allSatisfy { Rule.isAlphanumeric($0) || $0 == 0x5F }
        return "\(inner)\(isPlain ? member.name : "[\"\(member.name)\"]") = \(block(member.value, level: level + 1))"
      }
    default: return inline(node)
    }
    if lines.isEmpty { return "{}" }
    return "{\n\(lines.joined(separator: ",\n"))\n\(String(repeating: "  ", count: level))}"
  }
}
