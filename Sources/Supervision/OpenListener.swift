import CLinux
import Configuration
import EventLoop
import Glibc

/// A listening socket that the supervisor holds: connections wait in its queue whatever happens to workers.
struct OpenListener {
  let descriptor: Int32
  let purpose: Inheritance.Socket.Purpose
  let port: Int
  let isTLS: Bool
  let text: String

  static func openAll(_ settings: GatewaySettings) throws(SupervisionError) -> [OpenListener] {
    var opened: [OpenListener] = []
    // What systemd has opened is taken over; the rest is opened here.
    var inherited = SystemdSockets.take()
    let wanted: [(Inheritance.Socket.Purpose, [Listener])] = [
      (.proxy, settings.proxyListen), (.admin, settings.adminListen), (.status, settings.statusListen),
    ]
    for (purpose, listeners) in wanted {
      for listener in listeners { opened.append(try open(listener, purpose, &inherited)) }
    }
    for socket in inherited.unused { Glibc.close(socket.descriptor) }
    return opened
  }

  private static func open(
    _ listener: Listener, _ purpose: Inheritance.Socket.Purpose, _ inherited: inout SystemdSockets
  ) throws(SupervisionError) -> OpenListener {
    guard let address = SocketAddress(host: listener.host, port: UInt16(truncatingIfNeeded: listener.port)) else {
      throw SupervisionError("\(purpose)_listen: \(listener.host) is not an address")
    }
    do {
      let descriptor =
        try inherited.take(purpose, at: address)
        ?? Sockets.listen(on: address, backlog: Int32(listener.backlog ?? 4096), reusePort: false)
      let port = Int(try Sockets.localAddress(descriptor).port)
      let scheme = listener.isTLS ? "https" : "http"
      let host = listener.host.contains(":") ? "[\(listener.host)]" : listener.host
      return OpenListener(
        descriptor: descriptor, purpose: purpose, port: port, isTLS: listener.isTLS,
        text: "\(purpose.rawValue) \(scheme)://\(host):\(port)")
    } catch {
      throw SupervisionError(
        "\(purpose)_listen: cannot listen on \(listener.address): \(error); is another process using the port?")
    }
  }
}

/// The socket on which controller and workers meet. The supervisor holds it, so that workers that look for the
/// controller while it is being started again wait in its queue.
struct MeetingPoint {
  let descriptor: Int32
  /// The name in the abstract namespace: no file is left behind.
  let name: String

  init() throws(SupervisionError) {
    let descriptor = socket(
      AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw SupervisionError("socket: \(unsafe String(cString: strerror(errno)))") }
    var random = SystemRandomNumberGenerator()
    name = "torii-\(getpid())-\(String(random.next() as UInt64, radix: 16))"
    guard unsafe UnixAddress.withAbstract(name, { unsafe bind(descriptor, $0, $1) }) == 0,
      Glibc.listen(descriptor, 128) == 0
    else { throw SupervisionError("bind: \(unsafe String(cString: strerror(errno)))") }
    self.descriptor = descriptor
  }
}

/// Addresses in the abstract namespace of Unix domain sockets (unix(7)).
public enum UnixAddress {
  /// Calls `body` with the address of an abstract name, which is at most 100 bytes long.
  public static func withAbstract<Result>(_ name: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result)
    -> Result
  {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(name.utf8.prefix(100))
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in
      // The first byte stays zero: that makes the name abstract.
      for (index, byte) in bytes.enumerated() { unsafe path[index + 1] = byte }
    }
    let length = MemoryLayout<sa_family_t>.size + 1 + bytes.count
    return unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, socklen_t(length)) }
    }
  }
}
