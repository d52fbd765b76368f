import HTTP
import Testing

@Suite("Requests that are accepted")
struct RequestTests {
  static let accepted: [String] = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "GET /x HTTP/1.2\r\nHost: a\r\n\r\n",
    "get /x HTTP/1.1\r\nHost: a\r\n\r\n",
    "BREW /x HTTP/1.1\r\nHost: a\r\n\r\n",
    "!#$%&'*+-.^_`|~ /x HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /caf\u{C3}\u{A9}/x?x=\u{C3}\u{A9} HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /a/\"<>^`[x]{y}|z\\ HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET //x//y/../.?a?b=c&& HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET http://a HTTP/1.1\r\nHost: b\r\n\r\n",
    "GET HTTPS://A.example:8443/p?q HTTP/1.1\r\nHost: b\r\n\r\n",
    "GET http://[::1]:80?q HTTP/1.1\r\nHost: b\r\n\r\n",
    "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    "CONNECT [::1]:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost:a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: \t a \t\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \r\nZ: \t \r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: caf\u{C3}\u{A9} \u{80}\u{FF} a\tb\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: :::\r\nY: a: b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n0: x\r\n_: y\r\n~!: z\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX-A-Long-Name-That-Nobody-Knows-Of: and a value that is longer than a word\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 000000000000000000000003\r\n\r\nabc",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\t chunked \t\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade, X-Foo\r\nUpgrade: websocket\r\nX-Foo: 1\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers, deflate;q=0.5\r\nConnection: TE,,close\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a.b-c_d~e!$&'()*+;=%41\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a:\r\n\r\n", "GET / HTTP/1.1\r\nHost: a:65535\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n", "GET / HTTP/1.1\r\nHost: [::]\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n", "GET / HTTP/1.1\r\nHost: [1:2:3:4:5:6:7:8]\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: [1:2:3:4:5:6:1.2.3.4]\r\n\r\n", "GET / HTTP/1.1\r\nHost: [::ffff:255.0.10.1]\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: [1::]\r\n\r\n", "GET / HTTP/1.1\r\nHost: [FE80::a:b]\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: [1:2:3:4:5:6:7::]\r\n\r\n", "GET / HTTP/1.1\r\nHost: [v1f.a:b]\r\n\r\n",
  ]

  @Test("are accepted in one piece and however they are cut, byte by byte too", arguments: accepted)
  func isAccepted(_ message: String) {
    let whole = parseRequest(message)
    #expect(whole.error == nil && !whole.needsMore, "\(describe(whole.error))")
    let count = latin1(message).count
    for cut in 0...count { #expect(parseRequest(message, cuts: [cut]) == whole) }
    #expect(parseRequest(message, cuts: Array(0...count)) == whole)
  }

  @Test("a head is complete at its empty line and not before")
  func completeness() {
    let message = "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
    for end in 0..<message.utf8.count { #expect(parseRequest(String(message.unicodeScalars.prefix(end))).needsMore) }
    #expect(parseRequest(message + "abcGET /y").headLength == message.utf8.count)
  }

  @Test("parts stand where they say")
  func parts() {
    let parsed = parseRequest("\r\nPUT /a/b?c=d?e HTTP/1.1\r\nhost: \tExample.org:8080 \r\nX-Y:z\r\naccept:  \r\n\r\n")
    #expect(parsed.method == .put && parsed.methodText == "PUT")
    #expect(parsed.target == "/a/b?c=d?e" && parsed.path == "/a/b" && parsed.query == "c=d?e")
    #expect(parsed.form == .origin && parsed.minorVersion == 1)
    #expect(parsed.host == 0 && parsed.hostName == "Example.org" && parsed.hostPort == 8080)
    #expect(parsed.fields == ["host: Example.org:8080", "X-Y: z", "accept: "])
    #expect(parsed.known == [.host, .other, .accept])
    #expect(parseRequest("GET /a? HTTP/1.0\r\n\r\n").query == "")
    #expect(parseRequest("GET /a HTTP/1.0\r\n\r\n").query == nil)
  }

  @Test(
    "target forms are told apart",
    arguments: [
      ("GET /p?q", RequestHead.TargetForm.origin, "", "", UInt16?.none, "/p", "q" as String?),
      ("GET http://h:81/p?q", .absolute, "h:81", "h", 81, "/p", "q"),
      ("GET http://h", .absolute, "h", "h", nil, "", nil),
      ("GET https://h:?q", .absolute, "h:", "h", nil, "", "q"),
      ("OPTIONS hTTp://[::1]:8/", .absolute, "[::1]:8", "[::1]", 8, "/", nil),
      ("OPTIONS *", .asterisk, "", "", nil, "*", nil),
      ("CONNECT h:443", .authority, "h:443", "h", 443, "", nil),
      ("GET /http://x@y/", .origin, "", "", nil, "/http://x@y/", nil),
    ])
  func forms(
    _ line: String, _ form: RequestHead.TargetForm, _ authority: String, _ host: String, _ port: UInt16?,
    _ path: String, _ query: String?
  ) {
    let parsed = parseRequest("\(line) HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(parsed.form == form && parsed.authority == authority && parsed.authorityHost == host)
    #expect(parsed.authorityPort == port && parsed.path == path && parsed.query == query)
  }

  @Test(
    "methods are known by their exact name",
    arguments: [
      ("GET", Method.get), ("HEAD", .head), ("POST", .post), ("PUT", .put), ("DELETE", .delete), ("OPTIONS", .options),
      ("TRACE", .trace), ("PATCH", .patch), ("get", .other), ("GE", .other), ("GETT", .other), ("PROPFIND", .other),
      ("POS", .other), ("POSTS", .other), ("Post", .other),
    ])
  func methods(_ name: String, _ method: Method) {
    let parsed = parseRequest("\(name) / HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(parsed.method == method && parsed.methodText == name)
  }

  @Test(
    "framing follows RFC 9112 section 6.3",
    arguments: [
      ("", BodyFraming.none), ("Content-Length: 0\r\n", .length(0)), ("Content-Length: 42\r\n", .length(42)),
      ("Content-Length: 0042\r\n", .length(42)),
      ("Content-Length: 9223372036854775807\r\n", .length(UInt64(Int64.max))),
      ("Transfer-Encoding: chunked\r\n", .chunked), ("tRANSFER-eNCODING: cHUNKED\r\n", .chunked),
    ])
  func framing(_ fields: String, _ body: BodyFraming) {
    #expect(parseRequest("POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n").body == body)
  }

  @Test(
    "the connection is kept as version and Connection say",
    arguments: [
      ("1.1", "", true), ("1.1", "close", false), ("1.1", "Close", false), ("1.1", "keep-alive", true),
      ("1.1", "keep-alive, close", false), ("1.1", "x,\tCLOSE ,y", false), ("1.1", "closed", true),
      ("1.1", "clos", true),
      ("1.0", "", false), ("1.0", "keep-alive", true), ("1.0", "Keep-Alive", true), ("1.0", "keep-alive,close", false),
      ("1.0", "keepalive", false), ("1.3", "", true),
    ])
  func persistence(_ version: String, _ connection: String, _ kept: Bool) {
    #expect(parseRequest("GET / HTTP/\(version)\r\nHost: a\r\nConnection: \(connection)\r\n\r\n").keepAlive == kept)
  }

  @Test("several Connection lines are one list")
  func connectionLines() {
    let parsed = parseRequest(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\nConnection: close\r\n\r\n")
    #expect(!parsed.keepAlive && parsed.upgrade && !parsed.connectionListsOthers)
  }

  @Test(
    "Connection lists others when it names what has no meaning of its own",
    arguments: [
      ("close", false), ("keep-alive, TE, Upgrade", false), ("", false), (", ,", false), ("X-Foo", true),
      ("close,x", true), ("te2", true), ("upgraded", true),
    ])
  func others(_ connection: String, _ lists: Bool) {
    let parsed = parseRequest("GET / HTTP/1.1\r\nHost: a\r\nConnection: \(connection)\r\n\r\n")
    #expect(parsed.connectionListsOthers == lists)
  }

  @Test("names that Connection lists are found in all its lines, in any case")
  func listed() {
    let bytes = latin1("GET / HTTP/1.1\r\nHost: a\r\nConnection: X-One, close\r\nX: y\r\nconnection:x-two\r\n\r\n")
    var parser = RequestParser(limits: HTTPLimits())
    let fields = FieldTable()
    unsafe bytes.withUnsafeBytes { buffer in
      _ = unsafe parser.parse(buffer, fields: fields)
      for (name, listed) in [("x-one", true), ("X-TWO", true), ("close", true), ("x", false), ("x-on", false)] {
        let found = unsafe Array(name.utf8).withUnsafeBytes { name in
          unsafe parser.head.isListedInConnection(name, fields: fields, bytes: buffer)
        }
        #expect(found == listed, "\(name)")
      }
    }
  }

  @Test(
    "upgrade needs both fields and HTTP/1.1",
    arguments: [
      ("HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c", true),
      ("HTTP/1.1\r\nHost: a\r\nUpgrade: h2c", false), ("HTTP/1.1\r\nHost: a\r\nConnection: upgrade", false),
      ("HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: h2c", false),
    ])
  func upgrade(_ rest: String, _ upgrade: Bool) {
    #expect(parseRequest("GET / \(rest)\r\n\r\n").upgrade == upgrade)
  }

  @Test(
    "100-continue is expected in HTTP/1.1 with a body only",
    arguments: [
      ("HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1", true),
      ("HTTP/1.1\r\nHost: a\r\nExpect: 100-CONTINUE\r\nTransfer-Encoding: chunked", true),
      ("HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0", false),
      ("HTTP/1.1\r\nHost: a\r\nExpect: 100-continue", false),
      ("HTTP/1.1\r\nHost: a\r\nExpect: 100-continued\r\nContent-Length: 1", false),
      ("HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1", false),
    ])
  func expectation(_ rest: String, _ expected: Bool) {
    #expect(parseRequest("POST / \(rest)\r\n\r\n").expectsContinue == expected)
  }

  @Test(
    "TE tells whether trailers are accepted",
    arguments: [
      ("trailers", true), ("deflate, Trailers", true), ("trailers;q=0", false), ("gzip", false), ("", false),
    ])
  func trailers(_ te: String, _ accepted: Bool) {
    #expect(parseRequest("GET / HTTP/1.1\r\nHost: a\r\nTE: \(te)\r\n\r\n").acceptsTrailers == accepted)
  }

  @Test("a parser and its table serve one message after the other")
  func reuse() {
    var parser = RequestParser(limits: HTTPLimits())
    let fields = FieldTable(capacity: 1)
    let first = latin1("POST /1?q HTTP/1.0\r\nHost: a:1\r\nConnection: x\r\nContent-Length: 1\r\nA: b\r\n\r\n")
    let second = latin1("GET / HTTP/1.1\r\nHost: b\r\n\r\n")
    for (bytes, count) in [(first, 4), (second, 1), (first, 4), (latin1("\r\nX\r\n"), -1), (second, 1)] {
      parser.reset()
      let progress = unsafe bytes.withUnsafeBytes { unsafe parser.parse($0, fields: fields) }
      if case .complete(let length) = progress {
        #expect(length == bytes.count && fields.count == count)
      } else {
        #expect(count == -1)
      }
    }
    #expect(!parser.head.hasQuery && parser.head.body == .none && !parser.head.connectionListsOthers)
    #expect(parser.head.hostPort == nil && fields.first(.contentLength) == nil && fields.first(.host) == 0)
  }

  @Test("asking again after the end gives the same answer")
  func repeated() {
    for message in ["GET / HTTP/1.1\r\nHost: b\r\n\r\nGET", "GET / HTTP/9.1\r\n\r\n"] {
      var parser = RequestParser(limits: HTTPLimits())
      let fields = FieldTable()
      let bytes = latin1(message)
      let first = unsafe bytes.withUnsafeBytes { unsafe parser.parse($0, fields: fields) }
      let second = unsafe bytes.withUnsafeBytes { unsafe parser.parse($0, fields: fields) }
      #expect("\(first)" == "\(second)")
    }
  }
}
