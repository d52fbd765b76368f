import EventLoop
import Glibc
import Testing

@testable import Supervision

@Suite("Sockets that systemd opened")
struct SystemdSocketsTests {
  @Test("the variables speak of this process, of at least one socket, and may name them")
  func variables() {
    func passed(_ process: String?, _ count: String?, _ names: String?) -> [String] {
      SystemdSockets.passed(process: process, count: count, names: names, ownProcess: 7).map { "\($0.0)=\($0.1)" }
    }
    #expect(passed("7", "2", "proxy:admin") == ["3=proxy", "4=admin"])
    #expect(passed("7", "3", "proxy") == ["3=proxy", "4=", "5="])
    #expect(passed("7", "2", nil) == ["3=", "4="])
    #expect(passed("7", "2", ":b:c") == ["3=", "4=b"])
    for (process, count) in [
      ("8", "1"), (nil, "1"), ("7", nil), ("7", "0"), ("7", "-1"), ("7", "x"), ("7", "1025"), ("x", "1"),
    ] as [(String?, String?)] { #expect(passed(process, count, "proxy") == []) }
  }

  @Test("a listener gets the socket at its address, whatever its name; else the one of its name; else none")
  func matching() throws {
    let one = SocketAddress.loopback(port: 8000)
    let two = SocketAddress.loopback(port: 8001)
    let other = SocketAddress.loopback(port: 9000)
    var sockets = SystemdSockets([
      .init(descriptor: 3, name: "proxy", address: other), .init(descriptor: 4, name: "torii.socket", address: two),
      .init(descriptor: 5, name: "proxy", address: one), .init(descriptor: 6, name: "", address: .loopback(port: 1)),
    ])
    #expect(sockets.take(.proxy, at: one) == 5)
    #expect(sockets.take(.proxy, at: .loopback(port: 8443)) == 3)
    #expect(sockets.take(.proxy, at: .loopback(port: 8444)) == nil)
    #expect(sockets.take(.admin, at: two) == 4)
    #expect(sockets.take(.admin, at: two) == nil)
    #expect(sockets.take(.status, at: .loopback(port: 8100)) == nil)
    #expect(sockets.unused.map(\.descriptor) == [6])
  }

  @Test("a listening socket is adopted with its address, non-blocking and closed on exec; nothing else is")
  func adopting() throws {
    let listener = try Sockets.listen(on: .loopback(port: 0), backlog: 5, reusePort: false)
    defer { close(listener) }
    _ = fcntl(listener, F_SETFD, 0)
    _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) & ~O_NONBLOCK)
    let adopted = try #require(SystemdSockets.adopt(listener, "proxy"))
    #expect(adopted.address == (try Sockets.localAddress(listener)))
    #expect(adopted.name == "proxy" && adopted.descriptor == listener)
    #expect(fcntl(listener, F_GETFD) & FD_CLOEXEC != 0)
    #expect(fcntl(listener, F_GETFL) & O_NONBLOCK != 0)

    var pipe: [Int32] = [0, 0]
    try #require(unsafe Glibc.pipe(&pipe) == 0)
    let connecting = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let datagrams = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    for descriptor in pipe + [connecting, datagrams] {
      #expect(SystemdSockets.adopt(descriptor, "proxy") == nil)
      close(descriptor)
    }
  }

  @Test("without socket activation there are none")
  func none() { #expect(SystemdSockets.take().unused == []) }
}
