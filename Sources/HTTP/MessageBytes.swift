import Glibc

/// The bytes a message is parsed from, for the duration of one call.
///
/// The parsers read foreign memory through this type. Every access is checked against the buffer's size, the
/// scanning functions (``ByteScan``) once for their whole range, so that a parser's arithmetic can be wrong without
/// reading what is not the message's.
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
    return unsafe ByteScan.word(base + index)
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

  /// Where the bytes of `from ..< to` stand in memory, as long as the buffer does.
  @inline(__always)
  func start(from: Int, to: Int) -> UnsafeRawPointer {
    check(from, to)
    return unsafe base + from
  }

  /// The first index in `from ..< to` where `byte` stands, or -1; for ranges that are mostly short.
  @inline(__always)
  func firstIndexNearby(of byte: UInt8, from: Int, to: Int) -> Int {
    let found = unsafe ByteScan.first(byte, in: start(from: from, to: to), count: to &- from)
    return found < 0 ? found : from &+ found
  }

  /// The first index in `from ..< to` whose byte is not in `characters`, or `to`.
  @inline(__always)
  func end(of characters: CharacterClass, from: Int, to: Int) -> Int {
    unsafe from &+ ByteScan.end(of: characters, in: start(from: from, to: to), count: to &- from)
  }

  /// The first index in `from ..< to` whose byte a field value may not hold, or `to`.
  @inline(__always)
  func endOfFieldValue(from: Int, to: Int) -> Int {
    unsafe from &+ ByteScan.endOfFieldValue(in: start(from: from, to: to), from: 0, count: to &- from)
  }

  /// The first index in `from ..< to` whose byte a request target may not hold, or `to`.
  @inline(__always)
  func endOfTarget(from: Int, to: Int) -> Int {
    unsafe from &+ ByteScan.endOfTarget(in: start(from: from, to: to), count: to &- from)
  }

  /// The first index in `from ..< to` that holds neither space nor tab, or `to`.
  func skipWhitespace(from: Int, to: Int) -> Int {
    unsafe ByteScan.skipWhitespace(in: start(from: 0, to: to), from: from, count: to)
  }

  /// Whether the bytes of `from ..< to` spell `lowercased` in any case: a literal that ``spells(_:_:)`` takes.
  @inline(__always)
  func equals(_ lowercased: StaticString, from: Int, to: Int) -> Bool {
    let start = unsafe start(from: from, to: to)
    return unsafe to &- from == lowercased.utf8CodeUnitCount && spells(start, lowercased)
  }

  @inline(__always)
  private func check(_ from: Int, _ to: Int) {
    // As unsigned numbers, negative ones are too large.
    precondition(UInt(bitPattern: from) <= UInt(bitPattern: to) && UInt(bitPattern: to) <= UInt(bitPattern: count))
  }
}
