import CToriiPlugin
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
    // In 32 bits: all that is added to a head is far less.
    var nameOffset: UInt32
    var nameLength: UInt32
    var valueOffset: UInt32
    var valueLength: UInt32
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

  /// Gives back room that is not needed: for a message that will be kept for long.
  mutating func shrink() {
    text?.shrink()
    guard added.capacity > added.count &+ 1 else { return }
    var exact: [Added] = []
    exact.reserveCapacity(added.count)
    exact.append(contentsOf: added)
    added = exact
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
    let text = self.text ?? ByteBuffer(capacity: 256)
    self.text = text
    let nameOffset = text.count
    let valueOffset = nameOffset + name.count
    // Both at once: a plugin may give a value that it was shown out of this very text.
    unsafe text.append(name, value)
    unsafe added.append(
      Added(
        nameOffset: UInt32(truncatingIfNeeded: nameOffset), nameLength: UInt32(truncatingIfNeeded: name.count),
        valueOffset: UInt32(truncatingIfNeeded: valueOffset), valueLength: UInt32(truncatingIfNeeded: value.count),
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

  private func view(_ offset: UInt32, _ length: UInt32) -> UnsafeRawBufferPointer {
    let offset = Int(offset)
    let length = Int(length)
    guard let text, offset &+ length <= text.count else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
    return unsafe UnsafeRawBufferPointer(rebasing: text.bytes[offset..<(offset &+ length)])
  }
}

/// The lines of a head, for as long as one look at them takes.
@safe struct HeadLines {
  let bytes: UnsafeRawBufferPointer
  let fields: FieldTable
  /// How many lines of the table count; 0 for a message of our own.
  let count: Int

  init(_ head: borrowing HeadBytes, _ fields: FieldTable, count: Int) {
    unsafe bytes = unsafe head.bytes
    self.fields = fields
    self.count = count
  }

  @inline(__always)
  func view(_ range: ByteRange) -> UnsafeRawBufferPointer {
    let start = Int(range.offset)
    let length = Int(range.length)
    guard let base = unsafe bytes.baseAddress, unsafe start &+ length <= bytes.count else {
      return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return unsafe UnsafeRawBufferPointer(start: base + start, count: length)
  }
}

/// A field name that is looked for: names are compared without case (RFC 9110 §5.1), those that the table knows by their
/// number.
@safe struct WantedName {
  let bytes: UnsafeRawBufferPointer
  let known: FieldName

  init(_ bytes: UnsafeRawBufferPointer) {
    unsafe self.bytes = unsafe bytes
    known = unsafe FieldName.lookup(bytes)
  }

  @inline(__always)
  func isName(_ candidate: UnsafeRawBufferPointer, _ candidateKnown: FieldName) -> Bool {
    guard known == candidateKnown else { return false }
    if known != .other { return true }
    // Names of one family differ at their ends.
    guard let last = unsafe candidate.last, unsafe candidate.count == bytes.count,
      unsafe (last ^ bytes[bytes.count - 1]) & 0xDF == 0
    else { return false }
    return unsafe FieldValue.equalsIgnoringCase(candidate, bytes)
  }
}

/// What plugins ask of a head and do to it. These functions change nothing or little; they are `mutating` so that edits that are
/// part of an object are worked on where they lie, and not in a copy that would be counted in and out.
extension FieldEdits {
  /// The `index`-th value of a field.
  mutating func value(_ wanted: WantedName, _ index: Int, in lines: HeadLines) -> UnsafeRawBufferPointer? {
    var left = index
    for place in 0..<lines.count {
      let line = lines.fields[place]
      guard line.known == wanted.known, unsafe wanted.isName(lines.view(line.name), line.known),
        !isRemoved(line: place)
      else { continue }
      if left == 0 { return unsafe lines.view(line.value) }
      left &-= 1
    }
    for place in added.indices where !added[place].isRemoved {
      guard unsafe wanted.isName(name(added[place]), added[place].known) else { continue }
      if left == 0 { return unsafe value(added[place]) }
      left &-= 1
    }
    return nil
  }

  /// The field line at a position, from 0: what `torii.headers/1` answers to `at`.
  mutating func line(
    at position: UInt32, in lines: HeadLines, _ name: inout torii_slice, _ value: inout torii_slice
  ) -> torii_status {
    var left = Int(position)
    // Where nothing was changed, the position is the line's place.
    var place = isEmpty ? min(left, lines.count) : 0
    if isEmpty { left = 0 }
    while place < lines.count {
      if !isRemoved(line: place) {
        if left == 0 {
          let line = lines.fields[place]
          unsafe name = unsafe torii_slice(viewing: lines.view(line.name))
          unsafe value = unsafe torii_slice(viewing: lines.view(line.value))
          return TORII_OK
        }
        left &-= 1
      }
      place &+= 1
    }
    for place in added.indices where !added[place].isRemoved {
      if left == 0 {
        unsafe name = unsafe torii_slice(viewing: self.name(added[place]))
        unsafe value = unsafe torii_slice(viewing: self.value(added[place]))
        return TORII_OK
      }
      left &-= 1
    }
    return TORII_E_NOT_FOUND
  }

  /// Removes all fields of a name; whether there was one.
  mutating func remove(_ wanted: WantedName, in lines: HeadLines) -> Bool {
    var found = false
    for place in 0..<lines.count {
      let line = lines.fields[place]
      guard line.known == wanted.known, unsafe wanted.isName(lines.view(line.name), line.known),
        !isRemoved(line: place)
      else { continue }
      found = true
      remove(line: place)
    }
    for place in added.indices where !added[place].isRemoved {
      guard unsafe wanted.isName(name(added[place]), added[place].known) else { continue }
      found = true
      remove(added: place)
    }
    return found
  }
}
