import EventLoop

extension SocketAddress {
  /// The address as 4 or 16 bytes; `nil` for a Unix domain socket.
  var bytes: [UInt8]? {
    func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - $0 * 8)) }
    }
    switch self {
    case .ipv4(let value, _): return bytes(UInt64(value) << 32, 4)
    case .ipv6(let value, _): return bytes(value.high, 8) + bytes(value.low, 8)
    case .unix: return nil
    }
  }
}
