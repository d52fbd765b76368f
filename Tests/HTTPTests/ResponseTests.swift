import HTTP
import Testing

@Suite("Responses")
struct ResponseTests {
  static let accepted: [String] = [
    "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 \r\n\r\n", "HTTP/1.1 200\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n",
    "HTTP/1.2 200 OK\r\n\r\n", "HTTP/1.1 099 X\r\n\r\n", "HTTP/1.1 999 X\r\n\r\n", "HTTP/1.1 000 X\r\n\r\n",
    "HTTP/1.1 200 Fine By Me\r\n\r\n", "HTTP/1.1 200  two spaces\t \r\n\r\n", "HTTP/1.1 200 \u{80}\u{FF}\r\n\r\n",
    "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n",
    "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "HTTP/1.1 200 OK\r\nHost: a\r\nHost: b\r\nExpect: x\r\nTE: x\r\n\r\n",
  ]
  static let refused: [Refusal] = [
    Refusal("x", 502, "status line"), Refusal("\r\nHTTP/1.1 200 OK\r\n\r\n", 502, "status line"),
    Refusal("http/1.1 200 OK\r\n\r\n", 502, "status line"), Refusal("HTTP/1.1\r\n\r\n", 502, "status line"),
    Refusal("HTTP/1.1200 OK\r\n\r\n", 502, "status line"), Refusal("HTTP/11 200 OK\r\n\r\n", 502, "status line"),
    Refusal("HTTP/1.x 200 OK\r\n\r\n", 502, "status line"), Refusal("HTTP/1.1\t200 OK\r\n\r\n", 502, "status line"),
    Refusal("HTTP\r\n\r\n", 502, "status line"), Refusal("HTTPS/1.1 200 OK\r\n\r\n", 502, "status line"),
    Refusal("HTTP/1.10 200 OK\r\n\r\n", 502, "status line"),
    Refusal("HTTP/2.0 200 OK\r\n\r\n", 502, "major"), Refusal("HTTP/0.9 200 OK\r\n\r\n", 502, "major"),
    Refusal("HTTP/1.1 \r\n\r\n", 502, "three digits"), Refusal("HTTP/1.1 20\r\n\r\n", 502, "three digits"),
    Refusal("HTTP/1.1 2000\r\n\r\n", 502, "three digits"), Refusal("HTTP/1.1 20x OK\r\n\r\n", 502, "three digits"),
    Refusal("HTTP/1.1  200 OK\r\n\r\n", 502, "three digits"), Refusal("HTTP/1.1 +20 OK\r\n\r\n", 502, "three digits"),
    Refusal("HTTP/1.1 200OK\r\n\r\n", 502, "three digits"), Refusal("HTTP/1.1 200\tOK\r\n\r\n", 502, "three digits"),
    Refusal("HTTP/1.1 -01 OK\r\n\r\n", 502, "three digits"),
    Refusal("HTTP/1.1 200 O\u{00}K\r\n\r\n", 502, "reason phrase"),
    Refusal("HTTP/1.1 200 O\u{7F}K\r\n\r\n", 502, "reason phrase"),
    Refusal("HTTP/1.1 200 O\rK\r\n\r\n", 502, "carriage return"),
    Refusal("HTTP/1.1 200 OK\nA: b\n\n", 502, "line feed alone"),
    Refusal("HTTP/1.1 200 OK\r\nA: b\n\r\n", 502, "line feed alone"),
    Refusal("HTTP/1.1 200 OK\r\nA: b\r\n\n", 502, "line feed alone"),
    Refusal("HTTP/1.1 200 OK\r\nbad header\r\n\r\n", 502, "field name contains"),
    Refusal("HTTP/1.1 200 OK\r\nbad\r\n\r\n", 502, "no colon"),
    Refusal("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", 502, "between a field name"),
    Refusal("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", 502, "begins with whitespace"),
    Refusal("HTTP/1.1 200 OK\r\nA: b\u{00}\r\n\r\n", 502, "NUL"),
    Refusal("HTTP/1.1 200 OK\r\nA: b\u{1B}[0m\r\n\r\n", 502, "control character"),
    Refusal("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", 502, "not a number"),
    Refusal("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 502, "not a number"),
    Refusal("HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\n", 502, "more than one value"),
    Refusal("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", 502, "more than one"),
    Refusal("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", 502, "too large"),
    Refusal("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 502, "both present"),
    Refusal("HTTP/1.1 304 NM\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 502, "both present"),
    Refusal("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", 502, "other than chunked"),
    Refusal("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 502, "other than chunked"),
    Refusal("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 502, "not the last"),
    Refusal("HTTP/1.1 200 OK\r\nTransfer-Encoding: \u{0B}chunked\r\n\r\n", 502, "control character"),
    Refusal("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 502, "HTTP/1.0"),
  ]

  @Test("are accepted in one piece and however they are cut", arguments: accepted)
  func isAccepted(_ message: String) {
    let whole = parseResponse(message)
    #expect(whole.error == nil && !whole.needsMore && whole.headLength == latin1(message).count)
    for cut in 0...latin1(message).count { #expect(parseResponse(message, cuts: [cut]) == whole) }
  }

  @Test("are refused with 502 for the reason that is theirs, however they are cut", arguments: refused)
  func isRefused(_ refusal: Refusal) {
    let whole = parseResponse(refusal.message)
    #expect(whole.error?.status == refusal.status, "\(describe(whole.error))")
    #expect(describe(whole.error).contains(refusal.words), "\(describe(whole.error))")
    for cut in 0...latin1(refusal.message).count { #expect(parseResponse(refusal.message, cuts: [cut]) == whole) }
  }

  @Test("the status line is taken apart")
  func statusLine() {
    let parsed = parseResponse("HTTP/1.0 404 Not  Found \r\nA: b\r\n\r\nbody")
    #expect(parsed.status == 404 && parsed.reason == "Not  Found " && parsed.minorVersion == 0)
    #expect(parsed.fields == ["A: b"])
    #expect(parseResponse("HTTP/1.1 099\r\n\r\n").status == 99)
  }

  @Test(
    "the body's end is found as RFC 9112 section 6.3 says",
    arguments: [
      ("200 OK\r\n", false, false, BodyFraming.untilClose),
      ("200 OK\r\nContent-Length: 5\r\n", false, false, .length(5)),
      ("200 OK\r\nTransfer-Encoding: chunked\r\n", false, false, .chunked),
      ("100 Continue\r\n", false, false, .none), ("103 Early Hints\r\nContent-Length: 5\r\n", false, false, .none),
      ("204 No Content\r\nContent-Length: 0\r\n", false, false, .none),
      ("204 No Content\r\nTransfer-Encoding: chunked\r\n", false, false, .none),
      ("304 Not Modified\r\nContent-Length: 5\r\n", false, false, .none),
      ("205 Reset Content\r\nContent-Length: 0\r\n", false, false, .length(0)),
      ("200 OK\r\nContent-Length: 5\r\n", true, false, .none), ("200 OK\r\n", true, false, .none),
      ("200 OK\r\nTransfer-Encoding: chunked\r\n", true, false, .none),
      ("200 OK\r\nContent-Length: 5\r\n", false, true, .none),
      ("299 OK\r\nTransfer-Encoding: gzip\r\n", false, true, .none),
      ("403 No\r\nContent-Length: 5\r\n", false, true, .length(5)), ("099 X\r\n", false, false, .untilClose),
    ])
  func framing(_ rest: String, _ head: Bool, _ connect: Bool, _ body: BodyFraming) {
    #expect(parseResponse("HTTP/1.1 \(rest)\r\n", head: head, connect: connect).body == body)
  }

  @Test(
    "a connection is used again only if what follows the body can be trusted to be a response",
    arguments: [
      ("1.1 200 OK\r\nContent-Length: 5\r\n", false, true), ("1.1 200 OK\r\n", false, false),
      ("1.1 200 OK\r\n", true, true), ("1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n", false, false),
      ("1.0 200 OK\r\nContent-Length: 5\r\n", false, false), ("1.1 204 No\r\n", false, true),
      ("1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n", false, true),
      ("1.1 204 No\r\nContent-Length: 0\r\n", false, true), ("1.1 204 No\r\nContent-Length: 5\r\n", false, false),
      ("1.1 204 No\r\nTransfer-Encoding: chunked\r\n", false, false),
      ("1.1 304 NM\r\nContent-Length: 5\r\n", false, true), ("1.1 100 C\r\n", false, true),
    ])
  func persistence(_ rest: String, _ head: Bool, _ kept: Bool) {
    #expect(parseResponse("HTTP/\(rest)\r\n", head: head).keepAlive == kept)
  }

  @Test("after an interim response the next one is parsed with the same parser")
  func interim() {
    let bytes = latin1("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    var parser = ResponseParser(limits: HTTPLimits())
    let fields = FieldTable()
    unsafe bytes.withUnsafeBytes { buffer in
      guard case .complete(let first) = unsafe parser.parse(buffer, fields: fields) else {
        Issue.record("the interim response is not complete")
        return
      }
      #expect(parser.head.isInterim && first == 25)
      parser.reset(requestMethodIsHEAD: false, requestIsCONNECT: false)
      let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[first...])
      guard case .complete = unsafe parser.parse(rest, fields: fields) else {
        Issue.record("the final response is not complete")
        return
      }
      #expect(!parser.head.isInterim && parser.head.status == 200 && parser.head.body == .length(2))
    }
  }
}
