import JSON
import Testing

@testable import AIProxy

@Suite("An upstream's stream becomes Anthropic's")
struct StreamTests {
  private func run(_ given: StreamCase, pieces: [[UInt8]], json: JSONReader = JSONReader()) -> StreamResult {
    stream(
      pieces: pieces, answer: answer { $0.showsThinking = given.showsThinking },
      acceptsMissingFinish: given.acceptsMissingFinish, end: given.end, json: json)
  }

  @Test("each stream has its events", arguments: streamCases)
  func events(_ given: StreamCase) {
    let result = run(given, pieces: [frames(given.events)])
    #expect(transcript(result.output) == given.expected)
    #expect(result.failure == nil)
  }

  @Test("92, 121: cut anywhere in two, the result is the same", arguments: streamCases)
  func cutInTwo(_ given: StreamCase) {
    let bytes = frames(given.events)
    let json = JSONReader()
    let whole = run(given, pieces: [bytes]).output
    for cut in 1..<bytes.count {
      let parts = [Array(bytes[..<cut]), Array(bytes[cut...])]
      if run(given, pieces: parts, json: json).output != whole {
        Issue.record("cut at \(cut)")
        return
      }
    }
  }

  @Test("92, 124: byte by byte, blocks never overlap and there is one end", arguments: streamCases)
  func byteByByte(_ given: StreamCase) {
    let bytes = frames(given.events)
    let result = run(given, pieces: bytes.map { [$0] })
    #expect(transcript(result.output) == given.expected)
    #expect(violations(transcript(result.output)) == [])
  }

  @Test(
    "122: line ends, fields and comments of every kind are understood",
    arguments: [
      "data: A\r\n\r\ndata: B\r\n\r\n", "data: A\r\rdata: B\r\r", "data: A\n\r\ndata: B\r\n\n", "data:A\n\ndata:B\n\n",
      ": comment\nevent: x\nid: 1\nretry: 5\ndata: A\n\n\n\n:\n\ndata: B\n\n", "\u{FEFF}data: A\n\ndata: B\n\n",
      "data: A\n\ndata: B", "data: A\n\ndata: B\n", "data: A\nevent: chunk\n\ndata: B\nid:7\n\n",
      "data\ndata: A\n\ndata: B\n\n",
      "datax: C\n\n data: D\n\ndata: A\n\ndata: B\n\n",
    ])
  func lineEnds(_ shape: String) {
    // Two data lines are joined by a line feed, which JSON does not mind.
    let first = text("a").replacing(",\"delta\"", with: ",\ndata: \"delta\"")
    let lines = first.components(separatedBy: "\n")
    let lineEnd = shape.contains("\r\n") ? "\r\n" : shape.contains("\r") ? "\r" : "\n"
    let body = Array(
      shape.replacing("A", with: lines.joined(separator: lineEnd))
        .replacing("B", with: chunk(#"{"content":"b"}"#, finish: #""stop""#)).utf8)
    let expected = ["ms", "ping", "cs0 text", "cd0 text:a", "cd0 text:b", "cx0", "md end_turn 0/0", "mx"]
    for cut in 0...body.count {
      let result = stream(pieces: [Array(body[..<cut]), Array(body[cut...])])
      if transcript(result.output) != expected {
        Issue.record("cut at \(cut): \(transcript(result.output))")
        return
      }
    }
  }

  @Test("121: characters cut in two come whole")
  func characters() {
    let bytes = frames([text("你好😀"), text("é\\u00e9"), stop, done])
    let result = stream(pieces: bytes.map { [$0] })
    #expect(!result.output.contains("\u{FFFD}"))
    #expect(transcript(result.output).contains("cd0 text:你好😀"))
  }

  @Test("115: an error before anything else can still have a status")
  func errorFirst() {
    let event =
      #"{"error":{"code":"invalid_parameter_error","message":"Range of max_tokens should be [1, 8192]","type":"x"}}"#
    let result = stream(pieces: [frames([event])])
    #expect(result.output.isEmpty)
    #expect(result.failure?.status == 400)
    #expect(result.failure?.message == "Range of max_tokens should be [1, 8192]")
    let refused = stream(pieces: [
      frames([
        roleChunk.replacing("choices", with: "x"), #"{"error":{"code":"data_inspection_failed","message":"no"}}"#,
      ])
    ])
    #expect(refused.failure?.status == 400 && refused.failure?.kind == .invalidRequest)
  }

  @Test("118: a whole completion becomes a stream", arguments: [0, 1, 7])
  func wholeCompletion(_ cut: Int) {
    let body = Array(
      #"""

      {"id":"x","model":"qwen-plus","choices":[{"index":0,"message":{"role":"assistant","content":"Hi","tool_calls":[{"id":"c1",\#
      "type":"function","function":{"name":"A","arguments":"{}"}}]},"finish_reason":"tool_calls"}],\#
      "usage":{"prompt_tokens":10,"completion_tokens":5}}
      """#.utf8)
    let result = stream(pieces: [Array(body[..<cut]), Array(body[cut...])])
    #expect(
      transcript(result.output) == [
        "ms", "ping", "cs0 text", "cd0 text:Hi", "cx0", "cs1 tool_use c1 A", "cd1 input_json:{}", "cx1",
        "md tool_use 10/5",
        "mx",
      ])
  }

  @Test(
    "9, 87: a body with nothing usable is a bad gateway",
    arguments: [
      "", "\n\n", "data: [DONE]\n\n", "<html>oops</html>", "data: {\"choices\":[]}\n\n", "{}", "{\"choices\":null}",
      "{\"x\"",
    ])
  func nothing(_ body: String) {
    let result = stream(pieces: [Array(body.utf8)])
    #expect(result.output.isEmpty)
    #expect(result.failure?.status == 502 && result.failure?.kind == .api)
  }

  @Test("119: silence is filled with pings, which count for nothing")
  func pings() {
    var translator = AnswerTranslator(
      writer: AnthropicStreamWriter(answer { $0.showsThinking = false }), json: JSONReader(),
      classify: { DashScope().classify($0) })
    translator.ping()
    #expect(translator.output.isEmpty, "nothing goes before message_start")
    translator.commit()
    translator.ping()
    translator.ping()
    #expect(transcript(String(decoding: translator.output, as: UTF8.self)) == ["ms", "ping", "ping", "ping"])
    #expect(!translator.writer.hasToken)
    translator.receive(frames([reasoning("r")]).span)
    #expect(translator.writer.hasToken)
    translator.receive(frames([stop, done]).span)
    translator.ping()
    let events = transcript(String(decoding: translator.output, as: UTF8.self))
    #expect(events == ["ms", "ping", "ping", "ping", "md end_turn 0/0", "mx"])
  }

  @Test("115, 120: what fails after the response began is an event")
  func failureAfterCommit() {
    var translator = AnswerTranslator(
      writer: AnthropicStreamWriter(answer()), json: JSONReader(), classify: { DashScope().classify($0) })
    translator.commit()
    translator.fail(Failure(.timeout, "no answer"))
    #expect(transcript(String(decoding: translator.output, as: UTF8.self)) == ["ms", "ping", "error timeout_error"])
    #expect(translator.failure == nil && translator.isEnded)
  }

  @Test("112: usage that never comes is not waited for")
  func stopWaiting() {
    var translator = AnswerTranslator(
      writer: AnthropicStreamWriter(answer()), json: JSONReader(), classify: { DashScope().classify($0) })
    translator.receive(frames([text("a")]).span)
    translator.stopWaiting()
    #expect(!translator.isEnded)
    translator.receive(frames([stop]).span)
    translator.stopWaiting()
    #expect(translator.isEnded)
    #expect(transcript(String(decoding: translator.output, as: UTF8.self)).suffix(2) == ["md end_turn 0/0", "mx"])
  }

  @Test("123: an event may be large, but not endless")
  func largeEvents() {
    let large = String(repeating: "x", count: 8 << 20)
    let bytes = frames([toolStart(0, "c1", "A", #"{\"a\":\"\#(large)\"}"#), toolStop, done])
    let pieces = stride(from: 0, to: bytes.count, by: 65536).map { Array(bytes[$0..<min($0 + 65536, bytes.count)]) }
    let result = stream(pieces: pieces)
    #expect(result.output.utf8.count > 8 << 20)
    #expect(transcript(result.output).last == "mx")
    let refused = stream(pieces: [frames([text("a")])] + pieces, limit: 1 << 20)
    #expect(transcript(refused.output).last == "error api_error")
  }

  @Test("85: the last usage is told in Anthropic's way")
  func usage() throws {
    let last =
      #"{"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":7,"total_tokens":1007,"prompt_tokens_details":{"cached_tokens":600,"cache_creation_input_tokens":300},"completion_tokens_details":{"reasoning_tokens":3}}}"#
    let result = stream(pieces: [frames([text("a"), stop, last, done])])
    #expect(
      result.output.contains(
        #""usage":{"input_tokens":100,"cache_creation_input_tokens":300,"cache_read_input_tokens":600,"output_tokens":7,"output_tokens_details":{"thinking_tokens":3}}"#
      ))
    #expect(result.usage.promptTokens == 1000 && result.usage.totalTokens == 1007)
  }

  @Test("message_start has everything that clients read unasked")
  func messageStart() throws {
    let result = stream(pieces: [frames([text("a"), stop, done])], answer: answer { $0.estimatedInputTokens = 77 })
    let data = try #require(result.output.components(separatedBy: "\n").first { $0.contains("message_start\",") })
    let message = try JSONNode.parse(String(data.dropFirst(6)))["message"]
    #expect(message?["id"]?.string == "msg_1" && message?["role"]?.string == "assistant")
    #expect(message?["content"]?.array?.isEmpty == true && message?["stop_reason"]?.isNull == true)
    #expect(message?["stop_sequence"]?.isNull == true && message?["model"]?.string == "qwen-plus")
    #expect(message?["usage"]?["input_tokens"]?.integer == 77 && message?["usage"]?["output_tokens"]?.integer == 0)
  }

  @Test("46: a renamed tool has its own name again")
  func renamedTool() {
    let names = { () -> ToolNameMap in
      var map = ToolNameMap()
      map.add(upstream: Array("search_1".utf8), original: Array("search".utf8))
      return map
    }()
    let result = stream(
      pieces: [frames([toolStart(0, "c.1", "search_1", "{}"), toolStop, done])], answer: answer { $0.toolNames = names }
    )
    #expect(transcript(result.output).contains("cs0 tool_use c_1 search"))
  }

  @Test("136: ids do not repeat")
  func identifiers() {
    var first = IdentifierGenerator(seed: 1, 2)
    var second = IdentifierGenerator(seed: 1, 3)
    var seen: Set<String> = []
    for _ in 0..<10000 {
      seen.insert(first.next(prefix: "msg_"))
      seen.insert(second.next(prefix: "msg_"))
    }
    #expect(seen.count == 20000)
    #expect(seen.allSatisfy { $0.hasPrefix("msg_") && $0.utf8.count == 28 })
  }
}
