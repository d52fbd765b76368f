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
    return unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
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
      let word = unsafe base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      // A tab is a control too: the table decides.
      if hasControl(word) {
        let stop = end(of: .fieldValue, from: index, to: index &+ 8)
        if stop < index &+ 8 { return stop }
      }
      index &+= 8
    }
    return end(of: .fieldValue, from: index, to: to)
  }

  /// The first index in `from ..< to` whose byte a request target may not hold, or `to`.
  @inline(__always)
  func endOfTarget(from: Int, to: Int) -> Int {
    check(from, to)
    var index = from
    while to &- index >= 8 {
      let word = unsafe base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      if hasControl(word) || hasZero(word ^ repeated(0x20)) || hasZero(word ^ repeated(0x23)) { break }
      index &+= 8
    }
    return end(of: .target, from: index, to: to)
  }

  /// Whether the bytes of `from ..< to` are `lowercased` in any case; `lowercased` holds no upper-case letter.
  @inline(__always)
  func equals(_ lowercased: StaticString, from: Int, to: Int) -> Bool {
    check(from, to)
    return unsafe FieldValue.equalsIgnoringCase(
      UnsafeRawBufferPointer(start: base + from, count: to &- from), lowercased)
  }

  /// The known name that the bytes of `from ..< to` spell.
  @inline(__always)
  func fieldName(from: Int, to: Int) -> FieldName {
    check(from, to)
    return unsafe FieldName.lookup(base + from, count: to &- from)
  }

  @inline(__always)
  private func check(_ from: Int, _ to: Int) {
    precondition(from >= 0 && from <= to && to <= count)
  }
}

/// Whether a byte of `word` is below 0x20 or is 0x7F.
@inline(__always)
private func hasControl(_ word: UInt64) -> Bool {
  // Subtracting sets a byte's top bit when the byte was smaller; bytes from 0x80 had it set before and don't count.
  (word &- repeated(0x20)) & ~word & repeated(0x80) != 0 || hasZero(word ^ repeated(0x7F))
}

/// Whether a byte of `word` is zero.
@inline(__always)
private func hasZero(_ word: UInt64) -> Bool {
  (word &- repeated(0x01)) & ~word & repeated(0x80) != 0
}

/// A word of eight times the same byte.
@inline(__always)
private func repeated(_ byte: UInt64) -> UInt64 { byte &* 0x0101_0101_0101_0101 }
