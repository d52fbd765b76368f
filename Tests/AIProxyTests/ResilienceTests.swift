import JSON
import Testing

@testable import AIProxy

private let second: UInt64 = 1_000_000_000

private func pool(_ change: (inout AIProxyConfiguration.Resilience) -> Void) -> TargetPool {
  var resilience = AIProxyConfiguration.Resilience()
  change(&resilience)
  return TargetPool(resilience)
}

private func others(_ weights: [Int]) -> [AIProxyConfiguration.Resilience.Target] {
  weights.map { .init(weight: $0, authentication: .init(), model: .init(provider: "openai")) }
}

private func gateway(_ resilience: String, format: String = "anthropic") throws -> Gateway {
  try Gateway(
    #"""
    {"llm_format":"\#(format)","route_type":"llm/v1/chat","logging":{"log_statistics":true},\#
    "auth":{"header_name":"Authorization","header_value":"Bearer first-key"},"model":{"provider":"dashscope","name":"qwen-plus",\#
    "model_alias":"claude-*"},"resilience":{\#(resilience),"targets":[{"auth":{"header_name":"x-api-key","header_value":"second-key"},\#
    "model":{"provider":"anthropic","name":"claude-x","options":{"anthropic_version":"2023-06-01"}}}]}}
    """#)
}

@Suite("When an upstream does not answer")
struct ResilienceTests {
  @Test("targets take turns by weight")
  func weights() {
    var pool = pool {
      $0.weight = 3
      $0.targets = others([1, 0])
    }
    var counts = [0, 0, 0]
    for _ in 0..<40 {
      guard let target = pool.next(now: 0) else { continue }
      counts[target] += 1
      pool.end(target)
    }
    #expect(counts == [30, 10, 0], "one of weight 0 stands by")
    #expect(pool.next(tried: [0, 1], now: 0) == 2)
    #expect(pool.next(tried: [0, 1, 2], now: 0) == nil)
  }

  @Test("a target that fails in a row rests, and is asked again when it has, or when no other is left")
  func rest() {
    var pool = pool {
      $0.targets = others([100])
      $0.failureLimit = 2
      $0.restTime = 10_000
    }
    pool.noteFailure(0, pause: nil, now: 0)
    pool.noteSuccess(0)
    pool.noteFailure(0, pause: nil, now: 0)
    #expect(Set((0..<4).compactMap { _ in pool.next(now: 0) }) == [0, 1], "one failure is no row")
    pool.noteFailure(0, pause: nil, now: 0)
    #expect(Set((0..<4).compactMap { _ in pool.next(now: 9 * second) }) == [1])
    #expect(pool.next(tried: [1], now: 9 * second) == 0)
    #expect(Set((0..<4).compactMap { _ in pool.next(now: 10 * second) }) == [0, 1])
  }

  @Test("Retry-After lets a target rest at once, for as long as it says")
  func retryAfterRests() {
    var pool = pool { $0.targets = others([100]) }
    pool.noteFailure(0, pause: 30, now: 0)
    #expect(Set((0..<4).compactMap { _ in pool.next(now: 29 * second) }) == [1])
    #expect(Set((0..<4).compactMap { _ in pool.next(now: 30 * second) }) == [0, 1])
    #expect(Exchange.retryAfter("7") == 7 && Exchange.retryAfter("-1") == nil)
    #expect(Exchange.retryAfter("soon") == nil && Exchange.retryAfter(nil) == nil)
  }

  @Test("Retry-After may be a date, counted from the upstream's own clock where it tells it")
  func retryAfterDates() {
    let wall: UInt64 = 784_111_770_900_000_000  // 08:49:30.9
    for text in [
      "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
    ] {
      #expect(HTTPDateReader.seconds(text) == 784_111_777)
      #expect(Exchange.retryAfter(text, wallTime: wall) == 7)
      #expect(Exchange.retryAfter(text, date: "Sun, 06 Nov 1994 08:48:37 GMT", wallTime: wall) == 60)
      #expect(Exchange.retryAfter(text, date: "no date", wallTime: wall) == 7)
      #expect(Exchange.retryAfter(text, date: "Sun, 06 Nov 1994 08:59:37 GMT", wallTime: wall) == 0, "it has passed")
    }
    #expect(HTTPDateReader.seconds("Thu, 01 Jan 1970 00:00:00 GMT") == 0)
    #expect(HTTPDateReader.seconds("Thu, 29 Feb 2024 12:00:00 GMT") == 1_709_208_000)
    #expect(HTTPDateReader.seconds("Fri, 31 Dec 9999 23:59:60 GMT") == 253_402_300_800)
    for text in [
      "", "Sun", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 1994 24:49:37 GMT",
      "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
      "Sun, 06 Nov 1894 08:49:37 GMT",
      "Sun, +6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
      String(repeating: "1 ", count: 100),
    ] {
      #expect(HTTPDateReader.seconds(text) == nil, "\(text)")
    }
  }

  @Test("no target gets more calls at a time than it may")
  func concurrency() throws {
    var pool = pool {
      $0.targets = others([100])
      $0.concurrency = 2
    }
    let taken = (0..<5).map { _ in pool.next(now: 0) }
    #expect(taken.compactMap { $0 }.sorted() == [0, 0, 1, 1] && taken.last == .some(nil))
    pool.end(1)
    #expect(pool.next(now: 0) == 1)

    let busy = try AIProxyTests.gateway(#""concurrency":1"#)
    _ = busy.exchange.instance.pool.next(now: 0)
    _ = busy.exchange.instance.pool.next(now: 0)
    busy.send(request())
    #expect(busy.response?.status == 529 && busy.header("retry-after", busy.response?.headers ?? []) == "1")
    #expect(busy.responseBody?["error"]?["type"]?.string == "overloaded_error")
  }

  @Test("143, 144: a failed attempt is followed by one at another target, in its provider's words and with its key")
  func failOver() throws {
    let gateway = try AIProxyTests.gateway(#""retries":1"#)
    gateway.send(request(#""model":"claude-opus","stream":true,"#).replacing(#""model":"qwen-plus","#, with: ""))
    #expect(gateway.forwarded?.endpoint.host == "dashscope-intl.aliyuncs.com")
    let step = gateway.exchange.attemptEnded(status: 503, upstreamStatus: 503, retryAfter: nil, now: gateway.now)
    #expect(step == .wait(0))
    let second = try #require(gateway.sendAgain())
    #expect(second.endpoint == Endpoint(host: "api.anthropic.com", path: "/v1/messages"))
    #expect(gateway.header("x-api-key", second.headers) == "second-key" && second.dropsAuthorization)
    #expect(gateway.header("Authorization", second.headers) == nil)
    #expect(try JSONNode(parsing: second.body ?? [])["model"]?.string == "claude-x")

    let story = MatrixUpstream.body(.anthropic, .text, isStream: true)
    let none = gateway.exchange.attemptEnded(status: 200, upstreamStatus: 200, retryAfter: nil, now: gateway.now)
    #expect(none == .none)
    // Piece by piece, as any other stream.
    let pieces = story.components(separatedBy: "\n\n").filter { !$0.isEmpty }.map { $0 + "\n\n" }
    gateway.receive(status: 200, pieces: pieces)
    #expect(gateway.response == nil && gateway.output == story)
    #expect(gateway.header("X-Kong-LLM-Model", gateway.responseHeaders) == "anthropic/claude-x")
    let meta = try #require(try gateway.record("ai.proxy.meta"))
    #expect(meta["provider_name"]?.string == "anthropic")
    #expect(meta["request_model"]?.string == "qwen-plus", "what was asked for first")
    gateway.exchange.leaveTarget()
  }

  @Test("a translated answer of a further attempt is whole, and so is its error")
  func translatedFailOver() throws {
    let gateway = try AIProxyTests.gateway(#""retries":2,"backoff":10"#, format: "openai")
    gateway.send(#"{"messages":[{"role":"user","content":"x"}]}"#, path: "/x")
    #expect(gateway.exchange.attemptEnded(status: 502, upstreamStatus: 0, retryAfter: nil, now: 0) == .wait(0))
    gateway.sendAgain()
    gateway.receive(status: 200, pieces: [MatrixUpstream.body(.anthropic, .tool, isStream: false)])
    let answer = try JSONNode.parse(gateway.output)
    #expect(answer["choices"]?[0]?["message"]?["tool_calls"]?[0]?["function"]?["name"]?.string == "get_weather")

    let failed = try AIProxyTests.gateway(#""retries":2"#, format: "openai")
    failed.send(#"{"messages":[{"role":"user","content":"x"}]}"#, path: "/x")
    _ = failed.exchange.attemptEnded(status: 500, upstreamStatus: 500, retryAfter: 9, now: 0)
    failed.sendAgain()
    failed.receive(
      status: 400, pieces: [#"{"type":"error","error":{"type":"invalid_request_error","message":"bad"}}"#])
    #expect(failed.response?.status == 400 && failed.responseBody?["error"]?["message"]?.string == "bad")
    #expect(failed.header("retry-after", failed.response?.headers ?? []) == nil, "the first answer's is forgotten")
  }

  @Test(
    "143: an answer that breaks off, is empty or is an error is asked for again as long as the client has nothing of it",
    arguments: ["anthropic", "openai"], [true, false])
  func brokenBeforeItBegan(_ format: String, _ isStream: Bool) throws {
    let head = #"{"choices":[{"index":0,"delta":{"content":"a"}}]}"#
    let cases: [(pieces: [String], isTruncated: Bool, isRetried: Bool)] = [
      ([], true, true), ([], false, true), (["data: {\"choi"], true, format == "anthropic"),
      (["data: \(head)\n\n"], true, !isStream && format == "anthropic"),
      ([#"data: {"error":{"code":"ModelUnavailable","message":"busy"}}"# + "\n\n"], false, true),
      ([#"data: {"error":{"code":"data_inspection_failed","message":"bad"}}"# + "\n\n"], false, false),
    ]
    for given in cases {
      let gateway = try AIProxyTests.gateway(#""retries":1"#, format: format)
      let body =
        #"{"max_tokens":5,"stream":\#(isStream),"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"x"}]}"#
      gateway.send(body, path: format == "anthropic" ? "/v1/messages" : "/x")
      #expect(gateway.exchange.attemptEnded(status: 200, upstreamStatus: 200, retryAfter: nil, now: 0) == .none)
      gateway.receive(status: 200, pieces: given.pieces, isTruncated: given.isTruncated)
      #expect(gateway.isToAskAgain == given.isRetried, "\(format) \(isStream) \(given)")
      if given.isRetried {
        #expect(gateway.askAgainDelay == 0 && gateway.output.isEmpty)
        #expect(gateway.sendAgain()?.endpoint.host == "api.anthropic.com")
      }
    }
  }

  @Test("141: an error that passes to an OpenAI client names no key", arguments: [true, false])
  func keysInPassingErrors(_ isStream: Bool) throws {
    let gateway = try Gateway(
      #"{"route_type":"llm/v1/chat","logging":{"log_payloads":true},"model":{"provider":"openai","name":"m"}}"#)
    gateway.send(#"{"stream":\#(isStream),"messages":[{"role":"user","content":"x"}]}"#, path: "/x")
    gateway.receive(
      status: 401,
      pieces: [#"{"error":{"message":"Incorrect API key provided: sk-01234"#, #"56789abcdef. é","code":"x"}}"#])
    #expect(gateway.output == #"{"error":{"message":"Incorrect API key provided: sk-***. é","code":"x"}}"#)
    #expect(gateway.response == nil)
    #expect(try gateway.record("ai.proxy.payload")?["response"]?.string == gateway.output)
  }

  @Test("a target whose answers never begin is not well, whatever their heads say")
  func headsProveNothing() throws {
    let gateway = try AIProxyTests.gateway(#""retries":0,"failure_limit":2"#)
    func ask(_ pieces: [String]) throws -> String? {
      let next = Gateway(gateway.exchange.instance)
      next.send(request(#""model":"claude-opus","stream":true,"#).replacing(#""model":"qwen-plus","#, with: ""))
      let host = next.forwarded?.endpoint.host
      _ = next.exchange.attemptEnded(status: 200, upstreamStatus: 200, retryAfter: nil, now: next.now)
      next.receive(status: 200, pieces: host == "api.anthropic.com" ? ["data: x\n\n"] : pieces, isTruncated: true)
      next.exchange.leaveTarget()
      return host
    }
    for _ in 0..<4 { _ = try ask([]) }
    for _ in 0..<4 { #expect(try ask([]) == "api.anthropic.com", "the first target rests") }
  }

  @Test("when all were tried the same is asked again, later each time, and no more often than configured")
  func backoff() throws {
    let gateway = try Gateway(
      #"{"route_type":"llm/v1/chat","model":{"provider":"openai","name":"m"},"resilience":{"retries":3,"backoff":100}}"#
    )
    gateway.send(#"{"messages":[{"role":"user","content":"x"}]}"#, path: "/x")
    func fail(_ retryAfter: Int? = nil) -> Exchange.RetryStep {
      gateway.exchange.attemptEnded(status: 429, upstreamStatus: 429, retryAfter: retryAfter, now: 0)
    }
    #expect(fail() == .wait(100))
    #expect(fail() == .wait(200))
    #expect(fail(2) == .wait(2000), "as long as it asks for")
    #expect(fail() == .none)
    #expect(gateway.exchange.attemptCount == 4)
  }

  @Test("a target that asks for more patience than there is, is not asked again")
  func impatience() throws {
    let gateway = try Gateway(
      #"{"llm_format":"anthropic","route_type":"llm/v1/chat","model":{"provider":"dashscope","name":"qwen-plus"},"resilience":{"retries":3}}"#
    )
    gateway.send(request())
    let step = gateway.exchange.attemptEnded(status: 429, upstreamStatus: 429, retryAfter: 60, now: 0)
    #expect(step == .none)
    gateway.receive(status: 429, pieces: [#"{"error":{"code":"limit_requests","message":"slow"}}"#])
    #expect(
      gateway.header("retry-after", gateway.response?.headers ?? []) == "60",
      "the client is told what the upstream said")
  }

  @Test("143: what is an answer is not asked for twice", arguments: [(400, 400), (401, 401), (200, 200), (500, 0)])
  func answers(_ given: (status: Int, upstreamStatus: Int)) throws {
    let gateway = try AIProxyTests.gateway(#""retries":3"#)
    gateway.send(request())
    let step = gateway.exchange.attemptEnded(
      status: given.status, upstreamStatus: given.upstreamStatus, retryAfter: nil, now: 0)
    #expect(step == .none)
  }

  @Test("a stream that falls silent ends with an error, before its first token and between tokens")
  func silence() throws {
    func stream(_ format: String, pieces: [String], until silence: UInt64) throws -> String {
      let gateway = try Gateway(
        #"{"llm_format":"\#(format)","route_type":"llm/v1/chat","model":{"provider":"gemini","name":"qwen-plus"},"translation":{"ping_interval":0},"resilience":{"first_token_timeout":5000,"token_timeout":2000}}"#
      )
      gateway.send(request(#""stream":true,"#), path: format == "anthropic" ? "/v1/messages" : "/x")
      let start = gateway.now
      _ = gateway.exchange.responseHead(status: 200, upstreamStatus: 200, isCompressed: false, now: start)
      for piece in pieces {
        _ = gateway.exchange.responsePiece(Array(piece.utf8).span, isLast: false, now: start + second)
      }
      #expect(gateway.exchange.timerDelay(now: start) == silence * 1000 + 1)
      gateway.exchange.timer(now: start + (silence * second - 1))
      let early = String(decoding: gateway.exchange.takeOutput(), as: UTF8.self)
      #expect(!early.contains("error"))
      gateway.exchange.timer(now: start + silence * second)
      return early + String(decoding: gateway.exchange.takeOutput(), as: UTF8.self)
    }
    let piece = "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n"
    #expect(try transcript(stream("anthropic", pieces: [], until: 5)) == ["ms", "ping", "error timeout_error"])
    #expect(
      try transcript(stream("anthropic", pieces: [piece], until: 3))
        == ["ms", "ping", "cs0 text", "cd0 text:a", "error timeout_error"])
    let chat = try stream("openai", pieces: [piece], until: 3)
    #expect(chat.contains(#"{"content":"a"}"#) && chat.hasSuffix("\n\n") && !chat.contains("[DONE]"))
    #expect(chat.contains(#"data: {"error":{"message":"The upstream was silent for too long."}}"#))
  }

  @Test(
    "a stream that never begins is given up for another target at once, when the first token has been waited for",
    arguments: ["anthropic", "openai"])
  func silenceBeforeTheFirstToken(_ format: String) throws {
    let gateway = try AIProxyTests.gateway(#""retries":1,"first_token_timeout":5000"#, format: format)
    gateway.send(
      #"{"max_tokens":5,"stream":true,"messages":[{"role":"user","content":"x"}]}"#,
      path: format == "anthropic" ? "/v1/messages" : "/x")
    let start = gateway.now
    _ = gateway.exchange.attemptEnded(status: 200, upstreamStatus: 200, retryAfter: nil, now: start)
    _ = gateway.exchange.responseHead(status: 200, upstreamStatus: 200, isCompressed: false, now: start)
    #expect(gateway.exchange.timerDelay(now: start) == 5001)
    #expect(!gateway.exchange.timer(now: start + 5 * second - 1))
    _ = gateway.exchange.timerDelay(now: start + 5 * second - 1)
    #expect(gateway.exchange.timer(now: start + 5 * second))
    #expect(gateway.exchange.takeOutput().isEmpty)
    gateway.now = start + 5 * second
    #expect(gateway.sendAgain()?.endpoint.host == "api.anthropic.com")
    gateway.receive(status: 200, pieces: [MatrixUpstream.body(.anthropic, .text, isStream: true)])
    #expect(gateway.output.contains("Hello "))
  }

  @Test("requests name the first target's model, whichever they go to")
  func models() throws {
    let gateway = try AIProxyTests.gateway(#""weight":0,"retries":1"#)
    gateway.send(request().replacing(#""model":"qwen-plus""#, with: #""model":"claude-x""#))
    #expect(gateway.forwarded?.endpoint.host == "api.anthropic.com", "the alias allows it")
    let refused = try self.gateway()
    refused.send(request().replacing(#""model":"qwen-plus""#, with: #""model":"gpt""#))
    #expect(refused.responseBody?["error"]?["message"]?.string == "cannot use own model - must be: qwen-plus")
  }

  private func gateway() throws -> Gateway { try AIProxyTests.gateway(#""weight":0"#) }
}
