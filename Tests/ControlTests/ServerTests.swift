import Foundation
import JSON
import Testing

@testable import Control

@Suite("The server of the control plane")
struct ServerTests {
  private let gateway: RunningGateway

  init() throws { gateway = try RunningGateway() }

  private func statuses(_ text: String) -> [String] {
    text.components(separatedBy: "HTTP/1.1 ").dropFirst().map { String($0.prefix(3)) }.filter { Int($0) != nil }
  }

  @Test("answers pipelined requests in their order on one connection")
  func pipelining() throws {
    let body = #"{"name": "a", "host": "h"}"#
    let answers = try gateway.exchange(
      """
      POST /services HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)\
      GET /services/a HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n
      """)
    #expect(statuses(answers) == ["201", "200", "404"])
  }

  @Test("reads chunked bodies, however they are cut")
  func chunked() throws {
    let head =
      "POST /services HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    let body = "8\r\n{\"name\":\r\n10;x=y\r\n\"c\", \"host\": \"h\"\r\n1\r\n}\r\n0\r\nTrailer: t\r\n\r\n"
    let connection = try RawConnection(port: gateway.adminPort)
    for byte in (head + body).utf8 { connection.send([byte]) }
    connection.endSending()
    #expect(statuses(connection.read()) == ["201"])
  }

  @Test("tells a client that waits with its body to go on")
  func expectation() throws {
    let connection = try RawConnection(port: gateway.adminPort)
    connection.send(
      Array(
        "POST /services HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 15\r\n\r\n"
          .utf8))
    #expect(connection.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
    connection.send(Array(#"{"host": "a.b"}"#.utf8))
    connection.endSending()
    #expect(statuses(connection.read()) == ["201"])
  }

  @Test("answers HEAD as GET, without the body")
  func head() throws {
    let answer = try gateway.exchange("HEAD /services HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(answer.hasSuffix("Content-Length: 23\r\n\r\n"))
  }

  @Test("has Kong's fields for scripts of other origins, and tells them the methods")
  func origins() throws {
    let plain = try gateway.exchange("GET /services HTTP/1.1\r\nHost: a\r\n\r\n")
    #expect(plain.contains("\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\n"))
    let options = try gateway.exchange("OPTIONS /services HTTP/1.1\r\nHost: a\r\nOrigin: http://ui.test\r\n\r\n")
    #expect(options.hasPrefix("HTTP/1.1 204 No Content\r\n"))
    for field in [
      "Allow: GET, HEAD, OPTIONS, POST", "Access-Control-Allow-Methods: GET, HEAD, OPTIONS, POST",
      "Access-Control-Allow-Headers: Content-Type", "Access-Control-Allow-Origin: http://ui.test",
    ] {
      #expect(options.contains("\r\n\(field)\r\n"))
    }
  }

  @Test(
    "refuses what is no request, says why, and closes",
    arguments: [
      ("GET / HTTP/1.1\r\n\r\n", "400"), ("nonsense\r\n\r\n", "400"), ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505"),
      ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400"),
      ("POST /services HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n", "413"),
      ("POST /services HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "400"),
      ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", "405"),
    ])
  func refusals(text: String, status: String) throws {
    let answer = try gateway.exchange(text, halfClose: false)
    #expect(statuses(answer) == [status])
    #expect(answer.contains("\r\nConnection: close\r\n"))
    #expect(answer.contains(#"{"message":""#))
  }

  @Test("takes a body of many megabytes")
  func largeBody() throws {
    let tags = (0..<400_000).map { "\"tag-number-\($0)\"" }.joined(separator: ",")
    let body = #"{"_format_version": "3.0", "_ignore": ["# + tags + "]}"
    let answer = try gateway.exchange(
      "POST /config HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    )
    #expect(statuses(answer) == ["201"])
  }

  @Test("serves many connections side by side")
  func connections() throws {
    let connections = try (0..<200).map { _ in try RawConnection(port: gateway.adminPort) }
    for connection in connections { connection.send(Array("GET /services HTTP/1.1\r\nHost: a\r\n\r\n".utf8)) }
    for connection in connections { #expect(statuses(connection.read(until: "}")) == ["200"]) }
  }

  @Test("tells status, readiness and metrics on the status listener, and nothing else")
  func status() throws {
    func get(_ path: String) throws -> String {
      try gateway.exchange("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n", port: gateway.statusPort)
    }
    #expect(try get("/status").contains(#""reachable":true"#))
    #expect(try get("/status/ready").hasSuffix(#"{"message":"ready"}"#))
    let metrics = try get("/metrics")
    #expect(metrics.contains("\ntorii_ready 1\n"))
    #expect(metrics.contains("torii_workers_restarts{name=\"w-0\"} 2\ntorii_workers_restarts{name=\"w\\\"1\"} 0\n"))
    #expect(metrics.contains("torii_entities{type=\"services\"} 0\n"))
    #expect(try statuses(get("/services")) == ["404"])
  }

  @Test("says what it is, in a version that clients of Kong take for a recent Kong")
  func root() throws {
    let answer = try gateway.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    let body = try #require(answer.components(separatedBy: "\r\n\r\n").last)
    let node = try JSONNode(parsing: body)
    #expect(node["version"]?.string?.hasPrefix("3.9.1") == true)
    #expect(node["tagline"]?.string?.contains("torii") == true)
    #expect(node["plugins"]?["available_on_server"]?["file-log"]?["version"] == "1.2.3")
    #expect(node["configuration"]?["proxy_listen"] != nil)
  }
}
