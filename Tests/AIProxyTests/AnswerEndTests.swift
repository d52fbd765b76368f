import JSON
import Testing

@testable import AIProxy

private let second: UInt64 = 1_000_000_000

private func tutorial(format: String = "anthropic") -> String {
  #"""
  {"llm_format":"\#(format)","route_type":"llm/v1/chat","logging":{"log_statistics":true,"log_payloads":true},\#
  "model":{"provider":"dashscope","name":"qwen-plus"}}
  """#
}

/// An exchange that has got the head of a good answer at 5 s.
private func answering(_ fields: String, format: String = "anthropic", isEvents: Bool? = nil) throws -> Gateway {
  let gateway = try Gateway(tutorial(format: format))
  gateway.send(request(fields), path: format == "anthropic" ? "/anything/v1/messages" : "/ai")
  _ = gateway.exchange.responseHead(
    status: 200, upstreamStatus: 200, isCompressed: false, isEvents: isEvents, now: 5 * second)
  return gateway
}

extension Gateway {
  fileprivate func piece(_ events: String..., isLast: Bool = false, isTruncated: Bool = false) -> Exchange.PieceAction {
    exchange.responsePiece(frames(events).span, isLast: isLast, isTruncated: isTruncated, now: 5 * second)
  }

  fileprivate var taken: String { String(decoding: exchange.takeOutput(), as: UTF8.self) }
}

@Suite("How answers end, and what is no answer")
struct AnswerEndTests {
  @Test(
    "125: an upstream that goes on after [DONE] is waited for a second, then the response ends",
    arguments: [true, false])
  func lingering(isStream: Bool) throws {
    let gateway = try answering(#""stream":\#(isStream),"#)
    #expect(gateway.piece(text("a"), stop, usageChunk, done) == .replace)
    #expect(gateway.taken.contains(isStream ? "message_stop" : "end_turn"))
    #expect(gateway.exchange.timerDelay(now: 5 * second) == 1001)
    gateway.exchange.timer(now: 6 * second - 1)
    #expect(!gateway.exchange.isOver)
    gateway.exchange.timer(now: 6 * second)
    #expect(gateway.exchange.isOver && gateway.exchange.takeOutput().isEmpty)
    #expect(gateway.exchange.timerDelay(now: 6 * second) == nil)
  }

  @Test("125: one that ends with [DONE], as all do, is not waited for")
  func ending() throws {
    let gateway = try answering(#""stream":true,"#)
    #expect(gateway.piece(text("a"), stop, usageChunk, done, isLast: true) == .replace)
    #expect(gateway.exchange.timerDelay(now: 5 * second) == nil)
  }

  @Test("112, 120: an answer that was waited for in vain is the end of the response")
  func overdue() throws {
    let gateway = try answering(#""stream":true,"#)
    _ = gateway.piece(text("a"), stop)
    gateway.exchange.timer(now: 8 * second)
    #expect(gateway.taken.contains("message_stop") && gateway.exchange.isOver)
  }

  @Test("114: a connection that breaks behind the end of an answer takes nothing from it", arguments: [true, false])
  func brokenBehindTheEnd(isStream: Bool) throws {
    let gateway = try answering(#""stream":\#(isStream),"#)
    _ = gateway.piece(text("a"), stop, usageChunk, done)
    #expect(gateway.piece(isLast: true, isTruncated: true) == .end)
  }

  @Test("115, 117: an error behind the announcement of the role still has a status of its own")
  func roleOnly() throws {
    let gateway = try answering(#""stream":true,"#)
    #expect(gateway.piece(roleChunk) == .replace && gateway.taken.isEmpty)
    let error =
      #"{"error":{"code":"data_inspection_failed","message":"Output data may contain inappropriate content."}}"#
    guard case .respond(let response) = gateway.piece(error) else {
      Issue.record("no response")
      return
    }
    #expect(response.status == 400)
    let empty = try answering(#""stream":true,"#)
    _ = empty.piece(roleChunk)
    guard case .respond(let failure) = empty.piece(isLast: true) else {
      Issue.record("no response")
      return
    }
    #expect(failure.status == 502)
  }

  @Test("87: JSON behind a byte order mark is read, and a page is called what it is")
  func marksAndPages() throws {
    let gateway = try Gateway(tutorial())
    gateway.send(request())
    let body = #"{"choices":[{"message":{"content":"hi"},"finish_reason":"stop"}]}"#
    #expect(gateway.receive(bytes: [[0xEF, 0xBB], [0xBF] + Array(body.utf8)]).contains(#""text":"hi""#))
    let page = try Gateway(tutorial())
    page.send(request())
    page.receive(status: 200, pieces: ["<html><body>Sign in</body></html>"])
    #expect(page.response?.status == 502)
    #expect(
      page.responseBody?["error"]?["message"]?.string
        == "The upstream's answer is neither JSON nor a stream of events.")
  }

  @Test("118: an OpenAI client that asked for no stream gets none")
  func gathered() throws {
    let gateway = try answering(#""stream":false,"#, format: "openai", isEvents: true)
    #expect(gateway.piece(text("a"), text("b"), stop, usageChunk, done, isLast: true) == .replace)
    let answer = try JSONNode.parse(gateway.taken)
    #expect(answer["object"]?.string == "chat.completion")
    #expect(
      answer["choices"]?[0]?["message"]?["content"]?.string == "ab" && answer["usage"]?["total_tokens"]?.integer == 15)
  }

  @Test("118: an OpenAI client that asked for a stream gets one")
  func streamed() throws {
    let gateway = try answering(#""stream":true,"#, format: "openai", isEvents: false)
    let body = #"{"model":"m","choices":[{"message":{"content":"ab"},"finish_reason":"length"}]}"#
    _ = gateway.exchange.responsePiece(Array(body.utf8).span, isLast: true, now: 5 * second)
    let output = gateway.taken
    #expect(output.contains(#""delta":{"content":"ab"}"#) && output.contains(#""finish_reason":"length""#))
    #expect(output.hasSuffix("data: [DONE]\n\n"))
  }

  @Test("an error is in the log where answers are", arguments: ["anthropic", "openai"])
  func loggedError(format: String) throws {
    let gateway = try Gateway(tutorial(format: format))
    gateway.send(request(), path: format == "anthropic" ? "/anything/v1/messages" : "/ai")
    gateway.receive(status: 400, pieces: [#"{"error":{"message":"#, #""no such thing"}}"#])
    let payload = try #require(try gateway.record("ai.proxy.payload"))
    let answer = try JSONNode.parse(payload["response"]?.string ?? "")
    #expect(answer["error"]?["message"]?.string == "no such thing")
  }

  @Test("errors in a list are read, as Google's compatible interface sends them")
  func listedError() throws {
    let gateway = try Gateway(tutorial())
    gateway.send(request())
    gateway.receive(status: 400, pieces: [#"[{"error":{"code":400,"message":"API key not valid"}}]"#])
    #expect(gateway.responseBody?["error"]?["message"]?.string == "API key not valid")
  }

  @Test("86: usage in strings is read, usage of nulls is none")
  func oddUsage() throws {
    let json = JSONReader()
    func read(_ text: String) -> Usage? { json.read(Array(text.utf8).span) { UsageReader.read($0) } ?? nil }
    let usage = try #require(read(#"{"prompt_tokens":"12","completion_tokens":"5"}"#))
    #expect(usage.promptTokens == 12 && usage.completionTokens == 5)
    #expect(read(#"{"prompt_tokens":null,"completion_tokens":null}"#) == nil && read("{}") == nil)
    #expect(read(#"{"prompt_tokens":0}"#)?.isReported == true)
  }

  @Test("108: half a surrogate pair in a whole answer is replaced")
  func halfPairs() throws {
    let gateway = try Gateway(tutorial())
    gateway.send(request())
    gateway.receive(
      status: 200, pieces: [#"{"choices":[{"message":{"content":"a\ud83d\ud83d\ude00"},"finish_reason":"stop"}]}"#])
    #expect(gateway.output.contains(#""text":"a\ufffd\ud83d\ude00""#))
  }
}
