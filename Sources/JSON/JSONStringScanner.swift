/// Finds the bytes of a string that need a closer look, sixteen at a time.
enum JSONStringScanner {
  /// The first offset from `offset` on whose byte is a quote, a backslash, a control character or not ASCII;
  /// `count` when there is none. `base` must point to `count` readable bytes.
  @inline(__always)
  static func firstSpecial(_ base: UnsafeRawPointer, from offset: Int, count: Int) -> Int {
    var offset = offset
    while count &- offset >= 16 {
      let words = specials(unsafe base.loadUnaligned(fromByteOffset: offset, as: SIMD16<Int8>.self))
      if (words[0] | words[1]) != 0 {
        return words[0] != 0
          ? offset &+ UInt64(littleEndian: words[0]).trailingZeroBitCount &>> 3
          : offset &+ 8 &+ UInt64(littleEndian: words[1]).trailingZeroBitCount &>> 3
      }
      offset &+= 16
    }
    while offset < count, unsafe !isSpecial(base.load(fromByteOffset: offset, as: UInt8.self)) { offset &+= 1 }
    return offset
  }

  /// All ones in the bytes that are special, zeros in the others: as two words, the lowest set bit names the first.
  ///
  /// Of SIMD comparisons the compiler makes vector code for "less" and scalar code for "equal": a byte is equal to
  /// another when their difference in bits, moved to the smallest number, is less than the next. (It finds the
  /// machine's "equal" from that.) Seen as signed, bytes that are not ASCII lie below zero and so below 0x20.
  @inline(__always)
  private static func specials(_ bytes: SIMD16<Int8>) -> SIMD2<UInt64> {
    let controls = bytes .< SIMD16<Int8>(repeating: 0x20)
    let quotes = (bytes ^ SIMD16<Int8>(repeating: .min ^ 0x22)) .< SIMD16<Int8>(repeating: .min + 1)
    let backslashes = (bytes ^ SIMD16<Int8>(repeating: .min ^ 0x5C)) .< SIMD16<Int8>(repeating: .min + 1)
    // A lane that holds is -1, and at most one of the three does. Masks have the layout of their vectors.
    let sum =
      unsafe unsafeBitCast(controls, to: SIMD16<Int8>.self)
      &+ unsafeBitCast(quotes, to: SIMD16<Int8>.self) &+ unsafeBitCast(backslashes, to: SIMD16<Int8>.self)
    return unsafe unsafeBitCast(sum, to: SIMD2<UInt64>.self)
  }

  @inline(__always)
  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte &- 0x20 >= 0x60 || byte == 0x22 || byte == 0x5C
  }

  /// Checks a string from the byte after its opening quote on (RFC 8259 §7, and UTF-8).
  /// Returns the offset of the closing quote, and whether a backslash stands before it.
  @inline(__always)
  static func scan(
    _ base: UnsafeRawPointer, from start: Int, count: Int
  ) throws(JSONFailure) -> (closingQuote: Int, hasEscapes: Bool) {
    var offset = start
    var hasEscapes = false
    while true {
      offset = unsafe firstSpecial(base, from: offset, count: count)
      guard offset < count else { throw JSONFailure(problem: .stringNotClosed, offset: count) }
      let byte = unsafe base.load(fromByteOffset: offset, as: UInt8.self)
      if byte == 0x22 { return (offset, hasEscapes) }
      if byte == 0x5C {
        hasEscapes = true
        offset = try unsafe skipEscape(base, at: offset, count: count)
      } else if byte >= 0x80 {
        offset = try unsafe skipNonASCII(base, at: offset, count: count)
      } else {
        throw JSONFailure(problem: .controlCharacter, offset: offset)
      }
    }
  }

  /// Checks the escape whose backslash stands at `offset`; returns the offset after it.
  @inline(__always)
  private static func skipEscape(
    _ base: UnsafeRawPointer, at offset: Int, count: Int
  ) throws(JSONFailure) -> Int {
    guard offset &+ 1 < count else { throw JSONFailure(problem: .stringNotClosed, offset: count) }
    switch unsafe base.load(fromByteOffset: offset &+ 1, as: UInt8.self) {
    case UInt8(ascii: "n"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "t"),
      UInt8(ascii: "r"), UInt8(ascii: "b"), UInt8(ascii: "f"):
      return offset &+ 2
    case UInt8(ascii: "u"):
      for digit in (offset &+ 2)..<(offset &+ 6) {
        guard digit < count else { throw JSONFailure(problem: .badUnicodeEscape, offset: count) }
        guard unsafe HexadecimalDigit.value(base.load(fromByteOffset: digit, as: UInt8.self)) != nil else {
          throw JSONFailure(problem: .badUnicodeEscape, offset: digit)
        }
      }
      return offset &+ 6
    default:
      throw JSONFailure(problem: .unknownEscape, offset: offset &+ 1)
    }
  }

  /// Checks sequences until an ASCII byte; returns its offset, or `count`.
  @inline(__always)
  private static func skipNonASCII(
    _ base: UnsafeRawPointer, at start: Int, count: Int
  ) throws(JSONFailure) -> Int {
    var offset = start
    repeat {
      if count &- offset >= 4 {
        // The commonest case in one look: three bytes (most of the scripts of Asia), E1…EC, EE and EF.
        let word = unsafe UInt32(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        if word & 0xC0C0F0 == 0x8080E0, word & 0x0F != 0, word & 0x0F != 0x0D {
          offset &+= 3
          continue
        }
      }
      let length = unsafe UTF8Sequence.length(base, at: offset, count: count)
      guard length > 0 else { throw JSONFailure(problem: .invalidUTF8, offset: offset) }
      offset &+= length
    } while unsafe offset < count && base.load(fromByteOffset: offset, as: UInt8.self) >= 0x80
    return offset
  }
}

/// Digits to base 16.
enum HexadecimalDigit {
  /// 0 to 15, or `nil` when the byte is no such digit.
  @inline(__always)
  static func value(_ byte: UInt8) -> UInt32? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte &- UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte &- UInt8(ascii: "a") &+ 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte &- UInt8(ascii: "A") &+ 10)
    default: nil
    }
  }
}
