/// Where a socket listens or connects to.
///
/// IPv4 and IPv6 addresses are held in the value itself: decoding and passing them on allocates nothing.
public enum SocketAddress: Sendable, Hashable {
  /// An IPv4 address (in host order: 127.0.0.1 is `0x7F00_0001`) and a port.
  case ipv4(UInt32, port: UInt16)
  /// An IPv6 address and a port.
  case ipv6(IPv6Address, port: UInt16)
  /// The path of a Unix domain socket; empty for a peer without a name.
  case unix(path: String)

  /// 127.0.0.1 with a port.
  public static func loopback(port: UInt16) -> SocketAddress { .ipv4(0x7F00_0001, port: port) }

  /// The port; 0 for a Unix domain socket.
  public var port: UInt16 {
    switch self {
    case .ipv4(_, let port), .ipv6(_, let port): port
    case .unix: 0
    }
  }

  /// The same address with another port. A Unix domain socket stays as it is.
  public func with(port: UInt16) -> SocketAddress {
    switch self {
    case .ipv4(let address, _): .ipv4(address, port: port)
    case .ipv6(let address, _): .ipv6(address, port: port)
    case .unix: self
    }
  }

  /// Whether this is a Unix domain socket.
  public var isUnix: Bool {
    if case .unix = self { true } else { false }
  }
}
