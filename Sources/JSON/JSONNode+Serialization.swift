extension JSONNode {
  /// Writes the node as JSON (RFC 8259). Numbers keep their spelling; `/` is not escaped.
  ///
  /// - Parameters:
  ///   - pretty: put every element and member on a line of its own, indented by two spaces a level.
  ///   - sortedKeys: write members in the order of their names' bytes instead of their own.
  public func serialized(pretty: Bool = false, sortedKeys: Bool = false) -> [UInt8] {
    var serializer = NodeSerializer(isPretty: pretty, sortsKeys: sortedKeys)
    serializer.append(self, level: 0)
    return serializer.bytes
  }

  /// The same as a string; see ``serialized(pretty:sortedKeys:)``.
  public func serializedString(pretty: Bool = false, sortedKeys: Bool = false) -> String {
    String(decoding: serialized(pretty: pretty, sortedKeys: sortedKeys), as: UTF8.self)
  }
}

extension JSONNode: CustomStringConvertible {
  /// The node as JSON on one line.
  public var description: String { serializedString() }
}

private struct NodeSerializer {
  let isPretty: Bool
  let sortsKeys: Bool
  var bytes: [UInt8] = []

  mutating func append(_ node: JSONNode, level: Int) {
    switch node.content {
    case .null: bytes.append(contentsOf: "null".utf8)
    case .boolean(let value): bytes.append(contentsOf: value ? "true".utf8 : "false".utf8)
    case .number(let text): bytes.append(contentsOf: text.utf8)
    case .string(let text): append(text)
    case .array(let elements):
      appendContainer("[", "]", elements, level: level) { serializer, element in
        serializer.append(element, level: level + 1)
      }
    case .object(var members):
      if sortsKeys { members.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } }
      appendContainer("{", "}", members, level: level) { serializer, member in
        serializer.append(member.name)
        serializer.bytes.append(contentsOf: serializer.isPretty ? ": ".utf8 : ":".utf8)
        serializer.append(member.value, level: level + 1)
      }
    }
  }

  private mutating func append(_ text: String) {
    var text = text
    bytes.append(UInt8(ascii: "\""))
    text.withUTF8 { unsafe JSONEscaping.append(UnsafeRawBufferPointer($0), to: &bytes) }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func appendContainer<Item>(
    _ begin: Unicode.Scalar, _ end: Unicode.Scalar, _ items: [Item], level: Int,
    _ appendItem: (inout NodeSerializer, Item) -> Void
  ) {
    bytes.append(UInt8(ascii: begin))
    for (place, item) in items.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      appendLineBreak(level: level + 1)
      appendItem(&self, item)
    }
    if !items.isEmpty { appendLineBreak(level: level) }
    bytes.append(UInt8(ascii: end))
  }

  private mutating func appendLineBreak(level: Int) {
    guard isPretty else { return }
    bytes.append(UInt8(ascii: "\n"))
    for _ in 0..<level { bytes.append(contentsOf: "  ".utf8) }
  }
}
