import HTTP
import Testing

/// A message and why it is refused: the status, and words of the sentence.
struct Refusal: Sendable, CustomTestStringConvertible {
  let message: String
  let status: UInt16
  let words: String
  init(_ message: String, _ status: UInt16, _ words: String) {
    self.message = message
    self.status = status
    self.words = words
  }
  var testDescription: String { "\(message.debugDescription.prefix(100)) \(status)" }
}

/// A POST with these field lines after its Host.
private func post(_ fields: String, _ status: UInt16, _ words: String) -> Refusal {
  Refusal("POST /x HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n", status, words)
}

/// A GET with this target.
private func get(_ target: String, _ status: UInt16, _ words: String) -> Refusal {
  Refusal("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n", status, words)
}

/// A GET whose Host is this.
private func host(_ value: String, _ words: String = "not a host") -> Refusal {
  Refusal("GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n", 400, words)
}

@Suite("Requests that are refused")
struct RequestRefusalTests {
  static let requestLines: [Refusal] = [
    Refusal("\u{16}\u{03}\u{01}\u{00}", 400, "first byte"),
    Refusal("\u{00}", 400, "first byte"),
    Refusal("(GET / HTTP/1.1\r\n", 400, "first byte"),
    Refusal("\u{80}GET / HTTP/1.1\r\n", 400, "first byte"),
    Refusal(" GET / HTTP/1.1\r\n", 400, "begins with a space"),
    Refusal("\tGET / HTTP/1.1\r\n", 400, "first byte"),
    Refusal("\nGET / HTTP/1.1\r\n", 400, "line feed alone"),
    Refusal("\rGET / HTTP/1.1\r\n", 400, "carriage return"),
    Refusal("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "empty lines"),
    Refusal("\r\n\nGET / HTTP/1.1\r\n", 400, "line feed alone"),
    Refusal("GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "method contains"),
    Refusal("GET: / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "method contains"),
    Refusal("GET\t/x HTTP/1.1\r\nHost: a\r\n\r\n", 400, "method contains"),
    Refusal("GET\u{00} /x HTTP/1.1\r\nHost: a\r\n\r\n", 400, "method contains"),
    Refusal("GÉT /x HTTP/1.1\r\nHost: a\r\n\r\n", 400, "method contains"),
    Refusal("hello\r\n\r\n", 400, "no request target"),
    Refusal("GET\r\n\r\n", 400, "no request target"),
    Refusal("GET \r\n\r\n", 400, "no request target"),
    Refusal("GET /\r\n\r\n", 400, "no HTTP version"),
    Refusal("GET / \r\n\r\n", 400, "no HTTP version"),
    Refusal("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "more than one space"),
    Refusal("GET /  HTTP/1.1\r\nHost: a\r\n\r\n", 400, "more than one space"),
    Refusal("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400, "goes on"),
    Refusal("GET / HTTP/1.1 x\r\nHost: a\r\n\r\n", 400, "goes on"),
    Refusal("GET / HTTP/1.11\r\nHost: a\r\n\r\n", 400, "goes on"),
    Refusal("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400, "version is malformed"),
    Refusal("GET / http/1.1\r\nHost: a\r\n\r\n", 400, "version is malformed"),
    Refusal("GET / HTTP/1\r\nHost: a\r\n\r\n", 400, "version is malformed"),
    Refusal("GET / HTTP/1.\r\nHost: a\r\n\r\n", 400, "version is malformed"),
    Refusal("GET / HTTP/1,1\r\nHost: a\r\n\r\n", 400, "version is malformed"),
    Refusal("GET / HTTP/x.1\r\nHost: a\r\n\r\n", 400, "version is malformed"),
    Refusal("GET / HTTP/1.x\r\nHost: a\r\n\r\n", 400, "version is malformed"),
    Refusal("GET / HTTP/-1.1\r\nHost: a\r\n\r\n", 400, "version is malformed"),
    Refusal("GET / HTTP 1.1\r\nHost: a\r\n\r\n", 400, "version is malformed"),
    Refusal("GET / ICY/1.1x\r\nHost: a\r\n\r\n", 400, "version is malformed"),
    Refusal("GET / HTTP/0.9\r\nHost: a\r\n\r\n", 505, "major version"),
    Refusal("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "major version"),
    Refusal("GET / HTTP/3.7\r\nHost: a\r\n\r\n", 505, "major version"),
    Refusal("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "major version"),
    Refusal("GET /x HTTP/1.1\nHost: a\n\n", 400, "line feed alone"),
    Refusal("GET /x HTTP/1.1\r\nHost: a\n\r\n", 400, "line feed alone"),
    Refusal("GET /x HTTP/1.1\r\nHost: a\r\n\n", 400, "line feed alone"),
    Refusal("GET /x\r HTTP/1.1\r\nHost: a\r\n\r\n", 400, "carriage return"),
    Refusal("GET /x HTTP/1.1\r\r\nHost: a\r\n\r\n", 400, "goes on"),
  ]

  static let targets: [Refusal] = [
    get("/x\u{01}y", 400, "control character"),
    get("/x\u{00}y", 400, "control character"),
    get("/x\u{7F}y", 400, "control character"),
    get("/x\ty", 400, "control character"),
    get("/0123456789abcdef\u{1F}", 400, "control character"),
    get("/a#b", 400, "fragment"),
    get("/a?b#c", 400, "fragment"),
    get("#", 400, "fragment"),
    get("http://h/#f", 400, "fragment"),
    get("x", 400, "neither a path nor"),
    get("?q", 400, "neither a path nor"),
    get("example.org", 400, "neither a path nor"),
    get("example.org:80", 400, "neither a path nor"),
    get("http:/x", 400, "neither a path nor"),
    get("http:", 400, "neither a path nor"),
    get("http://", 400, "authority of the request target is empty"),
    get("://h/", 400, "neither a path nor"),
    get("**", 400, "neither a path nor"),
    get("*", 400, "asterisk"),
    get("ftp://h/", 400, "scheme"),
    get("httpx://h/", 400, "scheme"),
    get("htt://h/", 400, "scheme"),
    get("file:///etc/passwd", 400, "scheme"),
    get("http:///x", 400, "authority of the request target is empty"),
    get("http://:80/x", 400, "authority of the request target is empty"),
    get("http://?q", 400, "authority of the request target is empty"),
    get("http://user@h/", 400, "user information"),
    get("http://user:pass@h/", 400, "user information"),
    get("http://@h/", 400, "user information"),
    get("http://h:99999/", 400, "host with an optional port"),
    get("http://h:8o/", 400, "host with an optional port"),
    get("http://h\\x/", 400, "host with an optional port"),
    get("http://[::1/", 400, "host with an optional port"),
    get("http://[::1]x/", 400, "host with an optional port"),
    get("http://h%2/", 400, "host with an optional port"),
    Refusal("POST * HTTP/1.1\r\nHost: a\r\n\r\n", 400, "asterisk"),
    Refusal("CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "CONNECT"),
    Refusal("CONNECT h HTTP/1.1\r\nHost: a\r\n\r\n", 400, "CONNECT"),
    Refusal("CONNECT h: HTTP/1.1\r\nHost: a\r\n\r\n", 400, "CONNECT"),
    Refusal("CONNECT h:0 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "CONNECT"),
    Refusal("CONNECT h:65536 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "CONNECT"),
    Refusal("CONNECT :443 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "CONNECT"),
    Refusal("CONNECT http://h:443/ HTTP/1.1\r\nHost: a\r\n\r\n", 400, "CONNECT"),
    Refusal("CONNECT u@h:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400, "CONNECT"),
    Refusal("CONNECT * HTTP/1.1\r\nHost: a\r\n\r\n", 400, "CONNECT"),
  ]

  static let fieldLines: [Refusal] = [
    post("bogus", 400, "no colon"),
    post(": x", 400, "no name"),
    post(":", 400, "no name"),
    post("X : y", 400, "between a field name and its colon"),
    post("X\t: y", 400, "between a field name and its colon"),
    post("Transfer-Encoding : chunked", 400, "between a field name and its colon"),
    post("Content-Length : 3", 400, "between a field name and its colon"),
    post("X Y: z", 400, "field name contains"),
    post("X Y", 400, "field name contains"),
    post("X\u{00}Y: z", 400, "NUL"),
    post("X\u{0B}: z", 400, "field name contains"),
    post("\u{0B}X: z", 400, "field name contains"),
    post("X(: z", 400, "field name contains"),
    post("X\"Y\": z", 400, "field name contains"),
    post("Ü: z", 400, "field name contains"),
    post("\u{7F}: z", 400, "field name contains"),
    post("Transfer-Encoding\u{80}: chunked", 400, "field name contains"),
    post("Content\rLength: 3", 400, "carriage return"),
    post("X\r: z", 400, "carriage return"),
    post("X: a\rb", 400, "carriage return"),
    post("X: a\r", 400, "carriage return"),
    post("X: \r", 400, "carriage return"),
    post("X: a\nY: b", 400, "line feed alone"),
    post("X: a\n", 400, "line feed alone"),
    post("X: a\u{00}b", 400, "NUL"),
    post("X: \u{00}", 400, "NUL"),
    post("X: a\u{01}", 400, "control character"),
    post("X: \u{1F}bcdefghijklmnop", 400, "control character"),
    post("X: abcdefghijklmnop\u{1F}", 400, "control character"),
    post("X: a\u{7F}b", 400, "control character"),
    post("X: ÿ\u{7F}", 400, "control character"),
    post("X: a\u{0C}b", 400, "control character"),
    post("X: a\r\n b", 400, "begins with whitespace"),
    post("X: a\r\n\tb", 400, "begins with whitespace"),
    post("X: a\r\n \r\nY: b", 400, "begins with whitespace"),
    post("X: a\r\n : b", 400, "begins with whitespace"),
    Refusal("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "begins with whitespace"),
    Refusal("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", 400, "begins with whitespace"),
  ]

  static let hosts: [Refusal] = [
    Refusal("GET / HTTP/1.1\r\n\r\n", 400, "Host field is missing"),
    Refusal("GET / HTTP/1.9\r\n\r\n", 400, "Host field is missing"),
    Refusal("GET http://h/ HTTP/1.1\r\n\r\n", 400, "Host field is missing"),
    Refusal("OPTIONS * HTTP/1.1\r\n\r\n", 400, "Host field is missing"),
    Refusal("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "more than one Host"),
    Refusal("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nhOST: b\r\n\r\n", 400, "more than one Host"),
    Refusal("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400, "more than one Host"),
    host("", "empty"), host("  ", "empty"), host(":80"),
    host("a b"), host("a, b"), host("user@a"), host("a/b"), host("http://a"), host("a:80:80"), host("a:x"),
    host("a:-1"), host("a: 80"), host("a:65536"), host("a:99999999999999999999"), host("a?b"), host("a#b"),
    host("a\\b"), host("\"a\""), host("<a>"), host("a|b"), host("a^b"), host("{a}"), host("é"), host("a%"),
    host("a%4"), host("a%zz"), host("a%4g.b"), host("[::1"), host("::1"), host("[]"), host("[1]"), host("[:1]"),
    host("[1:]"), host("[:::]"), host("[1::2::3]"), host("[1:2:3:4:5:6:7]"), host("[1:2:3:4:5:6:7:8:9]"),
    host("[1:2:3:4:5:6:7::8]x"), host("[12345::]"), host("[g::]"), host("[::1%25eth0]"), host("[::1.2.3]"),
    host("[::1.2.3.256]"), host("[::1.2.3.04]"), host("[::1.2.3.4.5]"), host("[::1.2.3.4:5]"), host("[v.x]"),
    host("[v1.]"), host("[v1.[]"), host("[1:2:3:4:5:6:7:1.2.3.4]"), host("[::1] " + ":80"), host("a:80 b"),
    host("[1.2.3.4]"), host("]"), host("[[::1]]"),
  ]

  static let framing: [Refusal] = [
    post("Content-Length: ", 400, "not a number"), post("Content-Length: x", 400, "not a number"),
    post("Content-Length: +3", 400, "not a number"), post("Content-Length: -3", 400, "not a number"),
    post("Content-Length: 0x3", 400, "not a number"), post("Content-Length: 3 3", 400, "not a number"),
    post("Content-Length: 3.0", 400, "not a number"), post("Content-Length: 3e1", 400, "not a number"),
    post("Content-Length: 1_000", 400, "not a number"), post("Content-Length: \"3\"", 400, "not a number"),
    post("Content-Length: ³", 400, "not a number"), post("Content-Length: 3;", 400, "not a number"),
    post("Content-Length: 99999999999999999999999", 400, "too large"),
    post("Content-Length: 9223372036854775808", 400, "too large"),
    post("Content-Length: 18446744073709551616", 400, "too large"),
    post("Content-Length: 18446744073709551619", 400, "too large"),
    post("Content-Length: 3, 3", 400, "more than one value"), post("Content-Length: 3,4", 400, "more than one value"),
    post("Content-Length: 3,", 400, "more than one value"), post("Content-Length: ,3", 400, "more than one value"),
    post("Content-Length: 3\r\nContent-Length: 3", 400, "more than one Content-Length"),
    post("Content-Length: 3\r\nContent-Length: 4", 400, "more than one Content-Length"),
    post("Content-Length: 0\r\ncontent-length: 0", 400, "more than one Content-Length"),
    post("Content-Length: 3\r\nTransfer-Encoding: chunked", 400, "both present"),
    post("Transfer-Encoding: chunked\r\nContent-Length: 3", 400, "both present"),
    post("Transfer-Encoding: chunked\r\nContent-Length: 0", 400, "both present"),
    post("Transfer-Encoding: identity\r\nContent-Length: 3", 400, "both present"),
    post("Transfer-Encoding: xchunked\r\nContent-Length: 3", 400, "both present"),
    post("Transfer-Encoding: ", 400, "not a list of codings"), post("Transfer-Encoding: ,", 400, "not a list"),
    post("Transfer-Encoding: chunked,", 400, "not a list"), post("Transfer-Encoding: ,chunked", 400, "not a list"),
    post("Transfer-Encoding: chunked chunked", 400, "not a list"), post("Transfer-Encoding: \"chunked\"", 400, "list"),
    post("Transfer-Encoding: 'chunked' x", 400, "not a list"), post("Transfer-Encoding: [chunked]", 400, "not a list"),
    post("Transfer-Encoding: chunked/1", 400, "not a list"), post("Transfer-Encoding: chunked=1", 400, "not a list"),
    post("Transfer-Encoding: chunkedÿ", 400, "not a list"), post("Transfer-Encoding: \u{A0}chunked", 400, "not a list"),
    post("Transfer-Encoding: chunked;q=1", 400, "parameters"), post("Transfer-Encoding: chunked ;x", 400, "parameters"),
    post("Transfer-Encoding: chunked;", 400, "parameters"), post("Transfer-Encoding: gzip, chunked;a", 400, "param"),
    post("Transfer-Encoding: chunked, identity", 400, "not the last"),
    post("Transfer-Encoding: chunked, gzip", 400, "not the last"),
    post("Transfer-Encoding: chunked, chunked", 400, "not the last"),
    post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400, "not the last"),
    post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", 400, "not the last"),
    post("Transfer-Encoding: chunked\r\nTransfer-encoding: x", 400, "not the last"),
    post("Transfer-Encoding: \u{0B}chunked", 400, "control character"),
    post("Transfer-Encoding: \u{0C}chunked", 400, "control character"),
    post("Transfer-Encoding: chunked\u{00}", 400, "NUL"),
    post("Transfer-Encoding:\r\n chunked", 400, "not a list"),
    post("Transfer-Encoding: x\r\n chunked", 400, "begins with whitespace"),
    post("X: y\rTransfer-Encoding: chunked", 400, "carriage return"),
    post("X: y\nTransfer-Encoding: chunked", 400, "line feed alone"),
    post("Transfer-Encoding: identity", 501, "other than chunked"), post("Transfer-Encoding: gzip", 501, "other than"),
    post("Transfer-Encoding: xchunked", 501, "other than"), post("Transfer-Encoding: chunke", 501, "other than"),
    post("Transfer-Encoding: chunkedx", 501, "other than"), post("Transfer-Encoding: gzip, chunked", 501, "other than"),
    post("Transfer-Encoding: identity, chunked", 501, "other than"),
    post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", 501, "other than"),
    post("Transfer-Encoding: gzip;q=1, chunked", 501, "other than"),
    post("Transfer-Encoding: 'chunked'", 501, "other than"), post("Transfer-Encoding: chunked-", 501, "other than"),
    Refusal("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "HTTP/1.0"),
    Refusal("POST / HTTP/1.0\r\nTransfer-Encoding: identity\r\n\r\n", 400, "HTTP/1.0"),
    Refusal("POST / HTTP/1.0\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "HTTP/1.0"),
  ]

  @Test(
    "are refused with the status and for the reason that is theirs, in one piece and however they are cut",
    arguments: [requestLines, targets, fieldLines, hosts, framing].flatMap { $0 })
  func isRefused(_ refusal: Refusal) {
    let whole = parseRequest(refusal.message)
    #expect(whole.error?.status == refusal.status, "\(describe(whole.error))")
    #expect(describe(whole.error).contains(refusal.words), "\(describe(whole.error))")
    let count = latin1(refusal.message).count
    for cut in 0...count { #expect(parseRequest(refusal.message, cuts: [cut]) == whole) }
    #expect(parseRequest(refusal.message, cuts: Array(0...count)) == whole)
  }

  @Test("every control character but the tab is refused in a value, at any place")
  func controls() {
    for byte in 0..<256 where byte < 0x20 && byte != 9 || byte == 0x7F {
      for place in 0..<24 {
        var value = Array(repeating: "a", count: 24)
        value[place] = String(Unicode.Scalar(UInt8(byte)))
        let message = "GET / HTTP/1.1\r\nHost: a\r\nX: \(value.joined())\r\n\r\n"
        #expect(parseRequest(message).error?.status == 400, "byte \(byte) at \(place)")
      }
    }
  }

  @Test("every byte that is no token character is refused in a name and a method")
  func tokens() {
    let token = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".unicodeScalars)
    for byte in 0..<256 {
      let scalar = Unicode.Scalar(UInt8(byte))
      let isToken = token.contains(scalar)
      if scalar != ":" {
        let field = parseRequest("GET / HTTP/1.1\r\nHost: a\r\nX\(scalar)Y: z\r\n\r\n")
        #expect((field.error == nil) == isToken, "byte \(byte)")
      }
      if scalar != " " {
        let method = parseRequest("X\(scalar)Y / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect((method.error == nil) == isToken, "byte \(byte)")
      }
    }
  }

  @Test("every sentence is its own")
  func sentences() {
    var sentences: [String: UInt16] = [:]
    for refusal in [Self.requestLines, Self.targets, Self.fieldLines, Self.hosts, Self.framing].joined() {
      guard let error = parseRequest(refusal.message).error else { continue }
      let sentence = "\(error.reason)"
      #expect(sentence.hasSuffix("."))
      #expect(sentences[sentence] ?? error.status == error.status, "\(sentence) has two statuses")
      sentences[sentence] = error.status
    }
    #expect(sentences.count >= 38)
  }
}
