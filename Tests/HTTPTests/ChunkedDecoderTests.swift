import HTTP
import Testing

@Suite("The chunked coding")
struct ChunkedDecoderTests {
  static let accepted: [(String, String, [String])] = [
    ("0\r\n\r\n", "", []), ("5\r\nhello\r\n0\r\n\r\n", "hello", []),
    ("5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n", "hello world", []),
    ("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789", []),
    ("000000000000000000000002\r\nab\r\n000\r\n\r\n", "ab", []), ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n", []),
    ("5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n", []), ("1;a\r\nx\r\n0;b\r\n\r\n", "x", []),
    ("1;a=b;c;d=\"e\"\r\nx\r\n0\r\n\r\n", "x", []), ("1 ; a = b ; c\r\nx\r\n0\r\n\r\n", "x", []),
    ("1\t;a=\"\\\"; \\\\ \tÿ\"\r\nx\r\n0\r\n\r\n", "x", []), ("1;a=\"\"\r\nx\r\n0\r\n\r\n", "x", []),
    ("1;a=\"b\" ;c\r\nx\r\n0\r\n\r\n", "x", []),
    ("1\r\nx\r\n0\r\nX-T: v\r\n\r\n", "x", ["X-T: v"]), ("0\r\nA:\r\nB: \tc \r\n\r\n", "", ["A: ", "B: c"]),
    ("0;x\r\nServer-Timing: a\r\nETag: \"b\"\r\n\r\n", "", ["Server-Timing: a", "ETag: \"b\""]),
    ("0\r\nContent-Length: 5\r\nX: 1\r\nTransfer-Encoding: chunked\r\nHost: a\r\nY: 2\r\n\r\n", "", ["X: 1", "Y: 2"]),
    ("0\r\nAuthorization: a\r\nCookie: a\r\nConnection: X\r\nTrailer: X\r\nContent-Type: a\r\n\r\n", "", []),
    ("0\r\nX-Forwarded-For: a\r\nIf-Match: a\r\nCache-Control: a\r\nSet-Cookie: a\r\nTE: a\r\n\r\n", "", []),
  ]
  static let refused: [Refusal] = [
    Refusal("\r\n", 400, "no size"), Refusal(";a\r\n", 400, "no size"), Refusal("1\r\nx\r\n\r\n", 400, "no size"),
    Refusal("zz\r\n", 400, "hexadecimal"), Refusal("0x5\r\n", 400, "hexadecimal"), Refusal("+5\r\n", 400, "hexadec"),
    Refusal("-5\r\n", 400, "hexadecimal"), Refusal(" 5\r\n", 400, "hexadecimal"), Refusal("\t5\r\n", 400, "hexadec"),
    Refusal("5h\r\n", 400, "hexadecimal"), Refusal("5_0\r\n", 400, "hexadecimal"), Refusal("5.\r\n", 400, "hexadec"),
    Refusal("\n5\r\n", 400, "hexadecimal"), Refusal("\u{00}5\r\n", 400, "hexadecimal"), Refusal("²\r\n", 400, "hexa"),
    Refusal("5,5\r\n", 400, "hexadecimal"), Refusal("\"5\"\r\n", 400, "hexadecimal"),
    Refusal("5 \r\nhello\r\n", 400, "extension"), Refusal("5 5\r\n", 400, "extension"),
    Refusal("5\t\r\n", 400, "extension"), Refusal("5;\r\n", 400, "extension"), Refusal("5;;a\r\n", 400, "extension"),
    Refusal("5;a=\r\n", 400, "extension"), Refusal("5;=b\r\n", 400, "extension"),
    Refusal("5;a b\r\n", 400, "extension"),
    Refusal("5;a=b c\r\n", 400, "extension"), Refusal("5;a=\"b\r\n", 400, "extension"),
    Refusal("5;a=\"b\"c\r\n", 400, "extension"), Refusal("5;a=\"\\\r\n", 400, "extension"),
    Refusal("5;a \r\n", 400, "extension"), Refusal("5;a=b \r\n", 400, "extension"),
    Refusal("5;a\u{00}\r\n", 400, "ext"),
    Refusal("5;a=\"\u{00}\"\r\n", 400, "extension"), Refusal("5;a(\r\n", 400, "extension"),
    Refusal("5;a=\"b\r\n0\r\n\r\n\"\r\n", 400, "extension"),
    Refusal("5\nhello\r\n", 400, "does not end with"), Refusal("5;a\nhello\r\n", 400, "does not end with"),
    Refusal("5;\nhello\r\n", 400, "does not end with"), Refusal("5;a=\"\n\"\r\n", 400, "does not end with"),
    Refusal("5\rhello\r\n", 400, "does not end with"), Refusal("5\r\r\nhello\r\n", 400, "does not end with"),
    Refusal("5;a\rb\r\n", 400, "does not end with"),
    Refusal("5\r\nhello0\r\n\r\n", 400, "not followed by"), Refusal("5\r\nhello\n0\r\n\r\n", 400, "not followed by"),
    Refusal("5\r\nhello\r0\r\n", 400, "not followed by"), Refusal("4\r\nhello\r\n0\r\n\r\n", 400, "not followed by"),
    Refusal("6\r\nhello\r\n0\r\n\r\n", 400, "not followed by"),
    Refusal("8000000000000000\r\n", 400, "too large"), Refusal("ffffffffffffffff\r\n", 400, "too large"),
    Refusal("10000000000000005\r\n", 400, "too large"), Refusal("fffffffffffffffffffff\r\n", 400, "too large"),
    Refusal("0\r\n\n", 400, "line feed alone"), Refusal("0\r\n\rx", 400, "carriage return"),
    Refusal("0\r\nA: b\n\r\n", 400, "line feed alone"), Refusal("0\r\nA: b\r\n\n", 400, "line feed alone"),
    Refusal("0\r\n: b\r\n\r\n", 400, "no name"), Refusal("0\r\nA\r\n\r\n", 400, "no colon"),
    Refusal("0\r\nA : b\r\n\r\n", 400, "between a field name"), Refusal("0\r\n A: b\r\n\r\n", 400, "begins with"),
    Refusal("0\r\nA: b\r\n c\r\n\r\n", 400, "begins with whitespace"), Refusal("0\r\nA: \u{00}\r\n\r\n", 400, "NUL"),
    Refusal("0\r\nA: \rb\r\n\r\n", 400, "carriage return"), Refusal("0\r\nGET / HTTP/1.1\r\n\r\n", 400, "field name"),
    Refusal("5\r\nhello\r\nzz", 400, "hexadecimal"),
  ]

  @Test("decodes to its content and trailers, however it is cut", arguments: accepted)
  func isAccepted(_ message: String, _ content: String, _ trailers: [String]) {
    let count = latin1(message).count
    let whole = decodeChunked(message)
    #expect(whole == Decoded(finished: true, content: content, consumed: count, trailers: trailers))
    for cut in 0...count { #expect(decodeChunked(message, cuts: [cut]) == whole, "cut at \(cut)") }
    for first in 0...count {
      for second in first...count {
        #expect(decodeChunked(message, cuts: [first, second]) == whole, "cut at \(first) and \(second)")
      }
    }
    #expect(decodeChunked(message, cuts: Array(0...count)) == whole)
    for end in 0..<count { #expect(!decodeChunked(String(message.unicodeScalars.prefix(end))).finished) }
  }

  @Test("is refused for the reason that is its own, however it is cut", arguments: refused)
  func isRefused(_ refusal: Refusal) {
    let whole = decodeChunked(refusal.message)
    #expect(whole.error?.status == refusal.status, "\(describe(whole.error))")
    #expect(describe(whole.error).contains(refusal.words), "\(describe(whole.error))")
    let count = latin1(refusal.message).count
    for cut in 0...count { #expect(decodeChunked(refusal.message, cuts: [cut]) == whole, "cut at \(cut)") }
    #expect(decodeChunked(refusal.message, cuts: Array(0...count)) == whole)
  }

  @Test("what follows the body is left alone")
  func following() {
    let decoded = decodeChunked("3\r\nabc\r\n0\r\n\r\nGET / HTTP/1.1\r\n")
    #expect(decoded.finished && decoded.content == "abc" && decoded.consumed == 13)
  }

  @Test("a chunk may be as large as a signed number says")
  func largest() {
    let decoded = decodeChunked("7fffffffffffffff\r\nabc")
    #expect(decoded.error == nil && decoded.content == "abc")
  }

  @Test("limits hold to the byte, however the bytes are cut")
  func limits() {
    func check(_ message: String, _ limits: HTTPLimits, _ words: String?) {
      let whole = decodeChunked(message, limits: limits)
      #expect((whole.error == nil) == (words == nil), "\(describe(whole.error))")
      if let words { #expect(describe(whole.error).contains(words), "\(describe(whole.error))") }
      for cut in 0...message.utf8.count { #expect(decodeChunked(message, cuts: [cut], limits: limits) == whole) }
    }
    var lines = HTTPLimits()
    lines.chunkLine = 5
    check("1;abc\r\nx\r\n0\r\n\r\n", lines, nil)
    check("1;abcd\r\nx\r\n0\r\n\r\n", lines, "chunk-size line is longer")
    check("00001\r\nx\r\n0\r\n\r\n", lines, nil)
    check("000001\r\nx\r\n0\r\n\r\n", lines, "chunk-size line is longer")
    var extensions = HTTPLimits()
    extensions.chunkExtensions = 6
    check("1;ab\r\nx\r\n1;cd\r\nx\r\n0\r\n\r\n", extensions, nil)
    check("1;ab\r\nx\r\n1;cd\r\nx\r\n0;e\r\n\r\n", extensions, "extensions of the body")
    var trailers = HTTPLimits()
    trailers.trailers = 12
    check("0\r\nA: b\r\nC: d\r\n\r\n", trailers, nil)
    check("0\r\nA: b\r\nC: de\r\n\r\n", trailers, "trailer section is larger")
    check("0\r\nA: b\r\nC: d\r\nE", trailers, "trailer section is larger")
    check("0\r\nabcdefghijklmnopq", trailers, "trailer section is larger")
    var count = HTTPLimits()
    count.fieldCount = 1
    check("0\r\nA: b\r\n\r\n", count, nil)
    check("0\r\nA: b\r\nHost: d\r\n\r\n", count, "more field lines")
  }

  @Test("a decoder serves one body after the other")
  func reuse() {
    var decoder = ChunkedDecoder(limits: HTTPLimits())
    for (message, trailers, fails) in [
      ("1\r\nx\r\n0\r\nA: b\r\n\r\n", 1, false), ("1\r\nx\r\n0\r\n\r\n", 0, false), ("1;;", 0, true),
      ("0\r\nC: d\r\nE: f\r\n\r\n", 2, false),
    ] {
      decoder.reset()
      var bytes = latin1(message)
      let result = unsafe bytes.withUnsafeMutableBytes { unsafe decoder.decode($0) }
      if case .failed = result { #expect(fails) } else { #expect(!fails && decoder.isFinished) }
      #expect((decoder.trailers?.count ?? 0) == trailers)
    }
  }

  @Test("content that comes in one piece with a fault is there, and told only once")
  func contentBeforeFault() {
    var decoder = ChunkedDecoder(limits: HTTPLimits())
    var bytes = Array("2\r\nok\r\nzz".utf8)
    unsafe bytes.withUnsafeMutableBytes { buffer in
      guard case .failed = unsafe decoder.decode(buffer) else {
        Issue.record("the coding is malformed")
        return
      }
      #expect(decoder.contentBeforeFailure == 2)
      let content = unsafe String(decoding: buffer.prefix(2), as: UTF8.self)
      #expect(content == "ok")
      guard case .failed = unsafe decoder.decode(buffer) else {
        Issue.record("it stays so")
        return
      }
      #expect(decoder.contentBeforeFailure == 0)
    }
  }
}
