import Glibc
import Testing

@testable import EventLoop

@Suite("Sockets")
struct SocketsTests {
  @Test(
    "addresses are parsed and written back",
    arguments: [
      ("127.0.0.1:80", "127.0.0.1", 80), ("0.0.0.0:65535", "0.0.0.0", 65535), ("255.10.0.9:0", "255.10.0.9", 0),
      ("[::1]:8443", "::1", 8443), ("[2001:db8::ff]:1", "2001:db8::ff", 1), ("[::]:80", "::", 80),
      ("[::ffff:1.2.3.4]:80", "::ffff:1.2.3.4", 80), ("[fe80::1%1]:80", "fe80::1%1", 80),
      ("unix:/run/x.sock", "/run/x.sock", 0),
    ])
  func addresses(text: String, host: String, port: Int) throws {
    let address = try #require(SocketAddress(parsing: text))
    #expect(address.host == host)
    #expect(address.port == port)
    #expect(address.description == text)
    #expect(SocketAddress(parsing: address.description) == address)
  }

  @Test(
    "what is not an address is refused",
    arguments: [
      "", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+80", "127.0.0.1:-1", "127.0.0.1:8a",
      "::1:80x",
      "[::1]", "[::1]:", "[127.0.0.1]:80", "localhost:80", "256.0.0.1:80", "1.2.3:80", "unix:",
      "[::1%nosuchinterface]:80",
      "127.0.0.1\0x:80",
    ])
  func badAddresses(text: String) {
    #expect(SocketAddress(parsing: text) == nil)
  }

  @Test("an IPv4-mapped address tells its IPv4 address")
  func mapped() throws {
    guard case .ipv6(let address, _) = try #require(SocketAddress(parsing: "[::ffff:10.0.0.1]:80")) else {
      Issue.record("not IPv6")
      return
    }
    #expect(address.mappedIPv4 == 0x0A00_0001)
    #expect(IPv6Address.loopback.mappedIPv4 == nil)
  }

  @Test("a connection knows both addresses, and accepting reports the peer's", arguments: ["127.0.0.1:0", "[::1]:0"])
  func connect(text: String) throws {
    let address = try #require(SocketAddress(parsing: text))
    let listener = try Sockets.listen(on: address)
    defer { Sockets.close(listener) }
    let bound = try Sockets.localAddress(listener)
    #expect(bound.port != 0 && bound.host == address.host)
    let loop = try EventLoop()
    let (descriptor, _) = try Sockets.connect(to: bound)
    let client = ClosureSource(descriptor)
    var accepted: (Int32, SocketAddress)?
    let source = ClosureSource(listener) { _, _ in
      if case .connection(let descriptor, let peer) = Sockets.accept(listener) { accepted = (descriptor, peer) }
    }
    loop.register(source, interest: .readLevelExclusive)
    loop.register(client)
    try loop.run { accepted != nil && client.events.contains { $0.contains(.writable) } }
    #expect(Sockets.connectionError(descriptor) == nil)
    let (server, peer) = try #require(accepted)
    #expect(try peer == Sockets.localAddress(descriptor))
    #expect(try Sockets.peerAddress(descriptor) == bound)
    guard case .wouldBlock = Sockets.accept(listener) else {
      Issue.record("a second connection")
      return
    }
    #expect(option(server, Int32(IPPROTO_TCP), TCP_NODELAY) == 1, "inherited from the listener")
    #expect(option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY) == 1)
    for descriptor in [server, descriptor, listener] {
      #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0)
      #expect(fcntl(descriptor, F_GETFD) & FD_CLOEXEC != 0)
    }
    Sockets.close(server)
    loop.close(client)
    loop.unregister(source)
  }

  @Test("a refused connection is told with its reason")
  func refused() throws {
    let listener = try Sockets.listen(on: .loopback(port: 0))
    let address = try Sockets.localAddress(listener)
    Sockets.close(listener)
    let loop = try EventLoop()
    do {
      let (descriptor, inProgress) = try Sockets.connect(to: address)
      #expect(inProgress)
      let source = ClosureSource(descriptor)
      loop.register(source)
      try loop.run { !source.events.isEmpty }
      let error = try #require(Sockets.connectionError(descriptor))
      #expect(error.description == "connect: Connection refused (111)")
      loop.close(source)
    } catch let error as SystemError {
      #expect(error.code == ECONNREFUSED)
    }
  }

  @Test("a port in use cannot be listened on, unless both sockets share it")
  func reusePort() throws {
    let listener = try Sockets.listen(on: .loopback(port: 0))
    let address = try Sockets.localAddress(listener)
    let error = #expect(throws: SystemError.self) { try Sockets.listen(on: address) }
    #expect(error?.description == "bind: Address already in use (98)")
    Sockets.close(listener)
    let first = try Sockets.listen(on: .loopback(port: 0), reusePort: true)
    let second = try Sockets.listen(on: Sockets.localAddress(first), reusePort: true)
    Sockets.close(first)
    Sockets.close(second)
  }

  @Test("a Unix domain socket is listened on, and one left behind is replaced but one in use is not")
  func unixSocket() throws {
    let path = "/tmp/torii-eventloop-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
    defer { _ = unsafe unlink(path) }
    let address = SocketAddress.unix(path: path)
    let listener = try Sockets.listen(on: address)
    #expect(try Sockets.localAddress(listener) == address)
    #expect(throws: SystemError.self) { try Sockets.listen(on: address) }
    Sockets.close(listener)
    let again = try Sockets.listen(on: address)
    let (client, _) = try Sockets.connect(to: address)
    guard case .connection(let server, let peer) = Sockets.accept(again) else {
      Issue.record("no connection")
      return
    }
    #expect(peer == .unix(path: ""))
    for descriptor in [client, server, again] { Sockets.close(descriptor) }
    #expect(throws: SystemError.self) { try Sockets.listen(on: .unix(path: String(repeating: "x", count: 108))) }
  }

  private func option(_ descriptor: Int32, _ level: Int32, _ name: Int32) -> Int32 {
    var value: Int32 = -1
    var length = socklen_t(MemoryLayout<Int32>.size)
    unsafe getsockopt(descriptor, level, name, &value, &length)
    return value
  }
}
