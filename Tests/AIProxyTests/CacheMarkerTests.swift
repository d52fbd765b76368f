import JSON
import Testing

@testable import AIProxy

private let mark = #","cache_control":{"type":"ephemeral","ttl":"1h"}"#
private let written = #""cache_control":{"type":"ephemeral"}"#

private func explicit() -> AIProxyConfiguration { configuration { $0.translation.marksCache = true } }

private func block(_ text: String, _ isMarked: Bool = false) -> String {
  #"{"type":"text","text":"\#(text)"\#(isMarked ? mark : "")}"#
}

private func part(_ text: String, _ isMarked: Bool = false) -> String {
  #"{"type":"text","text":"\#(text)"\#(isMarked ? "," + written : "")}"#
}

@Suite("Explicit context cache")
struct CacheMarkerTests {
  @Test("markers of system and user stand on parts that are the same text put together")
  func texts() throws {
    let system = #""system":[\#(block("a")),\#(block("b", true)),\#(block("c"))],"#
    let body = request(messages: #"[{"role":"user","content":[\#(block("x", true)),\#(block("y"))]}]"#, system)
    let node = try translate(body, explicit()).node
    let expected = try JSONNode.parse(
      #"[{"role":"system","content":[\#(part(#"a\n\nb"#, true)),\#(part(#"\n\nc"#))]},"#
        + #"{"role":"user","content":[\#(part("x", true)),\#(part(#"\n\ny"#))]}]"#)
    #expect(node["messages"] == expected)
    #expect(try translate(body).node["messages"]?[0]?["content"]?.string == "a\n\nb\n\nc", "not unless configured")
  }

  @Test("a marked billing line is left out, and so is its marker")
  func billing() throws {
    let system = #""system":[\#(block("x-anthropic-billing-header: a; b;", true)),\#(block(#"x"#))],"#
    #expect(try translate(request(system), explicit()).node["messages"]?[0]?["content"]?.string == "x")
    let same = #""system":[\#(block(#"x-anthropic-billing-header: a;\n\nYou"#, true))],"#
    let content = try translate(request(same), explicit()).node["messages"]?[0]?["content"]
    #expect(try content == JSONNode.parse("[\(part("You", true))]"))
  }

  @Test("a tool's result is marked where it stands")
  func results() throws {
    let messages =
      #"[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"A","input":{}}]},"#
      + #"{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"r"\#(mark)}]}]"#
    let sent = try AIProxyTests.messages(request(messages: messages), explicit())
    #expect(try sent[2]?["content"] == JSONNode.parse("[\(part("r", true))]") && sent[2]?["role"]?.string == "tool")
  }

  @Test("of more than four markers the last four go upstream")
  func limit() throws {
    let texts = (1...6).map { block("\($0)", true) }.joined(separator: ",")
    let body = try translate(request(messages: #"[{"role":"user","content":[\#(texts)]}]"#), explicit())
    let content = try body.node["messages"]?[0]?["content"]?.array ?? []
    #expect(content.compactMap { $0["text"]?.string } == ["1\n\n2\n\n3", "\n\n4", "\n\n5", "\n\n6"])
    #expect(content.allSatisfy { $0["cache_control"] == ["type": "ephemeral"] })
  }

  @Test("DashScope is told that there are markers, and others get none")
  func header() throws {
    func gateway(_ provider: String) throws -> Gateway {
      try Gateway(
        #"{"llm_format":"anthropic","route_type":"llm/v1/chat","translation":{"context_cache":"explicit"},"#
          + #""model":{"provider":"\#(provider)","name":"qwen-plus"}}"#)
    }
    let body = request(messages: #"[{"role":"user","content":[\#(block("x", true))]}]"#)
    let marked = try gateway("dashscope")
    marked.send(body)
    #expect(marked.header("x-dashscope-cachecontrol", marked.forwarded?.headers ?? []) == "enable")
    let plain = try gateway("dashscope")
    plain.send(request())
    #expect(plain.header("x-dashscope-cachecontrol", plain.forwarded?.headers ?? []) == nil)
    let other = try gateway("openai")
    other.send(body)
    let sent = String(decoding: other.forwarded?.body ?? [], as: UTF8.self)
    #expect(!sent.isEmpty && !sent.contains("cache_control"))
  }
}
