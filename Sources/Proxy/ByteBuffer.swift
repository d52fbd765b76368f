import Glibc

/// Bytes that grow at the end and are taken from the front: heads under construction, bodies that wait.
///
/// Safety: the memory is `capacity` bytes at `base`, of which `count` from `start` are initialised; only this class
/// moves it, so views of it are valid until the next change.
@safe final class ByteBuffer {
  private(set) var base: UnsafeMutableRawPointer
  private(set) var capacity: Int
  /// Offset of the first byte that was not taken.
  private(set) var start = 0
  /// Offset behind the last byte.
  private(set) var end = 0

  /// A buffer that grew beyond this is freed instead of being kept for the next user.
  static let keptCapacity = 128 * 1024

  init(capacity: Int = 4096) {
    self.capacity = max(capacity, 64)
    unsafe base = .allocate(byteCount: self.capacity, alignment: 16)
  }

  deinit { unsafe base.deallocate() }

  /// How many bytes wait.
  @inline(__always) var count: Int { end &- start }
  @inline(__always) var isEmpty: Bool { start == end }
  /// The bytes that wait.
  @inline(__always) var bytes: UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: base + start, count: count)
  }
  /// The same, to be decoded in place.
  @inline(__always) var mutableBytes: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(start: base + start, count: count)
  }

  /// Where more can be written; ``produced(_:)`` says how much was.
  @inline(__always) var room: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(start: base + end, count: capacity &- end)
  }

  /// Counts what was written to ``room``.
  func produced(_ count: Int) { end = min(capacity, end &+ max(0, count)) }

  func removeAll() {
    start = 0
    end = 0
  }

  /// Takes bytes from the front.
  func consume(_ amount: Int) {
    start = min(end, start &+ max(0, amount))
    if start == end { removeAll() }
  }

  /// Cuts the end off.
  func truncate(to newCount: Int) { end = min(end, start &+ max(0, newCount)) }

  /// Makes room for `additional` bytes behind the end.
  @inline(__always)
  func reserve(_ additional: Int) {
    if capacity &- end < additional { grow(additional) }
  }

  @inline(never)
  private func grow(_ additional: Int) {
    if start > 0, capacity &- count >= additional, count <= capacity / 2 {
      unsafe base.copyMemory(from: base + start, byteCount: count)
      end = count
      start = 0
      return
    }
    let waiting = count
    let grown = max(capacity * 2, waiting + additional)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
    unsafe memory.copyMemory(from: base + start, byteCount: waiting)
    unsafe base.deallocate()
    unsafe base = unsafe memory
    capacity = grown
    start = 0
    end = waiting
  }

  /// Gives back room that is not needed: for bytes that will be kept for long.
  func shrink() {
    let waiting = count
    // Less than that is no room of its own to the allocator.
    guard capacity &- waiting >= 32 else { return }
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(waiting, 1), alignment: 16)
    unsafe memory.copyMemory(from: base + start, byteCount: waiting)
    unsafe base.deallocate()
    unsafe base = unsafe memory
    capacity = max(waiting, 1)
    start = 0
    end = waiting
  }

  @inline(__always)
  func append(_ bytes: UnsafeRawBufferPointer) {
    let size = bytes.count
    guard size > 0, let source = bytes.baseAddress else { return }
    reserve(size)
    unsafe (base + end).copyMemory(from: source, byteCount: size)
    end &+= size
  }

  /// Appends two pieces, which may be views of this buffer.
  func append(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) {
    let size = first.count &+ second.count
    guard capacity &- end < size else {
      unsafe append(first)
      unsafe append(second)
      return
    }
    // The old memory goes when both have been copied.
    let grown = max(capacity * 2, count + size)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: grown, alignment: 16)
    let waiting = count
    unsafe memory.copyMemory(from: base + start, byteCount: waiting)
    if let source = first.baseAddress { unsafe (memory + waiting).copyMemory(from: source, byteCount: first.count) }
    if let source = second.baseAddress {
      unsafe (memory + waiting + first.count).copyMemory(from: source, byteCount: second.count)
    }
    unsafe base.deallocate()
    unsafe base = unsafe memory
    capacity = grown
    start = 0
    end = waiting + size
  }

  @inline(__always)
  func append(_ text: StaticString) {
    unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  @inline(__always)
  func append(_ text: [UInt8]) {
    unsafe text.withUnsafeBytes { unsafe append($0) }
  }

  func append(string text: String) {
    var text = text
    text.withUTF8 { unsafe append(UnsafeRawBufferPointer($0)) }
  }

  @inline(__always)
  func append(byte: UInt8) {
    reserve(1)
    unsafe (base + end).storeBytes(of: byte, as: UInt8.self)
    end &+= 1
  }

  /// Appends bytes with ASCII letters in lower case.
  func append(lowercased bytes: UnsafeRawBufferPointer) {
    reserve(bytes.count)
    var position = unsafe base + end
    for index in 0..<bytes.count {
      let byte = unsafe bytes[index]
      unsafe position.storeBytes(of: byte &- 65 < 26 ? byte | 32 : byte, as: UInt8.self)
      unsafe position += 1
    }
    end &+= bytes.count
  }

  /// Appends eight bytes, the lowest first.
  @inline(__always)
  func append(word: UInt64) {
    reserve(8)
    unsafe (base + end).storeBytes(of: word.littleEndian, as: UInt64.self)
    end &+= 8
  }

  /// Appends a number in decimal.
  func append(decimal value: UInt64) {
    reserve(20)
    // Written from its end, behind where it goes, and moved there: counting the digits first would divide once more for each.
    let room = unsafe base + end
    var position = 20
    var rest = value
    repeat {
      position &-= 1
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      unsafe (room + position).storeBytes(of: UInt8(truncatingIfNeeded: 48 &+ digit), as: UInt8.self)
      rest = quotient
    } while rest > 0
    let digits = 20 &- position
    unsafe memmove(room, room + position, digits)
    end &+= digits
  }

  /// Appends a number in decimal.
  func append(decimal value: Int) {
    if value < 0 { append(byte: 45) }
    append(decimal: UInt64(value.magnitude))
  }

  /// Appends a number in lower case hexadecimal without leading zeros.
  func append(hexadecimal value: UInt64) {
    reserve(16)
    let digits = max(1, (64 &- value.leadingZeroBitCount &+ 3) / 4)
    var shift = digits * 4
    while shift > 0 {
      shift &-= 4
      let digit = UInt8(truncatingIfNeeded: (value >> UInt64(shift)) & 15)
      unsafe (base + end).storeBytes(of: digit < 10 ? 48 &+ digit : 87 &+ digit, as: UInt8.self)
      end &+= 1
    }
  }
}

/// Buffers between users: taken when there is something to keep, given back when it is gone.
///
/// One that has grown is kept apart, for whoever needs as much: else a few hundred bytes that wait for long, of a stream for
/// instance, would hold what the body of another request needed.
final class ByteBufferPool {
  private var free: [ByteBuffer] = []
  private var freeLarge: [ByteBuffer] = []
  private let limit: Int
  private let capacity: Int
  private static let largeLimit = 8

  /// - Parameters:
  ///   - capacity: of a new buffer, in bytes; one of more than twice as much counts as large.
  ///   - limit: how many free buffers are kept.
  init(capacity: Int = 4096, limit: Int = 256) {
    self.capacity = capacity
    self.limit = limit
  }

  func take() -> ByteBuffer { free.popLast() ?? ByteBuffer(capacity: capacity) }

  /// A buffer for so many bytes.
  func take(expecting count: Int) -> ByteBuffer {
    guard count > capacity * 2 else { return take() }
    let buffer = freeLarge.popLast() ?? ByteBuffer(capacity: count)
    buffer.reserve(count)
    return buffer
  }

  /// Takes a buffer back. One that was made smaller than the pool's own goes.
  func give(_ buffer: ByteBuffer) {
    guard buffer.capacity <= ByteBuffer.keptCapacity, buffer.capacity >= capacity else { return }
    buffer.removeAll()
    if buffer.capacity > capacity * 2 {
      if freeLarge.count < Self.largeLimit { freeLarge.append(buffer) }
    } else if free.count < limit {
      free.append(buffer)
    }
  }
}
