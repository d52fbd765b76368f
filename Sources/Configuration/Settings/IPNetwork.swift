/// An address or a network: `10.0.0.0/8`, `::1`.
public struct IPNetwork: Hashable, Sendable, CustomStringConvertible {
  /// The address: 4 or 16 bytes.
  public let address: [UInt8]
  /// How many bits of it count.
  public let prefixLength: Int
  /// The network as it was written.
  public let description: String

  /// Reads an address or network.
  public init?(parsing text: String) {
    let parts = text.trimmed.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard let first = parts.first, let bytes = Self.bytes(of: first) else { return nil }
    var length = bytes.count * 8
    if parts.count == 2 {
      guard let bits = Int(parts[1]), (0...length).contains(bits) else { return nil }
      length = bits
    }
    address = bytes
    prefixLength = length
    description = text.trimmed
  }

  /// Whether an address lies in the network.
  ///
  /// - Parameter other: 4 or 16 bytes; an IPv4 address in IPv6 form (`::ffff:a.b.c.d`) counts as the IPv4 address.
  public func contains(_ other: [UInt8]) -> Bool {
    var other = other
    if address.count == 4, other.count == 16, other[..<12] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] {
      other = Array(other[12...])
    }
    guard other.count == address.count else { return false }
    for index in 0..<address.count {
      let bits = min(8, max(0, prefixLength - index * 8))
      let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
      if address[index] & mask != other[index] & mask { return false }
    }
    return true
  }

  /// The bytes of an address in text.
  public static func bytes(of text: String) -> [UInt8]? {
    guard let host = try? HostText(parsing: text), host.port == nil else { return nil }
    switch host.kind {
    case .name: return nil
    case .ipv4: return host.host.split(separator: ".").compactMap { UInt8($0) }
    case .ipv6:
      var head: [UInt8] = []
      var tail: [UInt8] = []
      var isTail = false
      let halves = host.host.split(separator: ":", omittingEmptySubsequences: false)
      for (index, group) in halves.enumerated() {
        if group.isEmpty {
          // The empty groups at the ends belong to the gap in the middle.
          if index > 0, index < halves.count - 1 { isTail = true }
          continue
        }
        let bytes =
          group.contains(".")
          ? group.split(separator: ".").compactMap { UInt8($0) }
          : (UInt16(group, radix: 16).map { [UInt8($0 >> 8), UInt8($0 & 0xFF)] } ?? [])
        if isTail { tail += bytes } else { head += bytes }
      }
      guard head.count + tail.count <= 16 else { return nil }
      return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }
  }
}
