import JSON

/// Faults in the shape in which Kong answers them: messages at the places of the fields they are about.
struct FaultTree {
  private indirect enum Branch {
    case message(String)
    case messages([String])
    case fields([(name: String, branch: Branch)])
    case positions([Int: Branch])
  }

  private var root: Branch = .fields([])

  /// Whether there is nothing in it.
  var isEmpty: Bool {
    if case .fields(let fields) = root { return fields.isEmpty }
    return false
  }

  /// Puts a message at a field.
  mutating func set(_ message: String, at path: some Collection<ConfigurationPath.Component>) {
    root = Self.inserting(.message(message), into: root, at: Array(path)[...])
  }

  /// Adds a message to a list of messages.
  mutating func append(_ message: String, at path: some Collection<ConfigurationPath.Component>) {
    root = Self.inserting(.messages([message]), into: root, at: Array(path)[...])
  }

  private static func inserting(
    _ leaf: Branch, into branch: Branch?, at path: ArraySlice<ConfigurationPath.Component>
  ) -> Branch {
    guard let step = path.first else {
      if case .messages(let old)? = branch, case .messages(let new) = leaf { return .messages(old + new) }
      if case .messages? = branch { return branch ?? leaf }
      // A field that has faults of its parts as well keeps the parts.
      if case .fields? = branch, case .message = leaf { return branch ?? leaf }
      return leaf
    }
    switch step {
    case .key(let name):
      var fields: [(name: String, branch: Branch)] = []
      if case .fields(let old)? = branch { fields = old }
      if let index = fields.firstIndex(where: { $0.name == name }) {
        fields[index].branch = inserting(leaf, into: fields[index].branch, at: path.dropFirst())
      } else {
        fields.append((name, inserting(leaf, into: nil, at: path.dropFirst())))
      }
      return .fields(fields)
    case .index(let index):
      var positions: [Int: Branch] = [:]
      if case .positions(let old)? = branch { positions = old }
      positions[index] = inserting(leaf, into: positions[index], at: path.dropFirst())
      return .positions(positions)
    }
  }

  /// The tree as JSON; positions without faults are `null`.
  var node: JSONNode { Self.node(root) }

  private static func node(_ branch: Branch) -> JSONNode {
    switch branch {
    case .message(let text): .of(text)
    case .messages(let texts): .of(texts)
    case .fields(let fields): .of(members: fields.map { ($0.name, node($0.branch)) })
    case .positions(let positions):
      .of((0...(positions.keys.max() ?? 0)).map { positions[$0].map(node) ?? JSONNode(.null) })
    }
  }
}
