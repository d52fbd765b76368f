import HTTP
import Testing

@Suite("Limits")
struct LimitTests {
  private func limits(_ change: (inout HTTPLimits) -> Void) -> HTTPLimits {
    var limits = HTTPLimits()
    change(&limits)
    return limits
  }

  /// What is refused is refused with the same error wherever the bytes are cut, and no later than at the limit.
  private func check(_ message: String, _ limits: HTTPLimits, _ status: UInt16?, _ words: String = "") {
    let whole = parseRequest(message, limits: limits)
    #expect(whole.error?.status == status, "\(describe(whole.error))")
    if status != nil { #expect(describe(whole.error).contains(words)) }
    for cut in 0...message.utf8.count {
      #expect(parseRequest(message, cuts: [cut], limits: limits) == whole, "cut at \(cut)")
    }
  }

  @Test("a request line may be as long as its limit and no longer")
  func requestLine() {
    let limits = limits { $0.requestLine = 20 }
    check("GET /6789ab HTTP/1.1\r\nHost: a\r\n\r\n", limits, nil)
    check("GET /6789abc HTTP/1.1\r\nHost: a\r\n\r\n", limits, 414, "request line is longer")
    #expect(parseRequest(String(repeating: "a", count: 21), limits: limits).needsMore)
    #expect(parseRequest(String(repeating: "a", count: 22), limits: limits).error?.status == 414)
    // What is beyond the limit is not looked at.
    check("GET /6789abcdefghijkl#", limits, 414)
  }

  @Test("leading empty lines don't count as request line")
  func emptyLines() {
    let limits = limits {
      $0.requestLine = 14
      $0.leadingEmptyLines = 1
    }
    check("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", limits, nil)
    check("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", limits, 400, "empty lines")
  }

  @Test("a field line may be as long as its limit and no longer")
  func fieldLine() {
    let limits = limits { $0.fieldLine = 10 }
    check("GET / HTTP/1.1\r\nHost: a\r\nX: 4567890\r\n\r\n", limits, nil)
    check("GET / HTTP/1.1\r\nHost: a\r\nX: 45678901\r\n\r\n", limits, 431, "field line is longer")
    check("GET / HTTP/1.1\r\nHost: a\r\nX: 45678901234567890", limits, 431, "field line is longer")
  }

  @Test("a head may be as large as its limit and no larger, its last line end included")
  func head() {
    let message = "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n"
    let count = message.utf8.count
    check(message, limits { $0.head = count }, nil)
    for smaller in 0..<count { check(message, limits { $0.head = smaller }, 431, "head is larger") }
    check(message, limits { $0.head = -1 }, 431)
  }

  @Test("there may be as many fields as the limit says and no more")
  func fieldCount() {
    let limits = limits { $0.fieldCount = 3 }
    check("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\n\r\n", limits, nil)
    check("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\nX: 3\r\n\r\n", limits, 431, "more field lines")
  }

  @Test("the defaults take what servers usually take")
  func defaults() {
    func request(target: Int, field: Int, fields: Int) -> UInt16? {
      let target = "/" + String(repeating: "a", count: target)
      let line = "X: " + String(repeating: "a", count: field) + "\r\n"
      return parseRequest(
        "GET \(target) HTTP/1.1\r\nHost: a\r\n" + String(repeating: line, count: fields) + "\r\n"
      ).error?.status
    }
    #expect(request(target: 8100, field: 8000, fields: 5) == nil)
    #expect(request(target: 40_000, field: 1, fields: 1) == 414)
    #expect(request(target: 1, field: 1, fields: 199) == nil)
    #expect(request(target: 1, field: 1, fields: 200) == 431)
    #expect(request(target: 1, field: 60_000, fields: 1) == 431)
    #expect(request(target: 1, field: 8000, fields: 9) == 431)
  }

  @Test("responses have the same limits")
  func responses() {
    let limits = limits {
      $0.requestLine = 16
      $0.fieldLine = 10
      $0.fieldCount = 2
    }
    #expect(parseResponse("HTTP/1.1 200 abc\r\nX: 1\r\nX: 2\r\n\r\n", limits: limits).error == nil)
    for message in [
      "HTTP/1.1 200 abcd\r\n\r\n", "HTTP/1.1 200 OK\r\nX: 12345678\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX: 1\r\nX: 2\r\nX: 3\r\n\r\n",
    ] {
      #expect(parseResponse(message, limits: limits).error?.status == 502)
    }
  }
}
