import JSON
import Testing

@testable import AIProxy

/// Gathers an upstream's body into one message.
func message(
  _ body: String, answer: AnthropicAnswer = answer(), acceptsMissingFinish: Bool = false
) -> (body: String, failure: Failure?) {
  let json = JSONReader()
  var translator = AnswerTranslator(
    writer: AnthropicMessageWriter(answer, json: json), json: json,
    options: .init(acceptsMissingFinishReason: acceptsMissingFinish), classify: { DashScope().classify($0) })
  translator.receive(Array(body.utf8).span)
  translator.finish(isComplete: true)
  return (String(decoding: translator.output, as: UTF8.self), translator.failure)
}

/// A completion with this message.
private func completion(
  _ message: String, finish: String = #""stop""#,
  usage: String = #"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}"#
) -> String {
  #"{"id":"chatcmpl-1","model":"qwen-plus","choices":[{"index":0,"message":\#(message),"finish_reason":\#(finish)}],"usage":\#(usage)}"#
}

private func call(_ function: String, id: String = #""id":"c1","#) -> String {
  #"{"role":"assistant","content":null,"tool_calls":[{\#(id)"type":"function","function":{"name":"A"\#(function)}}]}"#
}

private func toolUse(_ input: String, id: String = "c1") -> String {
  #"[{"type":"tool_use","id":"\#(id)","name":"A","input":\#(input)}]"#
}

/// A completion's message and the content and stop reason that the client gets.
struct CompletionCase: Sendable, CustomTestStringConvertible {
  var number: String
  var states: String
  var message: String
  var finish = #""stop""#
  var content: String
  var stopReason = "end_turn"
  var showsThinking = true

  var testDescription: String { "\(number): \(states)" }
}

private let completionCases: [CompletionCase] = [
  .init(
    number: "78", states: "text", message: #"{"role":"assistant","content":"Hi","refusal":null}"#,
    content: #"[{"type":"text","text":"Hi"}]"#),
  .init(
    number: "79", states: "a call alone", message: call(#","arguments":"{\"b\":1,\"a\":2.0}""#),
    finish: #""tool_calls""#,
    content: toolUse(#"{"b":1,"a":2.0}"#), stopReason: "tool_use"),
  .init(
    number: "80", states: "empty text beside a call",
    message: #"{"content":"","tool_calls":[{"id":"c1","function":{"name":"A","arguments":"{}"}}]}"#,
    finish: #""tool_calls""#, content: toolUse("{}"), stopReason: "tool_use"),
  .init(
    number: "81a", states: "reasoning that was asked for", message: #"{"reasoning_content":"r","content":"a"}"#,
    content: #"[{"type":"thinking","thinking":"r","signature":"dG9yaWk="},{"type":"text","text":"a"}]"#),
  .init(
    number: "81b", states: "reasoning that was not", message: #"{"reasoning_content":"r","content":"a"}"#,
    content: #"[{"type":"text","text":"a"}]"#, showsThinking: false),
  .init(
    number: "81c", states: "reasoning by its other name", message: #"{"reasoning":"r","content":"a"}"#,
    content: #"[{"type":"thinking","thinking":"r","signature":"dG9yaWk="},{"type":"text","text":"a"}]"#),
  .init(
    number: "82a", states: "empty arguments", message: call(#","arguments":"""#), content: toolUse("{}"),
    stopReason: "tool_use"),
  .init(
    number: "82b", states: "null arguments", message: call(#","arguments":null"#), content: toolUse("{}"),
    stopReason: "tool_use"),
  .init(
    number: "82c", states: "no arguments", message: call(""), content: toolUse("{}"), stopReason: "tool_use"),
  .init(
    number: "82d", states: "arguments that are an object already", message: call(#","arguments":{"a":"\n\"x\""}"#),
    content: toolUse(#"{"a":"\n\"x\""}"#), stopReason: "tool_use"),
  .init(
    number: "82e", states: "arguments that were cut off are mended",
    message: call(#","arguments":"{\"a\":[1,{\"b\":\"x""#),
    content: toolUse(#"{"a":[1,{"b":"x"}]}"#), stopReason: "tool_use"),
  .init(
    number: "82f", states: "or given up", message: call(#","arguments":"{\"a\":1,\"b""#), content: toolUse("{}"),
    stopReason: "tool_use"),
  .init(
    number: "82g", states: "arguments are never anything but an object", message: call(#","arguments":"[1]""#),
    content: toolUse("{}"), stopReason: "tool_use"),
  .init(
    number: "82h", states: "not a number either", message: call(#","arguments":"5""#), content: toolUse("{}"),
    stopReason: "tool_use"),
  .init(
    number: "83a", states: "stop beside calls is tool_use", message: call(#","arguments":"{}""#),
    content: toolUse("{}"), stopReason: "tool_use"),
  .init(
    number: "83b", states: "tool_calls without calls is not", message: #"{"content":"a","tool_calls":[]}"#,
    finish: #""tool_calls""#, content: #"[{"type":"text","text":"a"}]"#),
  .init(
    number: "84a", states: "length", message: #"{"content":"a"}"#, finish: #""length""#,
    content: #"[{"type":"text","text":"a"}]"#, stopReason: "max_tokens"),
  .init(
    number: "84b", states: "a filter", message: #"{"content":"a"}"#, finish: #""content_filter""#,
    content: #"[{"type":"text","text":"a"}]"#, stopReason: "refusal"),
  .init(
    number: "84c", states: "null", message: #"{"content":"a"}"#, finish: "null",
    content: #"[{"type":"text","text":"a"}]"#),
  .init(
    number: "84d", states: "null in quotation marks", message: call(""), finish: #""null""#, content: toolUse("{}"),
    stopReason: "tool_use"),
  .init(
    number: "84e", states: "the limit after a complete call", message: call(""), finish: #""length""#,
    content: toolUse("{}"), stopReason: "max_tokens"),
  .init(
    number: "88a", states: "content in parts",
    message: #"{"content":[{"type":"text","text":"a"},{"type":"refusal","refusal":"b"}]}"#,
    content: #"[{"type":"text","text":"ab"}]"#),
  .init(
    number: "88b", states: "a refusal is text", message: #"{"content":null,"refusal":"no"}"#,
    content: #"[{"type":"text","text":"no"}]"#),
  .init(
    number: "89", states: "a legacy function call", message: #"{"function_call":{"name":"A","arguments":"{}"}}"#,
    finish: #""function_call""#, content: toolUse("{}", id: "toolu_1_0"), stopReason: "tool_use"),
  .init(
    number: "106", states: "ids that are missing are made up", message: call("", id: #""id":"","#),
    content: toolUse("{}", id: "toolu_1_0"), stopReason: "tool_use"),
  .init(number: "129", states: "nothing at all is no content", message: #"{"content":""}"#, content: "[]"),
]

@Suite("A completion becomes an Anthropic message")
struct MessageTests {
  @Test("each completion has its content and stop reason", arguments: completionCases)
  func content(_ given: CompletionCase) throws {
    let result = message(
      completion(given.message, finish: given.finish), answer: answer { $0.showsThinking = given.showsThinking })
    let node = try JSONNode.parse(result.body)
    let content = try #require(node["content"])
    #expect(content == (try JSONNode.parse(given.content)), "\(content)")
    #expect(node["stop_reason"]?.string == given.stopReason)
    #expect(node["stop_sequence"]?.isNull == true)
    #expect((node["stop_details"] != nil) == (given.stopReason == "refusal"))
    #expect(node["type"]?.string == "message" && node["role"]?.string == "assistant")
    #expect(node["id"]?.string == "msg_1" && node["model"]?.string == "qwen-plus")
  }

  @Test("57, 118: a stream is gathered into the same message", arguments: streamCases)
  func gathered(_ given: StreamCase) throws {
    let result = message(
      String(decoding: frames(given.events), as: UTF8.self), answer: answer { $0.showsThinking = given.showsThinking },
      acceptsMissingFinish: given.acceptsMissingFinish)
    let isGood = given.expected.last == "mx"
    // A message tells of its failure by its status: the stream, having begun, could only tell by an event.
    #expect((result.failure == nil) == isGood)
    guard isGood else { return }
    let node = try JSONNode.parse(result.body)
    let blocks = given.expected.filter { $0.hasPrefix("cs") }.map { $0.split(separator: " ")[1] }
    #expect(node["content"]?.array?.map { $0["type"]?.string ?? "" } ?? [] == blocks.map(String.init))
    let end = given.expected.first { $0.hasPrefix("md") }?.split(separator: " ")[1]
    #expect(node["stop_reason"]?.string == end.map(String.init))
  }

  @Test(
    "78, 85, 86: usage is told in Anthropic's way, and never left out",
    arguments: [
      (#"{"prompt_tokens":10,"completion_tokens":5}"#, 10, 5, 0, 0),
      (
        #"{"prompt_tokens":1000,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":600,"cache_creation_input_tokens":300}}"#,
        100, 1, 600, 300
      ),
      (
        #"{"prompt_tokens":100,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":80,"cache_write_tokens":50}}"#,
        0, 1, 80, 50
      ),
      ("null", 0, 0, 0, 0), (#"{"prompt_tokens":-1,"completion_tokens":1.5}"#, 0, 0, 0, 0),
      (#"{"prompt_tokens":null,"prompt_tokens_details":null,"completion_tokens_details":null}"#, 0, 0, 0, 0),
    ])
  func usage(_ given: (usage: String, input: Int, output: Int, read: Int, created: Int)) throws {
    let node = try JSONNode.parse(message(completion(#"{"content":"a"}"#, usage: given.usage)).body)["usage"]
    #expect(node?["input_tokens"]?.integer == given.input)
    #expect(node?["output_tokens"]?.integer == given.output)
    #expect(node?["cache_read_input_tokens"]?.integer == given.read)
    #expect(node?["cache_creation_input_tokens"]?.integer == given.created)
  }

  @Test(
    "87: what holds no choice is a bad gateway",
    arguments: [
      #"{"choices":null}"#, #"{"choices":[]}"#, #"{"choices":[{}]}"#, "<html>", "", "{}", "null", #"{"choices":5}"#,
    ])
  func nothing(_ body: String) {
    let result = message(body)
    #expect(result.body.isEmpty)
    #expect(result.failure?.status == 502 && result.failure?.kind == .api)
  }

  @Test("82, 127: arguments that are given up, and events that are no JSON, are told to the gateway's log")
  func warnings() throws {
    func warnings(_ body: String, isStream: Bool = false) throws -> [String] {
      let gateway = try Gateway(
        #"{"llm_format":"anthropic","route_type":"llm/v1/chat","model":{"provider":"dashscope","name":"qwen-plus"}}"#)
      gateway.send(request(isStream ? #""stream":true,"# : ""))
      gateway.receive(status: 200, pieces: [body])
      #expect(gateway.response == nil)
      return gateway.exchange.findings(now: gateway.now).warnings
    }
    #expect(try warnings(completion(call(#","arguments":"[1]""#))).contains { $0.contains("arguments") })
    #expect(try warnings(completion(call(#","arguments":"{}""#))).isEmpty)
    let events = frames([text("a"), "{", stop, done])
    #expect(try warnings(String(decoding: events, as: UTF8.self), isStream: true).contains { $0.contains("no JSON") })
  }

  @Test("90: only the first choice counts")
  func choices() throws {
    let body =
      #"{"choices":[{"index":1,"message":{"content":"b"},"finish_reason":"stop"},{"index":0,"message":{"content":"a"},"finish_reason":"stop"}]}"#
    #expect(try JSONNode.parse(message(body).body)["content"]?[0]?["text"]?.string == "a")
  }

  @Test("the model is named as the upstream does, or as the client did")
  func modelName() throws {
    let body = completion(#"{"content":"a"}"#).replacing("qwen-plus", with: "qwen-plus-2025")
    #expect(try JSONNode.parse(message(body).body)["model"]?.string == "qwen-plus-2025")
    let renamed = message(body, answer: answer { $0.namesUpstreamModel = false })
    #expect(try JSONNode.parse(renamed.body)["model"]?.string == "qwen-plus")
  }

  @Test("an error in a body that came with status 200 is one")
  func errorBody() {
    let result = message(#"{"error":{"code":"invalid_api_key","message":"no"}}"#)
    #expect(result.failure?.status == 401)
    #expect(message(#"{"code":"Throttling","message":"slow","request_id":"r"}"#).failure?.kind == .rateLimit)
  }
}
