/// Scans over `count` bytes of memory, mostly eight at a time. The caller has made sure that the bytes are there: these
/// functions check nothing, and read nothing else.
///
/// Offsets count from `start`.
enum ByteScan {
  /// The first offset at which `byte` stands, or -1. For short ranges; `memchr` is better for long ones.
  @inline(__always)
  static func first(_ byte: UInt8, in start: UnsafeRawPointer, count: Int) -> Int {
    var offset = 0
    while count &- offset >= 8 {
      let found = unsafe zeros(word(start + offset) ^ repeated(UInt64(byte)))
      if found != 0 { return offset &+ firstByte(found) }
      offset &+= 8
    }
    while offset < count {
      if unsafe start.load(fromByteOffset: offset, as: UInt8.self) == byte { return offset }
      offset &+= 1
    }
    return -1
  }

  /// The first offset at which a byte stands that is not in `characters`, or `count`.
  @inline(__always)
  static func end(of characters: CharacterClass, in start: UnsafeRawPointer, count: Int) -> Int {
    var offset = 0
    while offset < count, unsafe characters.contains(start.load(fromByteOffset: offset, as: UInt8.self)) {
      offset &+= 1
    }
    return offset
  }

  /// The first offset at or after `from` at which a byte stands that a field value may not hold, or `count`.
  @inline(__always)
  static func endOfFieldValue(in start: UnsafeRawPointer, from: Int, count: Int) -> Int {
    var offset = from
    while count &- offset >= 8 {
      // A tab is a control too, so a byte like that is left to the table.
      if unsafe mayHoldControl(word(start + offset)) {
        let stop = unsafe end(of: .fieldValue, in: start + offset, count: 8)
        if stop < 8 { return offset &+ stop }
      }
      offset &+= 8
    }
    guard offset < count else { return count }
    if count >= 8 {
      // The last bytes are read as the end of a word; what stands before them is shifted out, spaces move in.
      let missing = UInt64(truncatingIfNeeded: 8 &- (count &- offset)) &* 8
      let word = unsafe word(start + (count &- 8)) &>> missing | repeated(0x20) &<< (64 &- missing)
      if !mayHoldControl(word) { return count }
    }
    return unsafe offset &+ end(of: .fieldValue, in: start + offset, count: count &- offset)
  }

  /// The first offset at or after `from` at which a control stands, tab and DEL included, or `count`.
  @inline(__always)
  static func firstControl(in start: UnsafeRawPointer, from: Int, count: Int) -> Int {
    var offset = from
    while count &- offset >= 8 {
      let found = unsafe controls(word(start + offset))
      if found != 0 { return offset &+ firstByte(found) }
      offset &+= 8
    }
    guard offset < count, count >= 8 else { return count }
    // As above: the last bytes are the end of a word.
    let missing = UInt64(truncatingIfNeeded: 8 &- (count &- offset)) &* 8
    let found = unsafe controls(word(start + (count &- 8)) &>> missing | repeated(0x20) &<< (64 &- missing))
    return found != 0 ? offset &+ firstByte(found) : count
  }

  /// The first offset at which a byte stands that a request target may not hold, or `count`.
  @inline(__always)
  static func endOfTarget(in start: UnsafeRawPointer, count: Int) -> Int {
    var offset = 0
    while count &- offset >= 8 {
      let word = unsafe word(start + offset)
      // Up to the space, DEL, and the number sign.
      let found =
        (word &- repeated(0x21)) & ~word & repeated(0x80) | zeros(word ^ repeated(0x7F)) | zeros(word ^ repeated(0x23))
      if found != 0 { return offset &+ firstByte(found) }
      offset &+= 8
    }
    return unsafe offset &+ end(of: .target, in: start + offset, count: count &- offset)
  }

  /// The first offset at or after `from` at which neither space nor tab stands, or `count`.
  @inline(__always)
  static func skipWhitespace(in start: UnsafeRawPointer, from: Int, count: Int) -> Int {
    var offset = from
    while offset < count, unsafe start.load(fromByteOffset: offset, as: UInt8.self).isOptionalWhitespace {
      offset &+= 1
    }
    return offset
  }

  /// `count` without the spaces and tabs that stand before it, but not less than `from`.
  @inline(__always)
  static func trimWhitespace(in start: UnsafeRawPointer, from: Int, count: Int) -> Int {
    var end = count
    while end > from, unsafe start.load(fromByteOffset: end &- 1, as: UInt8.self).isOptionalWhitespace { end &-= 1 }
    return end
  }

  /// Eight bytes, the first one lowest.
  @inline(__always)
  static func word(_ start: UnsafeRawPointer) -> UInt64 {
    unsafe UInt64(littleEndian: start.loadUnaligned(as: UInt64.self))
  }

  /// Whether a byte of `word` is below 0x20 or is 0x7F. May say yes because of a byte after 0xFF, never no wrongly.
  @inline(__always)
  private static func mayHoldControl(_ word: UInt64) -> Bool {
    // A byte's top bit is set by subtracting when the byte was smaller, by adding when it was 0x7F; bytes from 0x80 had
    // it set before and don't count.
    ((word &- repeated(0x20)) | (word &+ repeated(0x01))) & ~word & repeated(0x80) != 0
  }

  /// The top bit of every byte of `word` that is below 0x20 or is 0x7F; bits above the lowest one may be set wrongly.
  @inline(__always)
  private static func controls(_ word: UInt64) -> UInt64 {
    // Of bytes from 0x80 the other top bits, once subtracted, don't count.
    ((word &- repeated(0x20)) | ((word ^ repeated(0x7F)) &- repeated(0x01))) & ~word & repeated(0x80)
  }

  /// The top bit of every byte of `word` that is zero; bits above the lowest one may be set wrongly.
  @inline(__always)
  private static func zeros(_ word: UInt64) -> UInt64 {
    (word &- repeated(0x01)) & ~word & repeated(0x80)
  }

  /// Which byte the lowest bit of `bits` is in.
  @inline(__always)
  private static func firstByte(_ bits: UInt64) -> Int { bits.trailingZeroBitCount &>> 3 }

  /// A word of eight times the same byte.
  @inline(__always)
  private static func repeated(_ byte: UInt64) -> UInt64 { byte &* 0x0101_0101_0101_0101 }
}
