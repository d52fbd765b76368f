import JSON

// What reading and writing configuration asks of a node again and again.
extension JSONNode {
  /// The member's value; `nil` when there is no such member, it is `null`, or the node is no object.
  func present(_ name: String) -> JSONNode? {
    guard let value = self[name], !value.isNull else { return nil }
    return value
  }

  /// Whether the node is an array or object without elements.
  var isEmptyCollection: Bool {
    switch content {
    case .array(let elements): elements.isEmpty
    case .object(let members): members.isEmpty
    default: false
    }
  }

  /// The strings of an array; other elements are left out.
  var strings: [String] {
    (array ?? []).compactMap(\.string)
  }

  /// A node made by the program.
  static func of(_ value: String) -> JSONNode { JSONNode(.string(value)) }
  /// A node made by the program.
  static func of(_ value: Int) -> JSONNode { JSONNode(.number(String(value))) }
  /// A node made by the program.
  static func of(_ value: Bool) -> JSONNode { JSONNode(.boolean(value)) }
  /// A node made by the program.
  static func of(_ values: [JSONNode]) -> JSONNode { JSONNode(.array(values)) }
  /// A node made by the program.
  static func of(_ values: [String]) -> JSONNode { JSONNode(.array(values.map { .of($0) })) }
  /// A node made by the program.
  static func of(_ values: [Int]) -> JSONNode { JSONNode(.array(values.map { .of($0) })) }
  /// A node made by the program.
  static func of(members: [(String, JSONNode)]) -> JSONNode {
    JSONNode(.object(members.map { Member(name: $0.0, value: $0.1) }))
  }
}
