import JSON
import Testing

@testable import AIProxy

private func openAI(_ change: (inout AIProxyConfiguration) -> Void = { _ in }) -> AIProxyConfiguration {
  configuration {
    $0.clientFormat = .openai
    change(&$0)
  }
}

private func translateOpenAI(_ body: String, _ configuration: AIProxyConfiguration = openAI()) throws(Failure)
  -> TranslatedRequest
{
  let translator = OpenAIRequestTranslator(
    settings: ChatRequestSettings(configuration, driver: DashScope()), json: JSONReader())
  return try translator.translate(Array(body.utf8).span)
}

private let hi = #""messages":[{"role":"user","content":"hi"}]"#

@Suite("OpenAI's format, straight through")
struct OpenAITests {
  @Test(
    "model, stream and configured options are set, the rest is copied",
    arguments: [
      ("{\(hi)}", #"{"model":"qwen-plus",\#(hi),"stream":false}"#),
      (
        #"{"model":"qwen-plus","seed":1.50,"x":{"b":1,"a":"\u0041"},\#(hi),"stream":false}"#,
        #"{"model":"qwen-plus","seed":1.50,"x":{"b":1,"a":"\u0041"},\#(hi),"stream":false}"#
      ),
      (
        #"{\#(hi),"stream":true}"#,
        #"{"model":"qwen-plus",\#(hi),"stream":true,"stream_options":{"include_usage":true}}"#
      ),
      (
        #"{\#(hi),"stream":true,"stream_options":{"x":1,"include_usage":false}}"#,
        #"{"model":"qwen-plus",\#(hi),"stream":true,"stream_options":{"x":1,"include_usage":true}}"#
      ),
      (#"{\#(hi),"stream_options":{"include_usage":true}}"#, #"{"model":"qwen-plus",\#(hi),"stream":false}"#),
      (#"{\#(hi),"max_tokens":99999}"#, #"{"model":"qwen-plus",\#(hi),"max_tokens":32768,"stream":false}"#),
      (
        #"{\#(hi),"max_completion_tokens":99999}"#,
        #"{"model":"qwen-plus",\#(hi),"max_completion_tokens":32768,"stream":false}"#
      ),
    ])
  func requests(_ given: (body: String, expected: String)) throws {
    #expect(try translateOpenAI(given.body).text == given.expected)
  }

  @Test("configured options win; max_tokens is a bound")
  func options() throws {
    let configuration = openAI {
      $0.model.options.maximumTokens = 512
      $0.model.options.temperature = "1.0"
      $0.model.options.topP = "0.5"
      $0.model.options.topK = "3"
    }
    let expected =
      #"{"model":"qwen-plus",\#(hi),"max_tokens":512,"temperature":1.0,"top_p":0.5,"top_k":3,"stream":false}"#
    #expect(try translateOpenAI("{\(hi)}", configuration).text == expected)
    let given = #"{\#(hi),"temperature":0.1,"top_p":0.1,"top_k":9,"max_tokens":9000}"#
    #expect(try translateOpenAI(given, configuration).text == expected)
    #expect(try translateOpenAI(#"{\#(hi),"max_tokens":5}"#, configuration).node["max_tokens"]?.integer == 5)
  }

  @Test(
    "what is refused is refused in Kong's words",
    arguments: [
      ("", "request body doesn't contain valid prompts"), ("[]", "request body doesn't contain valid prompts"),
      ("{}", "request body doesn't contain valid prompts"), ("hello", "request body doesn't contain valid prompts"),
      (#"{"messages":[]}"#, "request body doesn't contain valid prompts"),
      (#"{"model":"gpt-9",\#(hi)}"#, "cannot use own model - must be: qwen-plus"),
      (#"{"prompt":"x",\#(hi)}"#, "request matches multiple LLM request formats"),
      (
        #"{"prompt":"x"}"#,
        "[llm/v1/completions] message format is not compatible with [llm/v1/chat] route type"
      ),
    ])
  func refusals(_ given: (body: String, message: String)) throws {
    let failure = #expect(throws: Failure.self) { try translateOpenAI(given.body) }
    #expect(failure?.message == given.message && failure?.status == 400)
    let body = try #require(failure.map { OpenAIError.body($0) })
    #expect(try JSONNode(parsing: body) == ["error": ["message": .init(given.message)]])
  }

  @Test("without a configured model the request's is used, and one is needed")
  func noConfiguredModel() throws {
    let configuration = openAI { $0.model.name = nil }
    #expect(try translateOpenAI(#"{"model":"any",\#(hi)}"#, configuration).model == "any")
    let failure = #expect(throws: Failure.self) { try translateOpenAI("{\(hi)}", configuration) }
    #expect(failure?.message == "model parameter not found in request, nor in gateway configuration")
  }

  @Test("embeddings are passed on")
  func embeddings() throws {
    let configuration = openAI {
      $0.routeType = .embeddings
      $0.model.name = "text-embedding-v4"
    }
    let result = try translateOpenAI(#"{"input":["a"],"dimensions":64}"#, configuration)
    #expect(result.text == #"{"model":"text-embedding-v4","input":["a"],"dimensions":64}"#)
  }

  @Test("a stream goes through without the usage that only the gateway asked for", arguments: [true, false])
  func relayedStream(_ hides: Bool) {
    let bytes = frames([text("a"), stop, usageChunk, done])
    for cut in 1..<bytes.count {
      var relay = OpenAIAnswerRelay(json: JSONReader(), hidesUsageEvent: hides)
      var output: [UInt8] = []
      for piece in [Array(bytes[..<cut]), Array(bytes[cut...])] {
        relay.receive(piece.span)
        output += relay.isFiltering ? relay.output : piece
        relay.removeOutput()
      }
      relay.finish()
      output += relay.output
      guard output == (hides ? frames([text("a"), stop, done]) : bytes) else {
        Issue.record("cut at \(cut)")
        return
      }
      #expect(relay.observer.usage.promptTokens == 10 && relay.observer.usage.completionTokens == 5)
      #expect(relay.observer.hasToken && relay.observer.finishReason == .stop)
    }
  }

  @Test("a whole answer is watched on its way")
  func relayedObject() {
    let body = Array(
      #"{"model":"m","choices":[{"message":{"content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#
        .utf8)
    var relay = OpenAIAnswerRelay(json: JSONReader(), hidesUsageEvent: true)
    relay.receive(Array(body[..<5]).span)
    relay.receive(Array(body[5...]).span)
    #expect(!relay.isFiltering && relay.output.isEmpty)
    relay.finish()
    #expect(relay.observer.usage.completionTokens == 4 && relay.observer.upstreamModel == Array("m".utf8))
  }
}
