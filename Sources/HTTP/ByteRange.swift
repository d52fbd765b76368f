/// A run of bytes inside a buffer that somebody else owns: where it begins and how long it is, in bytes.
///
/// Message parts are kept as ranges, so that nothing is copied and the buffer may move while its content stays.
public struct ByteRange: Sendable, Equatable {
  /// The index of the first byte, from the start of the buffer the message was parsed from.
  public var offset: UInt32
  /// The number of bytes.
  public var length: UInt32

  /// Makes a range.
  @inlinable
  public init(offset: UInt32, length: UInt32) {
    self.offset = offset
    self.length = length
  }

  /// An empty range at the start of the buffer.
  @inlinable
  public init() {
    self.init(offset: 0, length: 0)
  }

  /// The range from `lower` up to, not including, `upper`. Both lie inside a message head, whose size is limited.
  @inline(__always)
  init(from lower: Int, to upper: Int) {
    self.init(offset: UInt32(truncatingIfNeeded: lower), length: UInt32(truncatingIfNeeded: upper &- lower))
  }

  /// The index after the last byte.
  @inlinable
  public var end: UInt32 { offset &+ length }

  /// Whether the range holds no byte.
  @inlinable
  public var isEmpty: Bool { length == 0 }
}
