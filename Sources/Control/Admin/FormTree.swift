import JSON

/// Reads `application/x-www-form-urlencoded` bodies: `config.path=/a&tags[]=x&tags[]=y&paths[1]=/b` is an object.
struct FormTree {
  private enum Step {
    case name(String)
    /// An element of a list, counted from 1; `nil`: the next one.
    case element(Int?)
  }

  /// The object, in which all values are texts; an empty one is `null`.
  private(set) var node: JSONNode = [:]

  init(_ pairs: [(name: String, value: String?)]) {
    for (name, value) in pairs {
      let steps = Self.steps(name)
      let leaf: JSONNode = value.map { $0.isEmpty ? nil : JSONNode($0) } ?? nil
      node = Self.setting(leaf, at: steps[...], in: node)
    }
  }

  /// What stands in the brackets of `a][b][`: `a`, `b`, and nothing.
  private static func indices(_ inside: Substring) -> [Substring] {
    var indices: [Substring] = []
    var rest = inside
    while let mark = rest.range(ofText: "][") {
      indices.append(rest[..<mark.lowerBound])
      rest = rest[mark.upperBound...]
    }
    return indices + [rest]
  }

  private static func steps(_ name: String) -> [Step] {
    var steps: [Step] = []
    for part in name.split(separator: ".", omittingEmptySubsequences: false) {
      guard let open = part.firstIndex(of: "["), part.hasSuffix("]") else {
        steps.append(.name(String(part)))
        continue
      }
      steps.append(.name(String(part[..<open])))
      for index in indices(part[part.index(after: open)...].dropLast()) {
        if index.isEmpty {
          steps.append(.element(nil))
        } else if let number = Int(index) {
          steps.append(.element(number))
        } else {
          steps.append(.name(String(index)))
        }
      }
    }
    return steps
  }

  private static func setting(_ leaf: JSONNode, at steps: ArraySlice<Step>, in node: JSONNode?) -> JSONNode {
    guard let step = steps.first else {
      // A name that is given again is a list.
      guard let node, !node.isNull else { return leaf }
      return JSONNode((node.array ?? [node]) + [leaf])
    }
    let rest = steps.dropFirst()
    switch step {
    case .name(let name):
      var object = node?.members == nil ? [:] : node ?? [:]
      object.set(name, setting(leaf, at: rest, in: object[name]))
      return object
    case .element(let number):
      var elements = node?.array ?? []
      // Positions beyond the end would make a list as long as a client likes.
      if let number, number >= 1, number <= elements.count {
        elements[number - 1] = setting(leaf, at: rest, in: elements[number - 1])
      } else {
        elements.append(setting(leaf, at: rest, in: nil))
      }
      return JSONNode(elements)
    }
  }

  /// A tree of texts with the types that a schema says; what does not fit stays as it is, for the schema to refuse.
  static func typed(_ node: JSONNode, _ form: FieldForm?) -> JSONNode {
    guard let form, !node.isNull else { return node }
    switch form.type {
    case "integer", "number":
      guard let text = node.string, let number = try? JSONNode(parsing: text), number.number != nil else { return node }
      return number
    case "boolean":
      return node.string == "true" ? true : node.string == "false" ? false : node
    case "array", "set":
      let elements = node.array ?? [node]
      return JSONNode(elements.map { typed($0, form.elements) })
    case "record", "map":
      guard let members = node.members else { return node }
      return JSONNode(members: members.map { ($0.name, typed($0.value, form.field($0.name))) })
    default: return node
    }
  }
}
