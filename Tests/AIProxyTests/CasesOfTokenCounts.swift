import Foundation
import JSON
import Testing

@testable import AIProxy

private func estimate(_ body: String) throws -> Int {
  try AnthropicTokenCount.count(Array(body.utf8).span, json: JSONReader())
}

/// A text in Tests/TokenCount/Texts.
private func text(named name: String) throws -> String {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return try String(contentsOf: folder.appending(path: "TokenCount/Texts/\(name).txt"), encoding: .utf8)
}

/// Texts, and how many tokens Qwen's tokenizer makes of them (Tests/TokenCount/compare.py).
private let counts = [
  ("english", 428), ("chinese", 1089), ("code", 560), ("json", 359), ("mixed", 257),
  // Nothing was fitted to these.
  ("HeldOut/letter", 419), ("HeldOut/incident", 536), ("HeldOut/novel_zh", 379), ("HeldOut/manual_zh", 471),
  ("HeldOut/services", 616), ("HeldOut/records", 691), ("HeldOut/session", 416), ("HeldOut/deployment_zh", 336),
  ("HeldOut/packages", 446),
]

@Suite("Token counts")
struct TokenCountTests {
  @Test("75: counts are within a tenth of the model's own", arguments: counts)
  func close(_ given: (name: String, tokens: Int)) throws {
    let content = JSONNode(try text(named: given.name))
    let empty = try estimate(request(messages: #"[{"role":"user","content":""}]"#))
    let count = try estimate(request(messages: #"[{"role":"user","content":\#(content)}]"#)) - empty
    #expect(abs(count - given.tokens) * 10 <= given.tokens, "\(count) instead of \(given.tokens)")
  }

  @Test("75: a text counts the same however it is escaped")
  func escapes() throws {
    func count(_ text: String) throws -> Int {
      try estimate(request(messages: #"[{"role":"user","content":"\#(text)"}]"#))
    }
    #expect(try count("grüße 你好世界 a/b") == count(#"gr\u00fc\u00dfe \u4f60\u597d\u4e16\u754c a\/b"#))
    #expect(try count("😀😀") == count(#"\ud83d\ude00\ud83d\ude00"#))
  }

  @Test("75: white space in a tool's schema counts for nothing, since it is written anew")
  func schemas() throws {
    func count(_ schema: String) throws -> Int {
      try estimate(request(#""tools":[{"name":"A","input_schema":\#(schema)}],"#))
    }
    let compact = try count(#"{"type":"object","properties":{"a":{"type":"string"}}}"#)
    #expect(try count("{ \"type\" : \"object\",\n  \"properties\": {\n \"a\": {\"type\": \"string\"} } }") == compact)
  }

  @Test("75: what does not go upstream does not count")
  func droppedContent() throws {
    func count(_ blocks: String) throws -> Int {
      try estimate(request(messages: #"[{"role":"user","content":"q"},{"role":"assistant","content":[\#(blocks)]}]"#))
    }
    func count(fields: String) throws -> Int { try estimate(request(fields)) }
    #expect(
      try count(fields: #""system":"x-anthropic-billing-header: a=1;\n\nBe kind.","#)
        == count(fields: #""system":"Be kind.","#))
    #expect(
      try count(
        fields:
          #""system":[{"type":"text","text":"x-anthropic-billing-header: a=1;"},{"type":"text","text":"Be kind."}],"#)
        == count(fields: #""system":"Be kind.","#))
    #expect(
      try count(fields: #""tools":[{"type":"web_search_20250305","name":"web_search","max_uses":8}],"#)
        == count(fields: ""))
    #expect(try count(fields: #""tools":[{"type":"bash_20250124","name":"bash"}],"#) > count(fields: "") + 100)
    let thought = String(repeating: "hm ", count: 100)
    #expect(
      try count(#"{"type":"thinking","thinking":"\#(thought)","signature":"s"},{"type":"text","text":"a"}"#)
        == count(#"{"type":"text","text":"a"}"#))
    #expect(
      try count(#"{"type":"tool_use","id":"t","name":"A","input":{"a":1}}"#) > count(#"{"type":"text","text":"A"}"#))
  }

  @Test(
    "75: long runs of letters are many tokens, whatever the filter takes them for",
    arguments: ["x", "A", "qwrt", "deadbeef"])
  func longWords(_ part: String) {
    for times in stride(from: 500, through: 20_000, by: 500) {
      var counter = TokenCounter()
      counter.add(escaped: Array(String(repeating: part, count: times).utf8).span)
      #expect(counter.count > part.utf8.count * times / 20)
    }
  }

  @Test("75: any bytes count", arguments: ["\u{0}\u{1}", "\\", "\u{FFFD}", "é\u{301}", "𠮷𠮷", "ｱｲｳ", "\u{200D}👨‍👩‍👧"])
  func unusualTexts(_ text: String) {
    var counter = TokenCounter()
    counter.add(escaped: Array(text.utf8).span)
    counter.add(escaped: [0xE4].span)
    #expect(counter.count >= 1)
  }
}
