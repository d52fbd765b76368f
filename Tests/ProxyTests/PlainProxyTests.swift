import Testing

@testable import Proxy

extension WorkerTests {
  @Suite("A request without plugins")
  struct PlainProxyTests {
    @Test("a response comes through, and everything the request held is given back")
    func through() throws {
      let gateway = try TestGateway()
      let answer = try gateway.exchange("GET /a?b=c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(answer.hasSuffix("\r\n\r\nhello"))
      #expect(gateway.upstream.text.hasPrefix("GET /a?b=c HTTP/1.1\r\n"))
      gateway.upstream.connections.forEach { $0.close() }
      gateway.expectNothingHeld()
    }

    @Test("pipelined requests are answered in order on one connection")
    func pipelined() throws {
      let gateway = try TestGateway()
      gateway.upstream.onBytes = { connection in
        let path = connection.text.split(separator: " ")[1]
        connection.answer("HTTP/1.1 200 OK\r\nContent-Length: \(path.utf8.count)\r\n\r\n\(path)")
      }
      let one = "GET /1 HTTP/1.1\r\nHost: x\r\n\r\n"
      let answer = try gateway.exchange(
        one + "POST /22 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
          + "GET /333 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      let bodies = answer.components("\r\n\r\n").dropFirst().map { $0.prefix { $0 != "H" } }
      #expect(bodies == ["/1", "/22", "/333"])
    }

    @Test("nothing behind a request that was refused is read as another")
    func afterAnError() throws {
      let gateway = try TestGateway()
      let answer = try gateway.exchange("GET /\u{1} HTTP/1.1\r\nHost: x\r\n\r\nGET /second HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 400 "))
      #expect(answer.components("HTTP/1.1").count == 2)
      #expect(gateway.upstream.connections.isEmpty)
    }

    @Test("a body that was answered before it was read is dropped, and the connection goes on")
    func discarded() throws {
      let gateway = try TestGateway(settings: { $0.clientMaxBodySize = 10 })
      let body = String(repeating: "b", count: 50_000)
      let answer = try gateway.exchange(
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000\r\n\r\n\(body)"
          + "GET /n HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      #expect(answer.hasPrefix("HTTP/1.1 413 "))
      #expect(answer.contains("HTTP/1.1 200 OK"))
      gateway.upstream.connections.forEach { $0.close() }
      gateway.expectNothingHeld()
    }

    @Test("a POST is not sent again when the connection it went out on ends without an answer")
    func noRepetition() throws {
      let gateway = try TestGateway()
      let client = try gateway.client()
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      gateway.run { client.text.hasSuffix("hello") }
      var posts = 0
      gateway.upstream.onBytes = { connection in
        if connection.text.hasPrefix("POST") { posts += 1 }
        connection.close()
      }
      client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab")
      gateway.run { client.text.contains("HTTP/1.1 502") }
      #expect(posts == 1)
    }

    @Test("an answer without a length ends with its connection, also when both come at once")
    func untilClose() throws {
      let gateway = try TestGateway()
      gateway.upstream.onBytes = { connection in
        connection.answer("HTTP/1.1 200 OK\r\n\r\nall of it")
        connection.close()
      }
      let answer = try gateway.exchange("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
      #expect(answer.hasSuffix("9\r\nall of it\r\n0\r\n\r\n") || answer.contains("all of it"))
      #expect(answer.hasSuffix("0\r\n\r\n"))
    }

    @Test("a client that leaves takes its upstream request with it")
    func clientLeaves() throws {
      let gateway = try TestGateway()
      gateway.upstream.onBytes = { $0.answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome") }
      let client = try gateway.client()
      client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      gateway.run { client.text.hasSuffix("some") }
      client.leave()
      gateway.run { gateway.upstream.connections.first?.isClosed == true }
      gateway.expectNothingHeld()
    }
  }
}

extension String {
  func components(_ separator: String) -> [String] {
    var parts: [String] = [""]
    var rest = Substring(self)
    while !rest.isEmpty {
      if rest.hasPrefix(separator) {
        parts.append("")
        rest = rest.dropFirst(separator.count)
      } else {
        parts[parts.count - 1].append(rest.removeFirst())
      }
    }
    return parts
  }
}
