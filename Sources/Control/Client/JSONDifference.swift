import JSON

/// The difference of two values, line by line: a space, `-` or `+` in front of what is the same, gone or new.
enum JSONDifference {
  /// The lines, each with its end.
  static func text(_ old: JSONNode, _ new: JSONNode) -> String {
    var lines: [String] = []
    compare(old, new, name: nil, level: 0, into: &lines)
    return lines.map { $0 + "\n" }.joined()
  }

  private static func compare(
    _ old: JSONNode, _ new: JSONNode, name: String?, level: Int, into lines: inout [String]
  ) {
    let indent = String(repeating: "  ", count: level)
    let label = name.map { "\($0): " } ?? ""
    if let left = old.members, let right = new.members {
      lines.append(" \(indent)\(label){")
      let names = Set(left.map(\.name)).union(right.map(\.name))
      for name in names.sorted() {
        let quoted = JSONNode(name).serializedString()
        step(old[name], new[name], quoted, level + 1, &lines)
      }
      lines.append(" \(indent)}")
    } else if let left = old.array, let right = new.array {
      lines.append(" \(indent)\(label)[")
      for index in 0..<max(left.count, right.count) {
        step(old[index], new[index], "\(index)", level + 1, &lines)
      }
      lines.append(" \(indent)]")
    } else if old == new {
      write(old, name, level, " ", &lines)
    } else {
      write(old, name, level, "-", &lines)
      write(new, name, level, "+", &lines)
    }
  }

  private static func step(
    _ old: JSONNode?, _ new: JSONNode?, _ name: String, _ level: Int, _ lines: inout [String]
  ) {
    switch (old, new) {
    case (let old?, let new?): compare(old, new, name: name, level: level, into: &lines)
    case (let old?, nil): write(old, name, level, "-", &lines)
    case (nil, let new?): write(new, name, level, "+", &lines)
    case (nil, nil): break
    }
  }

  private static func write(_ node: JSONNode, _ name: String?, _ level: Int, _ mark: String, _ lines: inout [String]) {
    let indent = String(repeating: "  ", count: level)
    let label = name.map { "\($0): " } ?? ""
    switch node.content {
    case .object(let members) where !members.isEmpty:
      lines.append("\(mark)\(indent)\(label){")
      for member in members.sorted(by: { $0.name < $1.name }) {
        write(member.value, JSONNode(member.name).serializedString(), level + 1, mark, &lines)
      }
      lines.append("\(mark)\(indent)}")
    case .array(let elements) where !elements.isEmpty:
      lines.append("\(mark)\(indent)\(label)[")
      for (index, element) in elements.enumerated() { write(element, "\(index)", level + 1, mark, &lines) }
      lines.append("\(mark)\(indent)]")
    default:
      lines.append("\(mark)\(indent)\(label)\(node)")
    }
  }
}
