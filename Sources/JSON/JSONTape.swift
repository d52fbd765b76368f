/// How ``JSONReader`` notes values: 64-bit words in the order of the text.
///
/// Every value begins with a word:
///
///     bit 63      string: it has escapes · number: it has a fraction or an exponent · boolean: it is true
///     bits 60–62  kind
///     bits 32–59  scalar: length in bytes · container: number of elements or members (both may be saturated)
///     bits  0–31  offset of its first byte
///
/// A container has a second word: the offset after its last byte (bits 0–31) and the number of words that it and all
/// it holds take (bits 32–63), so that it is passed over in one step. A scalar too long for 28 bits has one as well.
/// Its words follow; a member is its name's word (a string) and its value's words.
@usableFromInline
enum JSONTape {
  @usableFromInline static let saturated: UInt64 = (1 << 28) - 1
  @usableFromInline static let flag: UInt64 = 1 << 63

  /// A first word.
  @inline(__always)
  static func word(_ kind: JSONValue.Kind, start: Int, extent: UInt64, flag isSet: Bool) -> UInt64 {
    UInt64(truncatingIfNeeded: start) | extent &<< 32 | UInt64(kind.rawValue) &<< 60 | (isSet ? flag : 0)
  }

  /// The offset of the first byte.
  @inlinable @inline(__always)
  static func start(_ word: UInt64) -> Int { Int(truncatingIfNeeded: word & 0xFFFF_FFFF) }

  /// The length or number of elements, saturated.
  @inlinable @inline(__always)
  static func extent(_ word: UInt64) -> UInt64 { word &>> 32 & saturated }

  /// The kind, as its raw value.
  @inlinable @inline(__always)
  static func kind(_ word: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word &>> 60 & 7) }

  /// How many words the value at `entry` takes.
  @inlinable @inline(__always)
  static func length(_ entry: UnsafePointer<UInt64>) -> Int {
    let word = unsafe entry.pointee
    if kind(word) >= JSONValue.Kind.array.rawValue { return unsafe Int(truncatingIfNeeded: entry[1] &>> 32) }
    return extent(word) == saturated ? 2 : 1
  }

  /// The offset after the last byte of the value at `entry`.
  @inlinable @inline(__always)
  static func end(_ entry: UnsafePointer<UInt64>) -> Int {
    let word = unsafe entry.pointee
    if kind(word) >= JSONValue.Kind.array.rawValue || extent(word) == saturated {
      return unsafe Int(truncatingIfNeeded: entry[1] & 0xFFFF_FFFF)
    }
    return start(word) &+ Int(truncatingIfNeeded: extent(word))
  }
}
