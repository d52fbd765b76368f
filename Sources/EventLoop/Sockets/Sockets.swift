import CLinux
import Glibc

/// Opening, accepting and asking sockets. All are non-blocking and closed on exec; a connection costs no `fcntl`.
///
/// Safety: every structure whose address is passed to the kernel is a local of the size passed with it.
public enum Sockets {
  private static let streamType =
    Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

  /// Opens a listening socket.
  ///
  /// TCP sockets get `SO_REUSEADDR`, `IPV6_V6ONLY` (so that `0.0.0.0` and `::` can both be bound), and `TCP_NODELAY`, which the
  /// accepted connections inherit. A Unix domain socket whose file was left behind by a process that is gone is replaced.
  ///
  /// - Parameters:
  ///   - address: where to listen; port 0 lets the kernel choose, see `localAddress(_:)`.
  ///   - backlog: how many connections may wait; the kernel caps it at `net.core.somaxconn`.
  ///   - reusePort: several sockets may listen on the same port and the kernel spreads connections over them (`SO_REUSEPORT`).
  /// - Returns: the descriptor, which is the caller's.
  public static func listen(
    on address: SocketAddress, backlog: Int32 = 4096, reusePort: Bool = false
  ) throws(SystemError) -> Int32 {
    try checkPath(address)
    let descriptor = socket(address.family, streamType, 0)
    guard descriptor >= 0 else { throw SystemError(operation: "socket") }
    do throws(SystemError) {
      if !address.isUnix {
        try setOption(descriptor, SOL_SOCKET, SO_REUSEADDR, 1, "setsockopt(SO_REUSEADDR)")
        if reusePort { try setOption(descriptor, SOL_SOCKET, SO_REUSEPORT, 1, "setsockopt(SO_REUSEPORT)") }
        if address.family == AF_INET6 {
          try setOption(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1, "setsockopt(IPV6_V6ONLY)")
        }
        try setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1, "setsockopt(TCP_NODELAY)")
      }
      try bind(descriptor, to: address)
      guard Glibc.listen(descriptor, backlog) == 0 else { throw SystemError(operation: "listen") }
    } catch {
      _ = Glibc.close(descriptor)
      throw error
    }
    return descriptor
  }

  /// Accepts one waiting connection: one system call. An interrupted or already aborted connection is passed over.
  public static func accept(_ listener: Int32) -> AcceptResult {
    var storage = sockaddr_storage()
    while true {
      var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
      let descriptor = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
        unsafe clinux_accept4(
          listener, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length,
          Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue))
      }
      if descriptor >= 0 {
        return .connection(descriptor, SocketAddress(storage, length: length) ?? .unix(path: ""))
      }
      switch errno {
      case EAGAIN: return .wouldBlock
      // accept(2): network errors that belong to the new connection are reported by accept and mean "try the next one".
      case EINTR, ECONNABORTED, EPROTO, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, ENETUNREACH:
        continue
      default: return .failed(SystemError(operation: "accept"))
      }
    }
  }

  /// Starts connecting.
  ///
  /// - Returns: the descriptor, which is the caller's, and whether the connection is still being made: then the loop reports
  ///   `writable` when it is decided, and `connectionError(_:)` tells how.
  public static func connect(to address: SocketAddress) throws(SystemError) -> (descriptor: Int32, inProgress: Bool) {
    try checkPath(address)
    let descriptor = socket(address.family, streamType, 0)
    guard descriptor >= 0 else { throw SystemError(operation: "socket") }
    do throws(SystemError) {
      if !address.isUnix {
        try setOption(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1, "setsockopt(TCP_NODELAY)")
      }
      if unsafe address.withSockaddr({ unsafe Glibc.connect(descriptor, $0, $1) }) == 0 { return (descriptor, false) }
      // An interrupted connect goes on by itself (connect(2)).
      if errno == EINPROGRESS || errno == EINTR { return (descriptor, true) }
      throw SystemError(operation: "connect")
    } catch {
      _ = Glibc.close(descriptor)
      throw error
    }
  }

  /// How a connection in progress ended: nil when it was made (or is still in progress). Reading it clears it.
  public static func connectionError(_ descriptor: Int32) -> SystemError? {
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else {
      return SystemError(operation: "getsockopt(SO_ERROR)")
    }
    return code == 0 ? nil : SystemError(code: code, operation: "connect")
  }

  /// The address a socket is bound to.
  public static func localAddress(_ descriptor: Int32) throws(SystemError) -> SocketAddress {
    try unsafe address("getsockname") { unsafe getsockname(descriptor, $0, $1) }
  }

  /// The address of the peer of a connected socket.
  public static func peerAddress(_ descriptor: Int32) throws(SystemError) -> SocketAddress {
    try unsafe address("getpeername") { unsafe getpeername(descriptor, $0, $1) }
  }

  /// Closes a descriptor that belongs to no `EventSource`. Those are closed by `EventLoop.close(_:)`.
  public static func close(_ descriptor: Int32) {
    _ = Glibc.close(descriptor)
  }

  // MARK: Parts

  private static func address(
    _ operation: StaticString, _ ask: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) throws(SystemError) -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
      guard let base = bytes.baseAddress else { return -1 as Int32 }
      return unsafe ask(base.assumingMemoryBound(to: sockaddr.self), &length)
    }
    guard result == 0 else { throw SystemError(operation: operation) }
    guard let address = SocketAddress(storage, length: length) else {
      throw SystemError(code: EAFNOSUPPORT, operation: operation)
    }
    return address
  }

  private static func bind(_ descriptor: Int32, to address: SocketAddress) throws(SystemError) {
    if unsafe address.withSockaddr({ unsafe Glibc.bind(descriptor, $0, $1) }) == 0 { return }
    let failure = SystemError(operation: "bind")
    guard failure.code == EADDRINUSE, case .unix(let path) = address, isAbandoned(address) else { throw failure }
    _ = unsafe unlink(path)
    guard unsafe address.withSockaddr({ unsafe Glibc.bind(descriptor, $0, $1) }) == 0 else {
      throw SystemError(operation: "bind")
    }
  }

  /// Whether a Unix domain socket's file exists but nobody listens.
  private static func isAbandoned(_ address: SocketAddress) -> Bool {
    do {
      let (descriptor, _) = try connect(to: address)
      _ = Glibc.close(descriptor)
      return false
    } catch {
      return error.code == ECONNREFUSED
    }
  }

  private static func checkPath(_ address: SocketAddress) throws(SystemError) {
    guard case .unix(let path) = address else { return }
    if path.utf8.count > SocketAddress.maximumUnixPathLength {
      throw SystemError(code: ENAMETOOLONG, operation: "socket")
    }
    if path.isEmpty || path.utf8.contains(0) { throw SystemError(code: EINVAL, operation: "socket") }
  }

  private static func setOption(
    _ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32, _ operation: StaticString
  ) throws(SystemError) {
    var value = value
    guard unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
      throw SystemError(operation: operation)
    }
  }
}
