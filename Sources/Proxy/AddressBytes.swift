import EventLoop

/// Addresses as the bytes they are compared by.
enum AddressBytes {
  static func of(_ text: String) -> [UInt8]? { SocketAddress(host: text, port: 0).flatMap(of) }

  static func of(_ address: SocketAddress) -> [UInt8]? {
    switch address {
    case .ipv4(let value, _): return bytes(UInt64(value) << 32, 4)
    case .ipv6(let value, _):
      if let mapped = value.mappedIPv4 { return bytes(UInt64(mapped) << 32, 4) }
      return bytes(value.high, 8) + bytes(value.low, 8)
    case .unix: return nil
    }
  }

  private static func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - $0 * 8)) }
  }
}
