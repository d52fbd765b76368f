import JSON
import Testing

@testable import AIProxy

private func gateway(_ rest: String, model: String = #""provider":"dashscope","name":"q""#) throws -> Gateway {
  try Gateway(#"{"llm_format":"openai","route_type":"llm/v1/chat","model":{\#(model)},\#(rest)}"#)
}

private let chat = #"{"messages":[{"role":"user","content":"hi sk-0123456789abcdef"}],"stream":true}"#

private func shown(_ text: String, limit: Int = 0, redacts: Bool = true, secrets: [String] = []) -> (String, Bool) {
  let payload = PayloadText(Array(text.utf8), .init(limit: limit, redacts: redacts), secrets: secrets)
  return (String(decoding: payload.bytes, as: UTF8.self), payload.isTruncated)
}

@Suite("What is logged and counted of a call")
struct LoggingTests {
  @Test("payloads hide keys, the configured credential and the content of files")
  func redaction() {
    #expect(shown("a sk-0123456789abcdef b").0 == "a sk-*** b")
    #expect(shown("x top secret token y", secrets: ["top secret token"]).0 == "x *** y")
    #expect(shown("short pw", secrets: ["pw"]).0 == "short pw", "what is too short would hit words")
    let picture = String(repeating: "QUJD", count: 300)
    #expect(shown("data:image/png;base64,\(picture)\"").0 == "data:image/png;base64,[900 bytes]\"")
    #expect(shown("sk-0123456789abcdef \(picture)", redacts: false).0 == "sk-0123456789abcdef \(picture)")
    let bearer = AIProxyConfiguration.Authentication(headerName: "Authorization", headerValue: "Bearer abcdefgh")
    #expect(PayloadText.secrets(bearer) == ["Bearer abcdefgh", "abcdefgh"])
  }

  @Test("payloads are cut between characters", arguments: [(4, "ab", true), (5, "ab€", true), (6, "ab€c", false)])
  func limits(_ given: (limit: Int, text: String, isCut: Bool)) {
    let (text, isCut) = shown("ab€c", limit: given.limit)
    #expect(text == given.text && isCut == given.isCut)
  }

  @Test("a stream that passes is logged put together, a whole answer as it came", arguments: [true, false])
  func relayedPayload(_ isStream: Bool) throws {
    let gateway = try gateway(#""logging":{"log_payloads":true}"#)
    gateway.send(isStream ? chat : chat.replacing("true", with: "false"), path: "/x")
    let whole = #"{"model":"m","choices":[{"message":{"content":"ab"},"finish_reason":"stop"}]}"#
    let events = String(decoding: frames([text("a"), text("b"), stop, done]), as: UTF8.self)
    gateway.receive(status: 200, pieces: [isStream ? events : whole])
    let payload = try #require(try gateway.record("ai.proxy.payload"))
    let answer = try JSONNode.parse(payload["response"]?.string ?? "")
    #expect(answer["choices"]?[0]?["message"]?["content"]?.string == "ab")
    #expect(payload["request"]?.string?.contains("sk-***") == true && payload["request_truncated"] == nil)
  }

  @Test("a payload that is cut says so")
  func truncated() throws {
    let gateway = try gateway(#""logging":{"log_payloads":true},"payloads":{"size_limit":10}"#)
    gateway.send(chat, path: "/x")
    gateway.receive(status: 200, pieces: [String(decoding: frames([text("a"), stop, done]), as: UTF8.self)])
    let payload = try #require(try gateway.record("ai.proxy.payload"))
    #expect(payload["request"]?.string?.utf8.count == 10 && payload["request_truncated"]?.boolean == true)
    #expect(payload["response"]?.string?.utf8.count == 10 && payload["response_truncated"]?.boolean == true)
  }

  @Test("a call has OpenTelemetry's attributes, if they are wanted")
  func attributes() throws {
    let gateway = try gateway(#""telemetry":{"log_attributes":true}"#)
    gateway.send(chat, path: "/x")
    let events = frames([text("a"), toolStart(0, "c", "f", "{}"), toolStop, usageChunk, done])
    gateway.receive(status: 200, pieces: [String(decoding: events, as: UTF8.self)])
    let expected =
      #"{"gen_ai.operation.name":"chat","gen_ai.provider.name":"dashscope","gen_ai.request.model":"q","gen_ai.response.model":"qwen-plus","gen_ai.request.stream":true,"gen_ai.response.time_to_first_chunk":0.25,"gen_ai.response.finish_reasons":["tool_calls"],"gen_ai.usage.input_tokens":10,"gen_ai.usage.output_tokens":5,"server.address":"dashscope-intl.aliyuncs.com","server.port":443}"#
    #expect(try gateway.record("gen_ai") == JSONNode.parse(expected))
    let failed = try self.failed()
    #expect(failed["error.type"]?.string == "429" && failed["gen_ai.provider.name"]?.string == "azure.ai.openai")
    #expect(failed["gen_ai.response.finish_reasons"] == nil)
    let silent = try AIProxyTests.gateway(#""logging":{"log_statistics":true}"#)
    silent.send(chat, path: "/x")
    silent.receive(status: 200, pieces: [])
    #expect(try silent.record("gen_ai") == nil)
  }

  @Test(
    "attributes say what was asked of the model, whatever the upstream speaks",
    arguments: [
      (
        #"{"max_tokens":8192,"temperature":1.0,"top_p":0.5,"top_k":40,"seed":7,"stop":["a","b"],"n":1,"response_format":{"type":"json_schema"}}"#,
        #"{"max_tokens":8192,"temperature":1.0,"top_p":0.5,"top_k":40,"seed":7,"stop_sequences":["a","b"],"output":"json"}"#
      ),
      (
        #"{"max_completion_tokens":5,"presence_penalty":-1,"frequency_penalty":2,"stop":"x","n":3,"response_format":{"type":"text"}}"#,
        #"{"max_tokens":5,"presence_penalty":-1,"frequency_penalty":2,"choice.count":3,"stop_sequences":["x"]}"#
      ),
      (#"{"max_tokens":4096,"stop_sequences":["a"]}"#, #"{"max_tokens":4096,"stop_sequences":["a"]}"#),
      (
        #"{"generationConfig":{"maxOutputTokens":9,"topP":1,"topK":2,"candidateCount":1,"stopSequences":["a"],"responseMimeType":"application/json"}}"#,
        #"{"max_tokens":9,"top_p":1,"top_k":2,"stop_sequences":["a"],"output":"json"}"#
      ),
      (#"{"max_tokens":"9","temperature":null,"stop":1}"#, "{}"), ("[]", "{}"), ("", "{}"), ("{", "{}"),
    ])
  func requestAttributes(_ given: (body: String, expected: String)) throws {
    let found = GenAIRequestAttributes.read(Array(given.body.utf8).span, json: JSONReader())
    let members = found.map { attribute, value in
      let name = attribute.description.replacing("gen_ai.request.", with: "").replacing(
        "gen_ai.output.type", with: "output")
      return "\"\(name)\":\(value)"
    }
    #expect(try JSONNode.parse("{\(members.joined(separator: ","))}") == JSONNode.parse(given.expected))
  }

  @Test("attributes name the conversation, where the client does")
  func conversation() throws {
    let gateway = try gateway(#""telemetry":{"log_attributes":true}"#)
    gateway.send(
      chat.replacing("{\"messages\"", with: "{\"max_tokens\":5,\"messages\""), path: "/x",
      values: ["headers.x-claude-code-session-id": "5f0c"])
    gateway.receive(status: 200, pieces: [String(decoding: frames([text("a"), stop, done]), as: UTF8.self)])
    let record = try #require(try gateway.record("gen_ai"))
    #expect(record["gen_ai.conversation.id"]?.string == "5f0c" && record["gen_ai.request.max_tokens"]?.number == "5")
  }

  private func failed() throws -> JSONNode {
    let gateway = try AIProxyTests.gateway(
      #""telemetry":{"log_attributes":true}"#,
      model: #""provider":"azure","name":"q","options":{"azure_instance":"i","azure_deployment_id":"d"}"#)
    gateway.send(chat, path: "/x")
    gateway.receive(status: 429, pieces: [#"{"error":{"message":"slow"}}"#])
    return try gateway.record("gen_ai") ?? JSONNode(.null)
  }

  @Test("azure's calls name instance, deployment and version")
  func azure() throws {
    let gateway = try gateway(
      #""logging":{"log_statistics":true}"#,
      model: #""provider":"azure","name":"q","options":{"azure_instance":"i","azure_deployment_id":"d"}"#)
    gateway.send(chat, path: "/x")
    gateway.receive(status: 200, pieces: [String(decoding: frames([text("a"), stop, done]), as: UTF8.self)])
    let meta = try #require(try gateway.record("ai.proxy.meta"))
    #expect(meta["azure_instance_id"]?.string == "i" && meta["azure_deployment_id"]?.string == "d")
    #expect(meta["azure_api_version"]?.string == "2023-05-15")
  }

  @Test("a stream is counted: tokens, times, cost")
  func measurements() throws {
    let gateway = try gateway(
      #""logging":{}"#,
      model: #""provider":"dashscope","name":"q","options":{"input_cost":1000000,"output_cost":2000000}"#)
    gateway.send(chat, path: "/x")
    let pieces = [text("a"), text("b"), stop, usageChunk, done].map { String(decoding: frames([$0]), as: UTF8.self) }
    gateway.receive(status: 200, pieces: pieces)
    var values: [Measurement: Double] = [:]
    for (measurement, value) in gateway.exchange.measurements(now: gateway.now) { values[measurement] = value }
    #expect(values[.requests] == 1 && values[.errors] == nil && values[.cost] == 20)
    #expect(values[.promptTokens] == 10 && values[.completionTokens] == 5)
    #expect(values[.inputTokenUsage] == 10 && values[.outputTokenUsage] == 5)
    #expect(values[.duration] == 1.25 && values[.timeToFirstChunk] == 0.25 && values[.timePerOutputToken] == 0.25)
  }

  @Test(
    "a refused request is recorded with what was known of it, as Kong does",
    arguments: [
      ("chat", "", #"{"model":"other","messages":[{"role":"user","content":"a"}]}"#, "UNSPECIFIED", "other"),
      (
        "chat", #""response_streaming":"deny","#, #"{"stream":true,"messages":[{"role":"user","content":"a"}]}"#,
        "dashscope", "q"
      ),
      ("completions", "", #"{"messages":[{"role":"user","content":"a"}]}"#, "dashscope", "q"),
      ("chat", "", "{}", "UNSPECIFIED", "UNSPECIFIED"),
    ])
  func refusals(route: String, option: String, body: String, provider: String, model: String) throws {
    let gateway = try Gateway(
      #"{"route_type":"llm/v1/\#(route)",\#(option)"logging":{"log_statistics":true},"model":{"provider":"dashscope","name":"q"}}"#
    )
    gateway.send(body, path: "/ai")
    let entry = gateway.exchange.record(now: gateway.now).first { $0.key.description == "ai.proxy.meta" }
    let meta = try JSONNode(parsing: try #require(entry).json)
    #expect(meta["provider_name"]?.string == provider)
    #expect(meta["request_model"]?.string == model && meta["response_model"]?.string == model)
  }

  @Test("what is refused here is no call; what fails there is counted as an error")
  func failures() throws {
    let refused = try gateway(#""logging":{}"#)
    refused.send("{}", path: "/x")
    #expect(refused.exchange.measurements(now: 0).isEmpty)
    let failed = try gateway(#""logging":{}"#)
    failed.send(chat, path: "/x")
    failed.receive(status: 503, pieces: ["busy"])
    #expect(failed.exchange.measurements(now: failed.now).contains { $0.0 == .errors && $0.1 == 1 })
  }

  @Test("calls are told apart by provider, model, kind and error", arguments: [200, 503])
  func labels(status: Int) throws {
    let gateway = try gateway(#""logging":{}"#, model: #""provider":"dashscope","name":"q""#)
    gateway.send(chat, path: "/x")
    let pieces = [text("a"), stop, usageChunk, done].map { String(decoding: frames([$0]), as: UTF8.self) }
    gateway.receive(status: status, pieces: status == 200 ? pieces : ["busy"])
    let labels = gateway.exchange.labels(of: gateway.exchange.findings(now: gateway.now))
    func shown(_ measurement: Measurement) -> String {
      labels.labels(of: measurement).map { "\($0.name)=\($0.value)" }.joined(separator: ",")
    }
    let model = status == 200 ? "qwen-plus" : "q"
    let shared =
      "gen_ai_operation_name=chat,gen_ai_provider_name=dashscope,gen_ai_request_model=q,gen_ai_response_model=\(model),"
      + "server_address=dashscope-intl.aliyuncs.com,server_port=443"
    #expect(shown(.requests) == "ai_provider=dashscope,ai_model=q,request_mode=stream")
    #expect(shown(.duration) == (status == 200 ? shared : "\(shared),error_type=503"))
    #expect(shown(.inputTokenUsage) == "\(shared),gen_ai_token_type=input")
    #expect(shown(.outputTokenUsage) == "\(shared),gen_ai_token_type=output")
  }

  @Test("distributions have buckets that rise")
  func bounds() {
    for measurement in Measurement.allCases where measurement.isHistogram {
      #expect(measurement.bounds.count > 10 && measurement.bounds == measurement.bounds.sorted())
    }
    #expect(Measurement.inputTokenUsage.bounds.first == 1 && Measurement.inputTokenUsage.bounds.last == 67_108_864)
  }

  @Test("metrics have names that the gateway takes, each its own; the two directions of tokens share one")
  func names() {
    for measurement in Measurement.allCases {
      #expect(measurement.name.utf8.count <= 63 && !measurement.help.isEmpty)
      #expect(measurement.name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "_" })
    }
    #expect(Set(Measurement.allCases.map(\.name)).count == Measurement.allCases.count - 1)
  }
}
