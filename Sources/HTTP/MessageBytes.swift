import Glibc

/// The bytes a message is parsed from, for the duration of one call.
///
/// All reading of foreign memory by the parsers happens in this file. Every access is checked against the buffer's
/// size, the scanning functions once for their whole range, so that a parser's arithmetic can be wrong without reading
/// what is not the message's.
@safe
struct MessageBytes {
  private let base: UnsafeRawPointer
  /// The number of bytes.
  let count: Int

  /// A view of `buffer`, which must outlive it; `nil` when there is nothing to see.
  @inline(__always)
  init?(_ buffer: UnsafeRawBufferPointer) {
    guard let base = buffer.baseAddress, buffer.count > 0 else { return nil }
    unsafe self.base = base
    self.count = buffer.count
  }

  /// The byte at `index`.
  @inline(__always)
  subscript(index: Int) -> UInt8 {
    precondition(UInt(bitPattern: index) < UInt(bitPattern: count))
    return unsafe base.load(fromByteOffset: index, as: UInt8.self)
  }

  /// The eight bytes from `index` as a little-endian word.
  @inline(__always)
  func word(at index: Int) -> UInt64 {
    check(index, index &+ 8)
    return load(index)
  }

  /// The bytes of `range`.
  @inline(__always)
  func buffer(_ range: ByteRange) -> UnsafeRawBufferPointer {
    check(Int(range.offset), Int(range.end))
    return unsafe UnsafeRawBufferPointer(start: base + Int(range.offset), count: Int(range.length))
  }

  /// The first index in `from ..< to` where `byte` stands, or -1.
  @inline(__always)
  func firstIndex(of byte: UInt8, from: Int, to: Int) -> Int {
    check(from, to)
    guard let found = unsafe memchr(base + from, Int32(byte), to &- from) else { return -1 }
    return unsafe UnsafeRawPointer(found) - base
  }

  /// The first index in `from ..< to` where `byte` stands, or -1; for ranges that are mostly short.
  @inline(__always)
  func firstIndexNearby(of byte: UInt8, from: Int, to: Int) -> Int {
    check(from, to)
    var index = from
    while to &- index >= 8 {
      let found = zeros(load(index) ^ repeated(UInt64(byte)))
      if found != 0 { return index &+ firstByte(found) }
      index &+= 8
    }
    while index < to {
      if unsafe base.load(fromByteOffset: index, as: UInt8.self) == byte { return index }
      index &+= 1
    }
    return -1
  }

  /// The first index in `from ..< to` whose byte is not in `characters`, or `to`.
  @inline(__always)
  func end(of characters: CharacterClass, from: Int, to: Int) -> Int {
    check(from, to)
    var index = from
    while index < to, unsafe characters.contains(base.load(fromByteOffset: index, as: UInt8.self)) { index &+= 1 }
    return index
  }

  /// The first index in `from ..< to` whose byte a field value may not hold, or `to`.
  @inline(__always)
  func endOfFieldValue(from: Int, to: Int) -> Int {
    check(from, to)
    var index = from
    while to &- index >= 8 {
      // A tab is a control too, so a byte like that is left to the table.
      if mayHoldControl(load(index)) {
        let stop = end(of: .fieldValue, from: index, to: index &+ 8)
        if stop < index &+ 8 { return stop }
      }
      index &+= 8
    }
    guard index < to else { return to }
    if to >= 8 {
      // The last bytes are read as the end of a word; what stands before them is shifted out, spaces move in.
      let missing = UInt64(truncatingIfNeeded: 8 &- (to &- index)) &* 8
      let word = load(to &- 8) &>> missing | repeated(0x20) &<< (64 &- missing)
      if !mayHoldControl(word) { return to }
    }
    return end(of: .fieldValue, from: index, to: to)
  }

  /// The first index in `from ..< to` whose byte a request target may not hold, or `to`.
  @inline(__always)
  func endOfTarget(from: Int, to: Int) -> Int {
    check(from, to)
    var index = from
    while to &- index >= 8 {
      let word = load(index)
      // Up to the space, DEL, and the number sign.
      let found =
        (word &- repeated(0x21)) & ~word & repeated(0x80) | zeros(word ^ repeated(0x7F)) | zeros(word ^ repeated(0x23))
      if found != 0 { return index &+ firstByte(found) }
      index &+= 8
    }
    return end(of: .target, from: index, to: to)
  }

  /// The first index in `from ..< to` that holds neither space nor tab, or `to`.
  @inline(__always)
  func skipWhitespace(from: Int, to: Int) -> Int {
    check(from, to)
    var index = from
    while index < to, unsafe base.load(fromByteOffset: index, as: UInt8.self).isOptionalWhitespace { index &+= 1 }
    return index
  }

  /// The end of `from ..< to` without the spaces and tabs at its end.
  @inline(__always)
  func trimWhitespace(from: Int, to: Int) -> Int {
    check(from, to)
    var end = to
    while end > from, unsafe base.load(fromByteOffset: end &- 1, as: UInt8.self).isOptionalWhitespace { end &-= 1 }
    return end
  }

  /// Whether the bytes of `from ..< to` spell `lowercased` in any case: a literal that ``spells(_:_:)`` takes.
  @inline(__always)
  func equals(_ lowercased: StaticString, from: Int, to: Int) -> Bool {
    check(from, to)
    return unsafe to &- from == lowercased.utf8CodeUnitCount && spells(base + from, lowercased)
  }

  /// The known name that the bytes of `from ..< to` spell.
  @inline(__always)
  func fieldName(from: Int, to: Int) -> FieldName {
    check(from, to)
    return unsafe FieldName.lookup(base + from, count: to &- from)
  }

  /// Eight bytes, the first one lowest. The caller has checked that they are there.
  @inline(__always)
  private func load(_ index: Int) -> UInt64 {
    unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
  }

  @inline(__always)
  private func check(_ from: Int, _ to: Int) {
    // As unsigned numbers, negative ones are too large.
    precondition(UInt(bitPattern: from) <= UInt(bitPattern: to) && UInt(bitPattern: to) <= UInt(bitPattern: count))
  }
}

/// Whether a byte of `word` is below 0x20 or is 0x7F. May say yes because of a byte after 0xFF, never no wrongly.
@inline(__always)
private func mayHoldControl(_ word: UInt64) -> Bool {
  // A byte's top bit is set by subtracting when the byte was smaller, by adding when it was 0x7F; bytes from 0x80 had
  // it set before and don't count.
  ((word &- repeated(0x20)) | (word &+ repeated(0x01))) & ~word & repeated(0x80) != 0
}

/// The top bit of every byte of `word` that is zero; bits above the lowest one may be set wrongly.
@inline(__always)
private func zeros(_ word: UInt64) -> UInt64 {
  (word &- repeated(0x01)) & ~word & repeated(0x80)
}

/// Which byte the lowest bit of `bits` is in.
@inline(__always)
private func firstByte(_ bits: UInt64) -> Int { bits.trailingZeroBitCount &>> 3 }

/// A word of eight times the same byte.
@inline(__always)
private func repeated(_ byte: UInt64) -> UInt64 { byte &* 0x0101_0101_0101_0101 }
