import Testing

@testable import JSON

@Suite("Of any document it holds that")
struct PropertyTests {
  /// Makes a node of a value by the value's own accessors.
  private func node(_ value: JSONValue) -> JSONNode {
    switch value.kind {
    case .null: return nil
    case .boolean: return JSONNode(value.boolean == true)
    case .number: return unsafe JSONNode(.number(String(decoding: value.rawText, as: UTF8.self)))
    case .string: return JSONNode(value.string ?? "")
    case .array: return JSONNode(value.elements.map(node))
    case .object:
      return JSONNode(.object(value.members.map { JSONNode.Member(name: $0.key.string ?? "", value: node($0.value)) }))
    }
  }

  /// Writes a value anew: structure by the writer, scalars by their source text.
  private func rewrite(_ value: JSONValue, to writer: inout JSONWriter) {
    switch value.kind {
    case .array:
      writer.beginArray()
      for element in value.elements { rewrite(element, to: &writer) }
      writer.endArray()
    case .object:
      writer.beginObject()
      for (key, value) in value.members {
        unsafe writer.key(escaped: key.rawString ?? UnsafeRawBufferPointer(start: nil, count: 0))
        rewrite(value, to: &writer)
      }
      writer.endObject()
    default: writer.value(value)
    }
  }

  /// The text with everything but structure taken from the raw texts of leaves, gaps copied.
  private func reassemble(_ value: JSONValue, of text: [UInt8], at place: inout Int, to bytes: inout [UInt8]) {
    bytes += text[place..<value.offset]
    place = value.offset
    switch value.kind {
    case .array: for element in value.elements { reassemble(element, of: text, at: &place, to: &bytes) }
    case .object:
      for (key, value) in value.members {
        reassemble(key, of: text, at: &place, to: &bytes)
        reassemble(value, of: text, at: &place, to: &bytes)
      }
    default:
      unsafe bytes.append(contentsOf: value.rawText)
      unsafe place += value.rawText.count
      return
    }
    let end = unsafe value.offset + value.rawText.count
    bytes += text[place..<end]
    place = end
  }

  @Test("tape and node agree, writing keeps the value, and raw texts put together are the text", arguments: 0..<20)
  func agree(_ seed: UInt64) throws {
    var generator = RandomNode(seed: seed)
    // Half of the readers note values as they would very long ones.
    let reader = seed % 2 == 0 ? JSONReader() : JSONReader(longestShort: seed % 5)
    for _ in 0..<50 {
      let original = generator.node(depth: 5)
      let text = Array(generator.spelling(original).utf8)
      let parsed = try JSONNode(parsing: text)
      #expect(parsed == original)
      #expect(try JSONNode(parsing: parsed.serialized()) == original)
      #expect(try JSONNode(parsing: parsed.serialized(pretty: true, sortedKeys: true)) == original)
      try reader.withValue(of: text) { root in
        #expect(node(root) == original)
        var writer = JSONWriter()
        rewrite(root, to: &writer)
        let rewritten = try JSONNode(parsing: writer.bytes)
        #expect(rewritten == original)
        var place = 0
        var bytes: [UInt8] = []
        reassemble(root, of: text, at: &place, to: &bytes)
        bytes += text[place...]
        #expect(bytes == text)
      }
    }
  }

  @Test("JSON text survives being the contents of a string", arguments: 0..<5)
  func nestedText(_ seed: UInt64) throws {
    var generator = RandomNode(seed: 1000 + seed)
    for _ in 0..<50 {
      let text = Array(generator.spelling(generator.node(depth: 4)).utf8)
      var writer = JSONWriter()
      unsafe text.withUnsafeBytes { unsafe writer.stringContaining(jsonText: $0) }
      try JSONReader().withValue(of: writer.bytes) { value in
        var decoded: [UInt8] = []
        value.appendDecoded(to: &decoded)
        #expect(decoded == text)
      }
    }
  }

  @Test("random bytes are read or refused alike by tape and node", arguments: 0..<10)
  func garbage(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let alphabet = Array("{}[]:,\"\\u09aeE+-. \n\ttruefalsn".utf8) + [0xC3, 0xA9, 0xFF, 0x00]
    let reader = JSONReader()
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0..<12, using: &random)).map { _ in
        alphabet[Int.random(in: alphabet.indices, using: &random)]
      }
      let node = Result { try JSONNode(parsing: text) }
      let value = Result { try reader.withValue(of: text) { self.node($0) } }
      switch (node, value) {
      case (.success(let node), .success(let value)): #expect(node == value)
      case (.failure(let left as JSONSyntaxError), .failure(let right as JSONSyntaxError)): #expect(left == right)
      // Only nodes refuse repeated names.
      case (.failure(let error as JSONSyntaxError), .success): #expect(error.message.contains("stands twice"))
      default: Issue.record("\(text)")
      }
    }
  }
}
