import EventLoop
import Glibc
import HTTP

/// The bytes a head was parsed from, which its field lines count in. They lie in the slab they were read into; a head
/// that must stay for long is copied to memory of its own size, so that an open stream does not hold a slab.
///
/// Safety: `base` points into `slab` or to `copy`, whichever is set, and is `count` bytes long.
@safe struct HeadBytes {
  private(set) var base: UnsafeMutableRawPointer?
  private(set) var count = 0
  private var slab: Slab?
  private var copy: UnsafeMutableRawPointer?

  var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: base, count: count) }

  @inline(__always)
  func view(_ range: ByteRange) -> UnsafeRawBufferPointer {
    let start = Int(range.offset)
    let length = Int(range.length)
    guard let base = unsafe base, start &+ length <= count else {
      return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return unsafe UnsafeRawBufferPointer(start: base + start, count: length)
  }

  /// Takes a slab whose readable bytes begin with the head; they are consumed, what follows stays readable.
  mutating func take(_ slab: Slab, length: Int) {
    unsafe base = unsafe slab.base + slab.start
    count = length
    self.slab = slab
    slab.start &+= length
  }

  /// What was read behind the head and not consumed yet.
  var leftover: Slab? { slab }

  /// Lets go of the slab: the head moves to memory of its own, the slab is the caller's.
  mutating func detach() -> Slab? {
    guard let slab else { return nil }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 1)
    if let base = unsafe base { unsafe memory.copyMemory(from: base, byteCount: count) }
    unsafe copy = unsafe memory
    unsafe base = unsafe memory
    self.slab = nil
    return slab
  }

  /// Forgets the head; the slab, if there is one, is the caller's.
  mutating func release() -> Slab? {
    unsafe copy?.deallocate()
    unsafe copy = nil
    unsafe base = nil
    count = 0
    defer { slab = nil }
    return slab
  }
}

/// The fields of a message as they will be sent: those of a parsed head that were not removed, and those added.
///
/// Safety: added names and values are offsets into `text`, which only grows until ``removeAll()``.
@safe struct FieldEdits {
  struct Added {
    var nameOffset: Int
    var nameLength: Int
    var valueOffset: Int
    var valueLength: Int
    var known: FieldName
    var isRemoved: Bool
  }

  private(set) var added: [Added] = []
  private var text: ByteBuffer?
  /// One bit a line of the head, 256 of them: heads have at most 200 lines.
  private var removed: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
  private(set) var isEmpty = true

  mutating func removeAll() {
    guard !isEmpty else { return }
    added.removeAll(keepingCapacity: true)
    text?.removeAll()
    removed = (0, 0, 0, 0)
    isEmpty = true
  }

  mutating func remove(line index: Int) {
    isEmpty = false
    let bit = UInt64(1) << UInt64(index & 63)
    switch index >> 6 {
    case 0: removed.0 |= bit
    case 1: removed.1 |= bit
    case 2: removed.2 |= bit
    default: removed.3 |= bit
    }
  }

  @inline(__always)
  func isRemoved(line index: Int) -> Bool {
    let bit = UInt64(1) << UInt64(index & 63)
    return switch index >> 6 {
    case 0: removed.0 & bit != 0
    case 1: removed.1 & bit != 0
    case 2: removed.2 & bit != 0
    default: removed.3 & bit != 0
    }
  }

  mutating func remove(added index: Int) { added[index].isRemoved = true }

  mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    isEmpty = false
    let text = self.text ?? ByteBuffer(capacity: 1024)
    self.text = text
    let nameOffset = text.count
    let valueOffset = nameOffset + name.count
    // Both at once: a plugin may give a value that it was shown out of this very text.
    unsafe text.append(name, value)
    unsafe added.append(
      Added(
        nameOffset: nameOffset, nameLength: name.count, valueOffset: valueOffset, valueLength: value.count,
        known: FieldName.lookup(name), isRemoved: false))
  }

  mutating func add(_ name: StaticString, _ value: UnsafeRawBufferPointer) {
    unsafe add(UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), value)
  }

  mutating func add(_ name: StaticString, _ value: StaticString) {
    unsafe add(name, UnsafeRawBufferPointer(start: value.utf8Start, count: value.utf8CodeUnitCount))
  }

  /// The last field added under a name that the table of names knows.
  func last(_ known: FieldName) -> Added? {
    if isEmpty { return nil }
    return added.last { $0.known == known && !$0.isRemoved }
  }

  /// Bytes that added fields take together.
  var addedBytes: Int { text?.count ?? 0 }

  func name(_ field: Added) -> UnsafeRawBufferPointer { unsafe view(field.nameOffset, field.nameLength) }
  func value(_ field: Added) -> UnsafeRawBufferPointer { unsafe view(field.valueOffset, field.valueLength) }

  private func view(_ offset: Int, _ length: Int) -> UnsafeRawBufferPointer {
    guard let text, offset &+ length <= text.count else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
    return unsafe UnsafeRawBufferPointer(rebasing: text.bytes[offset..<(offset &+ length)])
  }
}

/// A head with its edits: what plugins see and what is sent.
struct FieldView {
  let head: HeadBytes
  let fields: FieldTable
  /// How many lines of the table count; 0 for a message of our own.
  let lineCount: Int
  let edits: FieldEdits

  /// The `index`-th value of a field, name compared without case.
  func value(_ name: UnsafeRawBufferPointer, _ index: Int) -> UnsafeRawBufferPointer? {
    var seen = 0
    var found: UnsafeRawBufferPointer?
    unsafe forEach { candidate, value, _ in
      guard unsafe FieldValue.equalsIgnoringCase(candidate, name) else { return true }
      if seen == index {
        unsafe found = unsafe value
        return false
      }
      seen &+= 1
      return true
    }
    return unsafe found
  }

  /// Goes through all fields in order until `body` says no more.
  func forEach(_ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, FieldName) -> Bool) {
    for index in 0..<lineCount where !edits.isRemoved(line: index) {
      let line = fields[index]
      if unsafe !body(head.view(line.name), head.view(line.value), line.known) { return }
    }
    for field in edits.added where !field.isRemoved {
      if unsafe !body(edits.name(field), edits.value(field), field.known) { return }
    }
  }
}
