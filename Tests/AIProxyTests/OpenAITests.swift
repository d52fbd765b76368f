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

  @Test("a response says of its request what OpenAI's do, on one line, with what counted")
  func echo() throws {
    let configuration = openAI {
      $0.routeType = .responses
      $0.model.options.temperature = "0.7"
      $0.model.options.maximumTokens = 512
    }
    let body = #"""
      {"input":"hi","instructions":"Be \"brief\".","max_output_tokens":1000,"metadata":{"a":"b"},"parallel_tool_calls":false,
      "temperature":0.1,"top_p":0.9,"user":"u","reasoning":{"effort":"low"},"text":{"format":{"type":"text"},"verbosity":"low"},
      "tool_choice":{"type":"function","name":"f"},"tools":[{"type":"web_search"},
      {"type":"function","name":"f",
      "parameters":{"type":"object"}}]}
      """#
    let translator = ResponsesRequestTranslator(
      settings: ChatRequestSettings(configuration, driver: DashScope()), json: JSONReader())
    let request = try translator.translate(Array(body.utf8).span)
    #expect(!request.echo.contains(0x0A))
    let echo = try JSONNode.parse("{" + String(decoding: request.echo, as: UTF8.self) + "}")
    #expect(echo["instructions"]?.string == #"Be "brief"."# && echo["user"]?.string == "u")
    #expect(echo["max_output_tokens"]?.integer == 512, "the smaller one counted")
    #expect(echo["temperature"]?.number == "0.7" && echo["top_p"]?.number == "0.9", "the configured one counted")
    #expect(echo["metadata"]?["a"]?.string == "b" && echo["parallel_tool_calls"]?.boolean == false)
    #expect(echo["tools"]?.array?.count == 1 && echo["tools"]?[0]?["strict"]?.boolean == false)
    #expect(echo["tool_choice"]?["name"]?.string == "f" && echo["reasoning"]?["effort"]?.string == "low")
    #expect(echo["text"]?["verbosity"]?.string == "low" && echo["store"]?.boolean == false)

    var answer = OpenAIAnswer(identifier: "resp_1", created: 1, model: "m")
    answer.echo = request.echo
    var writer = ResponsesWriter(answer, isStream: true)
    writer.text(Array("a".utf8).span)
    writer.end(explanation: nil)
    for line in String(decoding: writer.output, as: UTF8.self).split(separator: "\n") where line.hasPrefix("data: ") {
      let event = try JSONNode.parse(String(line.dropFirst(6)))
      if let response = event["response"] {
        #expect(response["tools"] == echo["tools"] && response["user"]?.string == "u")
      }
    }

    let bare = try translator.translate(Array(#"{"input":"hi"}"#.utf8).span)
    let defaults = try JSONNode.parse("{" + String(decoding: bare.echo, as: UTF8.self) + "}")
    #expect(defaults["tool_choice"]?.string == "auto" && defaults["tools"]?.array?.isEmpty == true)
    #expect(defaults["parallel_tool_calls"]?.boolean == true && defaults["instructions"]?.isNull == true)
    #expect(defaults["text"]?["format"]?["type"]?.string == "text" && defaults["top_p"]?.number == "1.0")
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

  @Test(
    "what is neither events nor JSON goes through as it is, whole and in a stream",
    arguments: ["<html>no</html>", " {}", "oops"])
  func relayedOther(_ body: String) {
    var relay = OpenAIAnswerRelay(json: JSONReader(), hidesUsageEvent: true)
    relay.receive(Array(body.utf8).span)
    #expect(!relay.isFiltering)
    relay.finish()
    #expect(relay.output.isEmpty && relay.leadingError == nil)
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
