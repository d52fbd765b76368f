import EventLoop
import Foundation
import Testing

@testable import Control

/// A server on a loop that the test turns by hand.
private final class TurnedServer {
  let loop: EventLoop
  let server: HTTPServer
  let port: UInt16
  var requests: [ServerRequest] = []
  var pending: [(ServerResponse) -> Void] = []

  init(_ limits: ServerLimits, holds: Bool = false) throws {
    loop = try EventLoop()
    let descriptor = try Sockets.listen(on: .loopback(port: 0))
    port = try Sockets.localAddress(descriptor).port
    let box = Box()
    server = HTTPServer(loop: loop, limits: limits) { request, respond in
      box.owner?.requests.append(request)
      if holds { box.owner?.pending.append(respond) } else { respond(.message(200, "ok")) }
    }
    server.serve(descriptor: descriptor, tls: nil)
    box.owner = self
  }

  private final class Box { weak var owner: TurnedServer? }

  deinit { server.close() }

  /// Turns the loop until something holds; gives up after ten seconds.
  func turn(until holds: () -> Bool) -> Bool {
    let end = ProcessClock.monotonicNanoseconds() + 10_000_000_000
    while !holds() {
      if ProcessClock.monotonicNanoseconds() > end { return false }
      loop.runOnce(timeoutMilliseconds: 20)
    }
    return true
  }
}

@Suite("Limits of the server of the control plane")
struct ServerLimitTests {
  @Test(
    "a request that does not arrive in time is answered 408",
    arguments: ["GET / HT", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"])
  func slowRequests(text: String) throws {
    var limits = ServerLimits()
    (limits.head, limits.progress, limits.linger) = (60, 60, 60)
    let server = try TurnedServer(limits)
    let client = try RawConnection(port: server.port)
    client.send(Array(text.utf8))
    #expect(server.turn { server.server.connectionCount == 1 })
    #expect(server.turn { server.server.connectionCount == 0 })
    #expect(client.read().hasPrefix("HTTP/1.1 408 "))
    #expect(server.requests.isEmpty)
  }

  @Test("an idle connection is closed without an answer")
  func idle() throws {
    var limits = ServerLimits()
    limits.idle = 60
    let server = try TurnedServer(limits)
    let client = try RawConnection(port: server.port)
    client.send(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
    #expect(server.turn { server.requests.count == 1 })
    #expect(server.turn { server.server.connectionCount == 0 })
    #expect(client.read().components(separatedBy: "HTTP/1.1").count == 2)
  }

  @Test("a body above the limit is refused, by its length or when it has come that far")
  func bodies() throws {
    var limits = ServerLimits()
    (limits.body, limits.linger) = (1000, 60)
    let server = try TurnedServer(limits)
    for text in [
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + String(repeating: "x", count: 1001),
    ] {
      let client = try RawConnection(port: server.port)
      client.send(Array(text.utf8))
      #expect(server.turn { server.server.connectionCount == 1 })
      #expect(server.turn { server.server.connectionCount == 0 })
      #expect(client.read().hasPrefix("HTTP/1.1 413 "))
    }
    #expect(server.requests.isEmpty)
  }

  @Test("connections above the limit wait until another closes")
  func connections() throws {
    var limits = ServerLimits()
    limits.connections = 2
    let server = try TurnedServer(limits)
    var clients = try (0..<3).map { _ in try RawConnection(port: server.port) }
    for client in clients { client.send(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8)) }
    #expect(server.turn { server.requests.count == 2 })
    #expect(server.server.connectionCount == 2)
    clients.removeFirst()
    #expect(server.turn { server.requests.count == 3 })
    #expect(server.server.connectionCount == 2)
  }

  @Test("requests behind one that is being answered wait, and a client that leaves meanwhile harms nobody")
  func waiting() throws {
    let server = try TurnedServer(ServerLimits(), holds: true)
    var client: RawConnection? = try RawConnection(port: server.port)
    client?.send(Array(String(repeating: "GET / HTTP/1.1\r\nHost: a\r\n\r\n", count: 3).utf8))
    #expect(server.turn { server.pending.count == 1 })
    for _ in 0..<5 { server.loop.runOnce(timeoutMilliseconds: 0) }
    #expect(server.requests.count == 1)
    server.pending.removeFirst()(.message(200, "one"))
    #expect(server.turn { server.pending.count == 1 })
    client = nil
    for _ in 0..<5 { server.loop.runOnce(timeoutMilliseconds: 0) }
    server.pending.removeFirst()(.message(200, "two"))
    #expect(server.turn { !server.pending.isEmpty || server.server.connectionCount == 0 })
    for respond in server.pending { respond(.message(200, "three")) }
    #expect(server.turn { server.server.connectionCount == 0 })
  }

  @Test("an answer that the client does not take is given up")
  func slowReaders() throws {
    var limits = ServerLimits()
    limits.progress = 80
    let server = try TurnedServer(limits, holds: true)
    let client = try RawConnection(port: server.port)
    client.send(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
    #expect(server.turn { server.pending.count == 1 })
    server.pending.removeFirst()(ServerResponse(status: 200, text: String(repeating: "x", count: 32 << 20)))
    #expect(server.server.connectionCount == 1)
    #expect(server.turn { server.server.connectionCount == 0 })
  }
}
