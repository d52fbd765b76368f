import CLinux
import EventLoop
import Glibc

/// Listening sockets that systemd opened (socket activation, sd_listen_fds(3)), without its library.
///
/// With them the gateway listens on ports below 1024 without a privilege, and connections wait while it is started anew:
///
/// ```ini
/// # torii.socket
/// [Socket]
/// ListenStream=80
/// FileDescriptorName=proxy
/// Backlog=4096
///
/// [Install]
/// WantedBy=sockets.target
/// ```
///
/// A socket is one of the gateway's listeners when it is bound to the same address, or else when its name is that of a
/// purpose: `proxy`, `admin`, `status`; then it serves the first listener of that purpose that has no socket yet. What no
/// listener wants stays in ``unused``.
public struct SystemdSockets {
  /// An inherited socket.
  public struct Socket: Sendable, Equatable {
    /// Close-on-exec from now on.
    public var descriptor: Int32
    /// `FileDescriptorName=`, or the name of the unit; "" when systemd did not say.
    public var name: String
    /// What it is bound to.
    public var address: SocketAddress
  }

  /// What no listener has taken yet.
  public private(set) var unused: [Socket]

  init(_ sockets: [Socket]) { unused = sockets }

  /// Takes over the sockets that were meant for this process, and takes the variables away, so that no other process takes
  /// them for its own. Empty without socket activation. Descriptors that are no listening stream sockets are closed.
  public static func take() -> SystemdSockets {
    defer { for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsafe unsetenv(name) } }
    let descriptors = passed(
      process: environment("LISTEN_PID"), count: environment("LISTEN_FDS"), names: environment("LISTEN_FDNAMES"),
      ownProcess: getpid())
    var sockets: [Socket] = []
    for (descriptor, name) in descriptors {
      guard let socket = adopt(descriptor, name) else {
        close(descriptor)
        continue
      }
      sockets.append(socket)
    }
    return SystemdSockets(sockets)
  }

  /// The socket of a listener, which is taken out of ``unused``.
  /// - Parameters:
  ///   - purpose: what is served on it.
  ///   - address: what the listener is configured with.
  /// - Returns: the descriptor, the caller's from now on, non-blocking and listening; `nil` when it is to be opened.
  public mutating func take(_ purpose: Inheritance.Socket.Purpose, at address: SocketAddress) -> Int32? {
    guard
      let index = unused.firstIndex(where: { $0.address == address })
        ?? unused.firstIndex(where: { $0.name == purpose.rawValue })
    else { return nil }
    return unused.remove(at: index).descriptor
  }

  // MARK: Pieces

  /// The first descriptor that systemd passes.
  private static let first: Int32 = 3
  private static let limit: Int32 = 1024

  /// The descriptors that the variables speak of, with their names.
  static func passed(process: String?, count: String?, names: String?, ownProcess: pid_t) -> [(Int32, String)] {
    guard let process, pid_t(process) == ownProcess, let count = count.flatMap(Int32.init), (1...limit).contains(count)
    else { return [] }
    let names = (names ?? "").split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    return (0..<count).map { (first + $0, Int($0) < names.count ? names[Int($0)] : "") }
  }

  /// Makes a descriptor the gateway's; `nil` when it is no listening stream socket.
  static func adopt(_ descriptor: Int32, _ name: String) -> Socket? {
    guard option(SO_ACCEPTCONN, of: descriptor) == 1, option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue),
      let address = try? Sockets.localAddress(descriptor)
    else { return nil }
    // As those that the gateway opens itself.
    let flags = fcntl(descriptor, F_GETFL)
    guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0, fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
    else { return nil }
    return Socket(descriptor: descriptor, name: name, address: address)
  }

  private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
    var value: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    // The kernel writes no more than `size` bytes.
    guard unsafe getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 else { return nil }
    return value
  }

  private static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }
}
