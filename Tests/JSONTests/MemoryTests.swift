import Foundation
import Testing

@testable import JSON

@Suite("Values that are remembered")
struct MemoryTests {
  private static let tools =
    "["
    + (0..<40).map { #"{"name":"tool \#($0)","n":[\#($0),1.5e3,true,null,{}],"text":"é\n人"}"# }.joined(separator: ",")
    + "]"
  private static let system = "\"" + String(repeating: "be brief\\n", count: 200) + "\""

  private func reader(limit: Int = 4, longestShort: UInt64 = JSONTape.saturated) -> JSONReader {
    let reader = JSONReader(longestShort: longestShort)
    reader.memory = JSONMemory(names: ["tools", "system"], limit: limit)
    return reader
  }

  /// Reads a text and learns from it; what was remembered of it, by name.
  private func learn(_ text: String, _ reader: JSONReader) throws -> [String] {
    var recalled: [String] = []
    try reader.withValue(of: Array(text.utf8)) { root in
      for name in ["tools", "system"] {
        guard let value = root.member(name) else { continue }
        if reader.memory?.entry(of: value, in: reader) != nil { recalled.append(name) }
        reader.memory?.learn(value, named: name, in: reader)
      }
    }
    return recalled
  }

  /// Every value of a text, as a reader without a memory and one with it see them.
  private func expectSame(_ text: String, _ reader: JSONReader) throws {
    let plain = JSONReader(longestShort: reader.longestShort)
    let bytes = Array(text.utf8)
    try plain.withValue(of: bytes) { expected in
      try reader.withValue(of: bytes) { value in expectSame(expected, value) }
    }
  }

  private func expectSame(_ one: JSONValue, _ other: JSONValue) {
    #expect(one.kind == other.kind && one.offset == other.offset && one.count == other.count)
    #expect(unsafe one.rawText.elementsEqual(other.rawText))
    #expect(one.hasEscapes == other.hasEscapes && one.double == other.double && one.boolean == other.boolean)
    for (left, right) in zip(one.elements, other.elements) { expectSame(left, right) }
    for (left, right) in zip(one.members, other.members) {
      expectSame(left.key, right.key)
      expectSame(left.value, right.value)
    }
  }

  @Test(
    "are learned when they come again, and then not read again, wherever they stand",
    arguments: [3, 40, JSONTape.saturated])
  func recall(_ longestShort: UInt64) throws {
    let reader = reader(longestShort: longestShort)
    let texts = [
      #"{"model":"m","tools":\#(Self.tools),"system":\#(Self.system),"end":[1]}"#,
      #"{"system": \#(Self.system) ,"messages":["\#(String(repeating: "x", count: 300))"],"tools":  \#(Self.tools)}"#,
    ]
    #expect(try learn(texts[0], reader) == [])
    #expect(try learn(texts[1], reader) == [])
    // Names too long for one word are not looked at.
    let all = longestShort == 3 ? [] : ["tools", "system"]
    #expect(try learn(texts[0], reader) == all)
    #expect(try learn(texts[1], reader) == all)
    for text in texts { try expectSame(text, reader) }
  }

  @Test("what differs in a byte is read, and what comes after a remembered value is checked as ever")
  func differences() throws {
    let reader = reader()
    let text = #"{"tools":\#(Self.tools),"a":1}"#
    for _ in 0..<3 { _ = try learn(text, reader) }
    #expect(try learn(text, reader) == ["tools"])
    #expect(try learn(text.replacing(last: "tool 39", with: "tool 3x"), reader) == [])
    #expect(try learn(text.replacing(last: #""tools""#, with: #""tool_""#), reader) == [])
    #expect(try learn(#"{"b":\#(text)}"#, reader) == [])
    let member = #""tools":\#(Self.tools)"#
    let end = Self.tools.utf8.count + 9
    let broken: [(text: String, offset: Int)] = [
      ("{\(member)", end), ("{\(member)]", end), ("{\(member),}", end + 1), ("{\(member.dropLast())", end - 1),
      ("{\(member)}x", end + 1), (#"{"tools" \#(Self.tools)}"#, 9),
    ]
    for (bad, offset) in broken {
      let error = #expect(throws: JSONSyntaxError.self) { try reader.withValue(of: Array(bad.utf8)) { _ in } }
      #expect(error?.offset == offset, "\(bad.suffix(10))")
    }
    try expectSame(text, reader)
    try expectSame("[\(text)]", reader)
    try expectSame(Self.tools, reader)
  }

  @Test("are as many as there is room for; the first that was learned goes")
  func limit() throws {
    let reader = reader(limit: 2)
    let texts = (0..<3).map { #"{"tools":["\#(String(repeating: "\($0)", count: 1100))"]}"# }
    for text in texts { for _ in 0..<2 { _ = try learn(text, reader) } }
    #expect(try texts.map { try learn($0, reader) } == [[], ["tools"], ["tools"]])
  }

  @Test("small values and very large ones are read each time", arguments: [10, 1000, 300_000])
  func sizes(_ count: Int) throws {
    let reader = reader()
    let text = #"{"tools":["\#(String(repeating: "x", count: count))"]}"#
    for _ in 0..<4 { #expect(try learn(text, reader) == []) }
  }

  @Test("what was made of one is kept with it")
  func results() throws {
    let reader = reader()
    let text = #"{"tools":\#(Self.tools)}"#
    for _ in 0..<2 { _ = try learn(text, reader) }
    func entry() throws -> JSONMemory.Entry? {
      try reader.withValue(of: Array(text.utf8)) { root in
        root["tools"].flatMap { reader.memory?.entry(of: $0, in: reader) }
      }
    }
    try entry()?.result = ("a", [1, 2])
    #expect(try entry()?.result?.text == [1, 2])
  }
}

extension JSONValue {
  fileprivate func member(_ name: String) -> JSONValue? {
    for (key, value) in members where key.string == name { return value }
    return nil
  }
}

extension String {
  fileprivate func replacing(last text: String, with other: String) -> String {
    guard let range = range(of: text) else { return self }
    return replacingCharacters(in: range, with: other)
  }
}
