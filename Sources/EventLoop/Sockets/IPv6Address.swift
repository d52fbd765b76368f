/// An IPv6 address with the interface it is scoped to.
public struct IPv6Address: Sendable, Hashable {
  /// The first eight bytes, in host order.
  public let high: UInt64
  /// The last eight bytes, in host order.
  public let low: UInt64
  /// The interface of a link-local address (RFC 4007); 0 for none.
  public let scope: UInt32

  /// Makes an address from its halves in host order.
  @inlinable
  public init(high: UInt64, low: UInt64, scope: UInt32 = 0) {
    self.high = high
    self.low = low
    self.scope = scope
  }

  /// `::1`.
  public static let loopback = IPv6Address(high: 0, low: 1)
  /// `::`.
  public static let any = IPv6Address(high: 0, low: 0)

  /// The IPv4 address inside an IPv4-mapped one, `::ffff:a.b.c.d` (RFC 4291 section 2.5.5.2), in host order.
  public var mappedIPv4: UInt32? {
    high == 0 && low >> 32 == 0xFFFF ? UInt32(truncatingIfNeeded: low) : nil
  }
}
