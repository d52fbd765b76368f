import JSON
import Testing

@testable import AIProxy

/// A gateway's side of one exchange.
final class Gateway {
  let exchange: Exchange
  private(set) var forwarded: ForwardedRequest?
  private(set) var response: LocalResponse?
  private(set) var responseHeaders: [LocalResponse.Header] = []
  private(set) var output = ""
  /// The upstream is to be asked again; `response` is for when that is not done.
  private(set) var isToAskAgain = false
  private(set) var askAgainDelay: UInt64?
  var now: UInt64 = 1_000_000_000

  init(_ json: String) throws {
    exchange = Exchange(
      try ProxyInstance(
        configuration: Array(json.utf8), pluginIdentifier: "p-1", identifiers: IdentifierGenerator(seed: 1, 2)))
  }

  /// Another request of the same instance.
  init(_ instance: ProxyInstance) { exchange = Exchange(instance) }

  /// The request, as far as the upstream.
  func send(
    _ body: String, method: String = "POST", path: String = "/anything/v1/messages", query: String = "beta=true",
    isTooLarge: Bool = false, hasOwnCredential: Bool = false, values: [String: String] = [:]
  ) {
    response = exchange.access(method: method, path: path)
    guard response == nil else { return }
    let action = exchange.requestBody(
      Array(body.utf8).span, isTooLarge: isTooLarge, path: path, query: query, hasOwnCredential: hasOwnCredential,
      now: now
    ) { values["\($0.rawValue).\($1)"] }
    switch action {
    case .forward(let request): forwarded = request
    case .respond(let local): response = local
    }
  }

  /// The next attempt, as far as the upstream.
  @discardableResult
  func sendAgain(values: [String: String] = [:]) -> ForwardedRequest? {
    let next = exchange.nextAttempt(now: now) { values["\($0.rawValue).\($1)"] }
    guard let next else { return nil }
    forwarded = next
    response = nil
    isToAskAgain = false
    askAgainDelay = nil
    return next
  }

  /// The upstream's answer, in pieces, each `interval` nanoseconds after the one before.
  func receive(
    status: Int, upstreamStatus: Int? = nil, isCompressed: Bool = false, pieces: [String], isTruncated: Bool = false,
    interval: UInt64 = 250_000_000
  ) {
    responseHeaders = exchange.responseHead(
      status: status, upstreamStatus: upstreamStatus ?? status, isCompressed: isCompressed, now: now)
    for (index, piece) in (pieces + [""]).enumerated() {
      now += index == pieces.count ? 0 : interval
      let action = exchange.responsePiece(
        Array(piece.utf8).span, isLast: index == pieces.count, isTruncated: isTruncated, now: now)
      switch action {
      case .pass: output += piece
      case .replace, .end:
        let bytes = exchange.takeOutput()
        output += String(decoding: bytes, as: UTF8.self)
        exchange.recycle(bytes)
        if action == .end { return }
      case .respond(let local):
        response = local
        return
      case .askAgain(let local, let delay):
        response = local
        isToAskAgain = true
        askAgainDelay = delay
        return
      }
    }
  }

  /// As ``receive(status:upstreamStatus:isCompressed:pieces:isTruncated:interval:)``, of pieces that need not be text.
  func receive(bytes pieces: [[UInt8]]) -> String {
    _ = exchange.responseHead(status: 200, upstreamStatus: 200, isCompressed: false, now: now)
    var output: [UInt8] = []
    for (index, piece) in (pieces + [[]]).enumerated() {
      let action = exchange.responsePiece(piece.span, isLast: index == pieces.count, now: now)
      output += action == .pass ? piece : exchange.takeOutput()
    }
    return String(decoding: output, as: UTF8.self)
  }

  func header(_ name: String, _ headers: [LocalResponse.Header]) -> String? {
    headers.last { $0.name == name }?.value
  }

  var responseBody: JSONNode? { response.flatMap { try? JSONNode(parsing: $0.body) } }

  func record(_ key: String) throws -> JSONNode? {
    try exchange.record(now: now).first { $0.key.description == key }.map { try JSONNode(parsing: $0.json) }
  }
}

private func tutorial(_ rest: String = "", format: String = "anthropic", model: String = #""name":"qwen-plus""#)
  -> String
{
  #"""
  {"llm_format":"\#(format)","route_type":"llm/v1/chat","logging":{"log_statistics":true},"auth":{"header_name":\#
  "Authorization","header_value":"Bearer sk-configured"},"model":{"provider":"dashscope",\#(model),\#
  "options":{"max_tokens":8192,"temperature":1.0}}\#(rest)}
  """#
}

private func frame(_ events: String...) -> String { String(decoding: frames(events), as: UTF8.self) }

@Suite("An exchange from access to log")
struct ExchangeTests {
  @Test("69, 72, 76, 147: the tutorial's request, streamed")
  func streamed() throws {
    let gateway = try Gateway(tutorial())
    gateway.send(request(#""stream":true,"#))
    let forwarded = try #require(gateway.forwarded)
    #expect(
      forwarded.endpoint == Endpoint(host: "dashscope-intl.aliyuncs.com", path: "/compatible-mode/v1/chat/completions"))
    #expect(forwarded.query == nil, "the client's query stays")
    #expect(gateway.header("Authorization", forwarded.headers) == "Bearer sk-configured")
    #expect(gateway.header("accept-encoding", forwarded.headers) == "identity")
    #expect(gateway.header("content-type", forwarded.headers) == "application/json")
    let body = try JSONNode(parsing: forwarded.body ?? [])
    #expect(body["max_tokens"]?.integer == 100 && body["temperature"]?.number == "1.0")

    gateway.receive(
      status: 200, pieces: [frame(roleChunk), frame(text("a")), frame(text("b"), stop), frame(usageChunk, done)])
    #expect(gateway.header("content-type", gateway.responseHeaders) == "text/event-stream; charset=utf-8")
    #expect(gateway.header("X-Kong-LLM-Model", gateway.responseHeaders) == "dashscope/qwen-plus")
    #expect(gateway.header("request-id", gateway.responseHeaders)?.hasPrefix("req_") == true)
    #expect(
      transcript(gateway.output)
        == ["ms", "ping", "cs0 text", "cd0 text:a", "cd0 text:b", "cx0", "md end_turn 10/5", "mx"])

    let usage = try #require(try gateway.record("ai.proxy.usage"))
    #expect(usage["prompt_tokens"]?.integer == 10 && usage["completion_tokens"]?.integer == 5)
    #expect(usage["time_to_first_token"]?.integer == 500, "the second piece has the first token")
    #expect(usage["time_per_token"]?.integer == 200)
    let meta = try #require(try gateway.record("ai.proxy.meta"))
    #expect(meta["request_mode"]?.string == "stream" && meta["llm_latency"]?.integer == 1000)
    #expect(meta["plugin_id"]?.string == "p-1" && meta["provider_name"]?.string == "dashscope")
    #expect(try gateway.record("ai.proxy.payload") == nil)
  }

  @Test("146: the tutorial's request, one-shot")
  func oneShot() throws {
    let gateway = try Gateway(tutorial())
    gateway.send(request())
    let body =
      #"{"id":"c","model":"qwen-plus-2025","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":13486,"completion_tokens":493,"total_tokens":13979,"prompt_tokens_details":{"cached_tokens":0}}}"#
    gateway.receive(status: 200, pieces: [String(body.prefix(30)), String(body.dropFirst(30))])
    #expect(gateway.header("content-type", gateway.responseHeaders) == "application/json")
    let message = try JSONNode.parse(gateway.output)
    #expect(message["content"]?[0]?["text"]?.string == "Hi" && message["id"]?.string?.hasPrefix("msg_") == true)
    let usage = try #require(try gateway.record("ai.proxy.usage"))
    #expect(usage["time_to_first_token"]?.integer == 500 && usage["prompt_tokens_details"] == ["cached_tokens": 0])
    #expect(usage["completion_tokens_details"] == [:] && usage["cost"]?.integer == 0)
    let meta = try #require(try gateway.record("ai.proxy.meta"))
    #expect(meta["request_mode"]?.string == "oneshot" && meta["response_model"]?.string == "qwen-plus-2025")
  }

  @Test("138, 140: an upstream's error is told in Anthropic's words, with advice")
  func upstreamError() throws {
    let gateway = try Gateway(tutorial())
    gateway.send(request(#""stream":true,"#))
    gateway.receive(status: 429, pieces: [#"{"error":{"code":"limit_requests","#, #""message":"slow"}}"#])
    let response = try #require(gateway.response)
    #expect(response.status == 429 && gateway.output.isEmpty)
    #expect(Int(gateway.header("retry-after", response.headers) ?? "") ?? 0 >= 1)
    #expect(gateway.header("content-type", response.headers) == "application/json")
    #expect(gateway.responseBody?["error"]?["type"]?.string == "rate_limit_error")
    #expect(gateway.responseBody?["request_id"]?.string == gateway.header("request-id", response.headers))
    let meta = try #require(try gateway.record("ai.proxy.meta"))
    #expect(meta["request_model"]?.string == "qwen-plus")
    // The response given runs through the chain as well: it is not translated again.
    #expect(gateway.exchange.responsePiece(Array("x".utf8).span, isLast: true, now: 0) == .pass)
  }

  @Test(
    "120: the gateway's own failures are told in Anthropic's words",
    arguments: [
      (502, "An invalid response was received from the upstream server", 502, "api_error"),
      (503, "name resolution failed", 502, "api_error"),
      (504, "The upstream server is timing out", 504, "timeout_error"),
    ])
  func gatewayError(_ given: (status: Int, words: String, expected: Int, type: String)) throws {
    let gateway = try Gateway(tutorial())
    gateway.send(request())
    gateway.receive(status: given.status, upstreamStatus: 0, pieces: [#"{"message":"\#(given.words)"}"#])
    #expect(gateway.response?.status == given.expected)
    let error = try #require(gateway.responseBody?["error"])
    #expect(error["type"]?.string == given.type)
    #expect(error["message"]?.string?.contains("dashscope-intl.aliyuncs.com") == true, "it says which upstream")
  }

  @Test("120: what another plugin answers keeps its status and its words", arguments: [502, 503, 504])
  func anotherPluginsError(_ status: Int) throws {
    let gateway = try Gateway(tutorial())
    gateway.send(request())
    gateway.receive(status: status, upstreamStatus: 0, pieces: [#"{"message":"closed on Sundays"}"#])
    #expect(gateway.response?.status == (status == 503 ? 529 : status))
    #expect(gateway.responseBody?["error"]?["message"]?.string == "closed on Sundays")
  }

  @Test("115: an error in a stream that had not begun gets its status")
  func earlyError() throws {
    let gateway = try Gateway(tutorial())
    gateway.send(request(#""stream":true,"#))
    gateway.receive(status: 200, pieces: [frame(#"{"error":{"code":"ModelUnavailable","message":"busy"}}"#)])
    #expect(gateway.response?.status == 529 && gateway.output.isEmpty)
  }

  @Test("114: a connection that breaks amid a stream ends it with an error")
  func brokenOff() throws {
    let gateway = try Gateway(tutorial())
    gateway.send(request(#""stream":true,"#))
    gateway.receive(status: 200, pieces: [frame(text("a"))], isTruncated: true)
    #expect(transcript(gateway.output) == ["ms", "ping", "cs0 text", "cd0 text:a", "error api_error"])
    #expect(try gateway.record("ai.proxy.usage")?["estimated"]?.boolean == true)
  }

  @Test("73, 134: what is compressed although it should not be is a bad gateway")
  func compressed() throws {
    let gateway = try Gateway(tutorial())
    gateway.send(request())
    gateway.receive(status: 200, isCompressed: true, pieces: ["\u{1F}"])
    #expect(gateway.response?.status == 502)
  }

  @Test("somebody else's response is left alone")
  func foreignResponse() throws {
    let gateway = try Gateway(tutorial())
    #expect(gateway.exchange.access(method: "POST", path: "/v1/messages") == nil)
    gateway.receive(status: 401, upstreamStatus: 0, pieces: ["no key"])
    #expect(gateway.output == "no key" && gateway.responseHeaders.isEmpty && gateway.response == nil)
    #expect(try gateway.record("ai.proxy.meta") == nil)
  }

  @Test(
    "71: the body decides over streaming, whatever the client accepts",
    arguments: ["application/json", "text/event-stream"])
  func accept(_ accept: String) throws {
    let gateway = try Gateway(tutorial())
    gateway.send(request(#""stream":true,"#), values: ["headers.accept": accept])
    gateway.receive(status: 200, pieces: [frame(text("a"), stop, done)])
    #expect(gateway.header("content-type", gateway.responseHeaders) == "text/event-stream; charset=utf-8")
    let plain = try Gateway(tutorial())
    plain.send(request(), values: ["headers.accept": accept])
    plain.receive(status: 200, pieces: [#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#])
    #expect(plain.header("content-type", plain.responseHeaders) == "application/json")
  }

  @Test(
    "58: limits are read from what upstreams say",
    arguments: [
      ("Range of max_tokens should be [1, 8192]", 8192),
      ("<400> InternalError.Algo.InvalidParameter: Range of max_tokens should be [1,16384]", 16384),
      ("max_tokens is too large: 64000. This model supports at most 16384 completion tokens", 16384),
      ("Range of input length should be [1, 129024]", nil), ("max_tokens should be [1, x]", nil), ("", nil),
    ] as [(String, Int?)])
  func limits(_ given: (message: String, limit: Int?)) {
    #expect(OutputLimit.parse(given.message) == given.limit)
  }

  @Test(
    "74, 75, 77: what needs no model is answered at once",
    arguments: [
      ("HEAD", "/anything/api/hello", "", 200), ("GET", "/anything/v1/models", "", 200),
      ("GET", "/v1/models/qwen-plus", "", 200), ("GET", "/v1/models/x", "", 404), ("GET", "/v1/messages", "", 405),
      ("POST", "/v1/oauth/token", "", 404), ("POST", "/v1/messages/count_tokens", #"{"messages":[]}"#, 200),
      ("POST", "/v1/messages/count_tokens", "x", 400),
    ])
  func local(_ given: (method: String, path: String, body: String, status: Int)) throws {
    let gateway = try Gateway(tutorial())
    gateway.send(given.body, method: given.method, path: given.path)
    let response = try #require(gateway.response)
    #expect(response.status == given.status)
    #expect(gateway.header("request-id", response.headers)?.hasPrefix("req_") == true)
    if given.status >= 400 { #expect(gateway.responseBody?["type"]?.string == "error") }
    #expect(try gateway.record("ai.proxy.meta") == nil)
  }

  @Test("66, 68: refusals come in the client's format", arguments: ["anthropic", "openai"])
  func refusals(_ format: String) throws {
    let gateway = try Gateway(tutorial(format: format))
    gateway.send(#"{"model":"other","max_tokens":1,"messages":[{"role":"user","content":"x"}]}"#)
    #expect(gateway.response?.status == 400)
    let message = "cannot use own model - must be: qwen-plus"
    if format == "openai" {
      #expect(gateway.responseBody == ["error": ["message": .init(message)]])
    } else {
      #expect(gateway.responseBody?["error"]?["message"]?.string == message)
    }
    let large = try Gateway(tutorial(format: format))
    large.send("", isTooLarge: true)
    #expect(large.response?.status == 413)
  }

  /// An exchange whose upstream has answered, at 5 s, with a head and these events.
  private func streaming(_ events: String..., interval: Int = 10) throws -> Exchange {
    let gateway = try Gateway(tutorial(#","translation":{"ping_interval":\#(interval)}"#))
    gateway.send(request(#""stream":true,"#))
    _ = gateway.exchange.responseHead(
      status: 200, upstreamStatus: 200, isCompressed: false, now: 5_000_000_000)
    if !events.isEmpty {
      _ = gateway.exchange.responsePiece(frames(events).span, isLast: false, now: 5_000_000_000)
    }
    return gateway.exchange
  }

  private func output(_ exchange: Exchange) -> [String] {
    transcript(String(decoding: exchange.takeOutput(), as: UTF8.self))
  }

  @Test("119: silence is filled with pings")
  func pings() throws {
    let exchange = try streaming(text("a"))
    _ = output(exchange)
    #expect(exchange.timerDelay(now: 12_000_000_000) == 3001, "three seconds are left")
    #expect(exchange.timerDelay(now: 12_000_000_000) == nil, "one timer is enough")
    exchange.timer(now: 14_000_000_000)
    #expect(exchange.takeOutput().isEmpty, "too early")
    exchange.timer(now: 16_000_000_000)
    #expect(output(exchange) == ["ping"])
    #expect(exchange.timerDelay(now: 16_000_000_000) == 10001)
    #expect(exchange.firstTokenTime == 5_000_000_000)
  }

  @Test("119, 135: the head goes out with the first ping when nothing follows it")
  func pingsBeforeContent() throws {
    let exchange = try streaming()
    #expect(exchange.timerDelay(now: 5_000_000_000) == 10001)
    exchange.timer(now: 15_100_000_000)
    #expect(output(exchange) == ["ms", "ping", "ping"])
    #expect(exchange.firstTokenTime == nil, "a ping is no token")
    _ = exchange.responsePiece(
      frames([#"{"error":{"code":"ModelUnavailable","message":"busy"}}"#]).span, isLast: true, now: 16_000_000_000)
    #expect(output(exchange) == ["error overloaded_error"], "the status is sent: the error is an event")
    let silent = try streaming(interval: 0)
    #expect(silent.timerDelay(now: 5_000_000_000) == nil, "no pings, no timer")
  }

  @Test("112: an upstream that has stopped is waited for three seconds", arguments: [0, 1, 10])
  func stopWaiting(_ interval: Int) throws {
    let exchange = try streaming(text("a"), stop, interval: interval)
    _ = output(exchange)
    #expect(exchange.timerDelay(now: 5_000_000_000) == 3001)
    exchange.timer(now: 8_001_000_000)
    #expect(output(exchange) == ["cx0", "md end_turn 0/0", "mx"])
    #expect(exchange.timerDelay(now: 8_001_000_000) == nil && exchange.endTime == 8_001_000_000)
    exchange.timer(now: 60_000_000_000)
    #expect(exchange.takeOutput().isEmpty)
  }

  @Test("OpenAI's format passes both ways, and its usage is logged")
  func openAI() throws {
    let gateway = try Gateway(tutorial(format: "openai"))
    gateway.send(#"{"messages":[{"role":"user","content":"hi"}],"stream":true}"#, path: "/ai")
    #expect(gateway.forwarded != nil)
    gateway.receive(status: 200, pieces: [frame(text("a")), frame(stop, usageChunk), frame(done)])
    #expect(gateway.output == frame(text("a"), stop, done))
    #expect(gateway.responseHeaders == [.init("X-Kong-LLM-Model", "dashscope/qwen-plus")])
    #expect(try gateway.record("ai.proxy.usage")?["total_tokens"]?.integer == 15)
    let failed = try Gateway(tutorial(format: "openai"))
    failed.send(#"{"messages":[{"role":"user","content":"hi"}]}"#)
    failed.receive(status: 400, pieces: [#"{"error":{"message":"bad"}}"#])
    #expect(failed.output == #"{"error":{"message":"bad"}}"# && failed.responseHeaders.isEmpty)
  }

  @Test("credentials go where they are configured to go")
  func credentials() throws {
    let query = try Gateway(
      #"{"route_type":"llm/v1/chat","auth":{"param_name":"key","param_value":"s k","param_location":"query"},"model":{"provider":"dashscope","name":"m"}}"#
    )
    query.send(#"{"messages":[{"role":"user","content":"hi"}]}"#, query: "a=1")
    #expect(query.forwarded?.query == "a=1&key=s%20k")
    let body = try Gateway(
      #"{"route_type":"llm/v1/chat","auth":{"param_name":"key","param_value":"s\"k","param_location":"body"},"model":{"provider":"dashscope","name":"m"}}"#
    )
    body.send(#"{"messages":[{"role":"user","content":"hi"}]}"#)
    #expect(try JSONNode(parsing: body.forwarded?.body ?? [])["key"]?.string == "s\"k")
    let own = try Gateway(
      #"{"route_type":"llm/v1/chat","auth":{"header_name":"Authorization","header_value":"x","allow_override":true},"model":{"provider":"dashscope","name":"m"}}"#
    )
    own.send(#"{"messages":[{"role":"user","content":"hi"}]}"#, hasOwnCredential: true)
    #expect(own.header("Authorization", own.forwarded?.headers ?? []) == nil)
  }

  @Test("70: what Anthropic's clients say of themselves stays here")
  func droppedHeaders() {
    func isDropped(_ name: String) -> Bool { ClientHeaders.isDropped(Array(name.utf8).span, format: .anthropic) }
    for name in [
      "anthropic-beta", "Anthropic-Version", "x-api-key", "X-Stainless-OS", "x-app", "X-Claude-Code-Session-Id",
      "anthropic-dangerous-direct-browser-access",
    ] {
      #expect(isDropped(name), "\(name)")
    }
    for name in ["user-agent", "x-api-key-2", "x-application", "content-type", "traceparent", "x"] {
      #expect(!isDropped(name), "\(name)")
    }
    let name = Array("anthropic-beta".utf8)
    let openAI = ClientHeaders.isDropped(name.span, format: .openai)
    #expect(!openAI)
  }

  @Test("a model's name may come from the request")
  func templates() throws {
    let gateway = try Gateway(tutorial(model: #""name":"$(headers.x-model)""#))
    gateway.send(
      #"{"max_tokens":1,"messages":[{"role":"user","content":"x"}]}"#, values: ["headers.x-model": "qwen-max"])
    #expect(try JSONNode(parsing: gateway.forwarded?.body ?? [])["model"]?.string == "qwen-max")
    let missing = try Gateway(tutorial(model: #""name":"$(headers.x-model)""#))
    missing.send(request())
    #expect(missing.responseBody?["error"]?["message"]?.string == "headers key x-model was not provided")
  }

  @Test("any text of the model's options may come from the request, and none of them leads to another host")
  func optionTemplates() throws {
    func gateway(_ model: String) throws -> Gateway {
      try Gateway(#"{"route_type":"llm/v1/chat","model":{\#(model)}}"#)
    }
    let azure =
      #""provider":"azure","name":"m","options":{"azure_instance":"$(headers.x-i)","azure_deployment_id":"$(uri_captures.d)","#
      + #""azure_api_version":"$(query_params.v)"}"#
    let body = #"{"messages":[{"role":"user","content":"x"}]}"#
    let good = try gateway(azure)
    good.send(
      body, query: "", values: ["headers.x-i": "east-1", "uri_captures.d": "d/1", "query_params.v": "2024-10-21"])
    #expect(good.forwarded?.endpoint.host == "east-1.openai.azure.com")
    #expect(good.forwarded?.endpoint.path == "/openai/deployments/d%2f1/chat/completions")
    #expect(good.forwarded?.query == "api-version=2024-10-21")
    let evil = try gateway(azure)
    evil.send(body, values: ["headers.x-i": "evil.example/", "uri_captures.d": "d", "query_params.v": "v"])
    #expect(evil.response?.status == 400 && evil.forwarded == nil)
    let url = try gateway(#""provider":"openai","options":{"upstream_url":"http://llm/$(uri_captures.p)/v1"}"#)
    url.send(#"{"model":"m","messages":[{"role":"user","content":"x"}]}"#, values: ["uri_captures.p": "a"])
    #expect(url.forwarded?.endpoint.path == "/a/v1")
    #expect(try !gateway(#""provider":"openai","name":"m""#).exchange.instance.settings.hasTemplates)
  }

  @Test("147: payloads are logged when asked for, put together", arguments: [true, false])
  func payloads(_ streams: Bool) throws {
    let gateway = try Gateway(
      tutorial().replacing(#""log_statistics":true"#, with: #""log_payloads":true"#))
    gateway.send(request(streams ? #""stream":true,"# : ""))
    let whole = #"{"choices":[{"message":{"content":"ab"},"finish_reason":"stop"}]}"#
    gateway.receive(status: 200, pieces: streams ? [frame(text("a"), text("b"), stop, done)] : [whole])
    let payload = try #require(try gateway.record("ai.proxy.payload"))
    let sent = try JSONNode.parse(payload["request"]?.string ?? "")
    #expect(sent["model"]?.string == "qwen-plus")
    let answer = try JSONNode.parse(payload["response"]?.string ?? "")
    #expect(answer["content"] == [["type": "text", "text": "ab"]])
    #expect(try gateway.record("ai.proxy.usage") == nil)
  }
}
