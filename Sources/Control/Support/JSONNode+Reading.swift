import JSON

// What the Admin API and its client ask of nodes again and again.
extension JSONNode {
  /// The member's value; `nil` when there is no such member, it is `null`, or the node is no object.
  func present(_ name: String) -> JSONNode? {
    guard let value = self[name], !value.isNull else { return nil }
    return value
  }

  /// The text of a member.
  func text(_ name: String) -> String? { self[name]?.string }

  /// The id that a reference to another entity holds.
  func reference(_ name: String) -> String? { self[name]?["id"]?.string }

  /// The strings of an array.
  var strings: [String] { (array ?? []).compactMap(\.string) }

  /// An object with members in this order.
  init(members: [(String, JSONNode)]) {
    self.init(.object(members.map { Member(name: $0.0, value: $0.1) }))
  }

  /// A list of texts.
  init(strings: some Sequence<String>) {
    self.init(.array(strings.map { JSONNode($0) }))
  }

  /// The node without the members of objects that are `null`.
  var withoutNulls: JSONNode {
    switch content {
    case .object(let members):
      JSONNode(
        .object(members.filter { !$0.value.isNull }.map { Member(name: $0.name, value: $0.value.withoutNulls) }))
    case .array(let elements): JSONNode(.array(elements.map(\.withoutNulls)))
    default: self
    }
  }

  /// The object without some of its members.
  func without(_ names: String...) -> JSONNode {
    var node = self
    for name in names { node.remove(name) }
    return node
  }
}
