import CJSONText

/// Finds the bytes of a string that need a closer look, up to 64 at a time.
enum JSONStringScanner {
  /// The first offset from `offset` on whose byte is a quote, a backslash, a control character or not ASCII;
  /// `count` when there is none. `base` must point to `count` readable bytes.
  @inline(__always)
  static func firstSpecial(_ base: UnsafeRawPointer, from offset: Int, count: Int) -> Int {
    var offset = offset
    while count &- offset >= 16 {
      let specials = unsafe cjsontext_specials_of_16(base + offset)
      if specials != 0 { return offset &+ specials.trailingZeroBitCount }
      offset &+= 16
    }
    while offset < count, unsafe !isSpecial(base.load(fromByteOffset: offset, as: UInt8.self)) { offset &+= 1 }
    return offset
  }

  @inline(__always)
  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte &- 0x20 >= 0x60 || byte == 0x22 || byte == 0x5C
  }

  /// Where a string ends whose first byte after the quote stands at `start`, if it is short and nothing in it needs a look.
  @inline(__always)
  static func closingQuote(ofShort base: UnsafeRawPointer, from start: Int, count: Int) -> Int? {
    guard count &- start >= 16 else { return nil }
    let specials = unsafe cjsontext_specials_of_16(base + start)
    guard specials != 0 else { return nil }
    let first = start &+ specials.trailingZeroBitCount
    return unsafe base.load(fromByteOffset: first, as: UInt8.self) == 0x22 ? first : nil
  }

  /// Checks a string from the byte after its opening quote on (RFC 8259 §7, and UTF-8).
  /// Returns the offset of the closing quote, and whether a backslash stands before it.
  @inline(__always)
  static func scan(
    _ base: UnsafeRawPointer, from start: Int, count: Int
  ) throws(JSONFailure) -> (closingQuote: Int, hasEscapes: Bool) {
    var offset = start
    var hasEscapes = false
    // Most strings are short. Of the others every block is looked at once, and what is special in it taken in turn.
    var width = 16
    blocks: while count &- offset >= 16 {
      if count &- offset < 64 { width = 16 }
      var specials =
        unsafe width == 16 ? cjsontext_specials_of_16(base + offset) : cjsontext_specials_of_64(base + offset)
      while specials != 0 {
        let special = offset &+ specials.trailingZeroBitCount
        let byte = unsafe base.load(fromByteOffset: special, as: UInt8.self)
        if byte == 0x22 { return (special, hasEscapes) }
        let next = try unsafe skip(byte, base, at: special, count: count, &hasEscapes)
        guard next &- offset < width else {
          offset = next
          width = 64
          continue blocks
        }
        specials &= .max &<< UInt64(truncatingIfNeeded: next &- offset)
      }
      offset &+= width
      width = 64
    }
    while offset < count {
      let byte = unsafe base.load(fromByteOffset: offset, as: UInt8.self)
      if byte == 0x22 { return (offset, hasEscapes) }
      offset = isSpecial(byte) ? try unsafe skip(byte, base, at: offset, count: count, &hasEscapes) : offset &+ 1
    }
    throw JSONFailure(problem: .stringNotClosed, offset: count)
  }

  /// Checks what begins at `offset` with a special byte that is no quote; returns the offset after it.
  @inline(__always)
  private static func skip(
    _ byte: UInt8, _ base: UnsafeRawPointer, at offset: Int, count: Int, _ hasEscapes: inout Bool
  ) throws(JSONFailure) -> Int {
    if byte == 0x5C {
      hasEscapes = true
      if offset &+ 1 < count, unsafe isEscapeOfTwo(base.load(fromByteOffset: offset &+ 1, as: UInt8.self)) {
        return offset &+ 2
      }
      return try unsafe skipEscape(base, at: offset, count: count)
    }
    if byte >= 0x80 { return try unsafe skipNonASCII(base, at: offset, count: count) }
    throw JSONFailure(problem: .controlCharacter, offset: offset)
  }

  /// Whether a letter after a backslash makes an escape that ends with it. Looked up in bits, all at once: which one comes
  /// next cannot be foretold, and guesses that fail cost more than everything else here.
  @inline(__always)
  private static func isEscapeOfTwo(_ letter: UInt8) -> Bool {
    // " and / below 64; \\, b, f, n, r and t above.
    let low: UInt64 = 1 << 0x22 | 1 << 0x2F
    let high: UInt64 = 1 << 0x1C | 1 << 0x22 | 1 << 0x26 | 1 << 0x2E | 1 << 0x32 | 1 << 0x34
    let half = letter & 0x40 == 0 ? low : high
    return (half &>> UInt64(letter & 0x3F)) & 1 & UInt64(letter ^ 0x80) &>> 7 != 0
  }

  /// Checks the escape whose backslash stands at `offset`; returns the offset after it.
  @inline(never)
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
  @inline(never)
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
