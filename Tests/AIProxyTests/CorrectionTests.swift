import JSON
import Testing

@testable import AIProxy

private func gateway(_ model: String) throws -> Gateway {
  try Gateway(
    #"{"llm_format":"anthropic","route_type":"llm/v1/chat","logging":{"log_statistics":true},"#
      + #""model":{"provider":"dashscope","name":"\#(model)"}}"#)
}

private func refusal(_ message: String) -> String {
  #"{"error":{"code":"invalid_parameter_error","message":"\#(message)"}}"#
}

private let choiceRefusal = refusal(#"tool_choice is one of the strings that should be [\"none\", \"auto\"]"#)

private let someTool =
  #""tools":[{"name":"A","input_schema":{}},{"name":"B","input_schema":{}}],"tool_choice":{"type":"any"},"#

private func body(_ request: ForwardedRequest?) throws -> JSONNode { try JSONNode(parsing: request?.body ?? []) }

private let answer = #"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3}}"#

@Suite("What an upstream refuses and says how it wants it")
struct CorrectionTests {
  @Test("58: a model that says how many tokens it gives is asked again for as many, and never for more")
  func limit() throws {
    let gateway = try gateway("my-model")
    gateway.send(request(#""stream":true,"#).replacing("100", with: "64000").replacing("qwen-plus", with: "my-model"))
    #expect(try body(gateway.forwarded)["max_tokens"]?.integer == 64000)
    #expect(gateway.exchange.attemptEnded(status: 400, upstreamStatus: 400, retryAfter: nil, now: 0) == .none)
    gateway.receive(status: 400, pieces: [refusal("Range of max_tokens should be [1, 8192]")])
    #expect(gateway.isToAskAgain)
    let again = try #require(gateway.sendAgain())
    #expect(try body(again)["max_tokens"]?.integer == 8192 && body(again)["stream"]?.boolean == true)
    gateway.receive(status: 200, pieces: [answer])
    #expect(gateway.response == nil && transcript(gateway.output).last == "mx")
    #expect(try gateway.record("ai.proxy.usage")?["prompt_tokens"]?.integer == 3)

    let settings = gateway.exchange.instance.settings
    #expect(settings.maximumTokens(requested: 60000, capabilities: settings.capabilities(of: "my-model")) == 8192)
    #expect(settings.capabilities(of: "other").maximumOutputTokens == nil)
  }

  @Test("51: a model that cannot be made to call some tool is asked again and may choose, as it may from then on")
  func choice() throws {
    let gateway = try gateway("qwen-plus")
    gateway.send(request(someTool))
    #expect(try body(gateway.forwarded)["tool_choice"]?.string == "required")
    gateway.receive(status: 400, pieces: [choiceRefusal])
    #expect(gateway.isToAskAgain)
    let again = try #require(gateway.sendAgain())
    #expect(try body(again)["tool_choice"]?.string == "auto")
    #expect(!gateway.exchange.instance.settings.capabilities(of: "qwen-plus").acceptsRequiredToolChoice)
    #expect(gateway.exchange.instance.settings.capabilities(of: "qwen-max").acceptsRequiredToolChoice)
  }

  @Test("an upstream that refuses again is believed")
  func once() throws {
    let gateway = try gateway("qwen-plus")
    gateway.send(request(someTool))
    gateway.receive(status: 400, pieces: [choiceRefusal])
    gateway.sendAgain()
    gateway.receive(status: 400, pieces: [choiceRefusal])
    #expect(!gateway.isToAskAgain && gateway.response?.status == 400)
  }

  @Test(
    "other refusals are the client's to read",
    arguments: [
      (someTool, refusal("tools[0]: no such thing")),
      (#""tools":[{"name":"A"}],"tool_choice":{"type":"any"},"#, choiceRefusal),
      ("", choiceRefusal), (someTool, refusal("Range of input length should be [1, 5]")),
    ])
  func others(_ given: (fields: String, refusal: String)) throws {
    let gateway = try gateway("qwen-plus")
    gateway.send(request(given.fields))
    gateway.receive(status: 400, pieces: [given.refusal])
    #expect(!gateway.isToAskAgain && gateway.response?.status == 400)
  }

  @Test("requests are kept only if they may have to be said in other words, and until the upstream answers")
  func memory() throws {
    let usual = try gateway("qwen-plus")
    usual.send(request(#""tools":[{"name":"A"}],"#))
    #expect(usual.exchange.retained == nil)
    let kept = try gateway("my-model")
    kept.send(request().replacing("qwen-plus", with: "my-model"))
    #expect(kept.exchange.retained != nil)
    #expect(kept.exchange.attemptEnded(status: 200, upstreamStatus: 200, retryAfter: nil, now: 0) == .none)
    #expect(kept.exchange.retained == nil)
  }
}
