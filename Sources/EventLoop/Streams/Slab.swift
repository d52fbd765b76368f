/// A buffer of 16 KiB, or 64 KiB for a body of which much is to come, with a range of bytes that wait to be read.
///
/// Safety: the memory is `capacity` bytes at `base`, allocated in `init` and freed in `deinit`; what is derived from `base` is valid
/// for as long as the slab is held and not given back to its pool.
@safe
public final class Slab {
  /// The size of a slab, in bytes: what a message's head has to fit into.
  public static let capacity = 16 * 1024
  /// The size of a large slab, in bytes: a body that is longer costs a read and a write for each so many.
  public static let largeCapacity = 64 * 1024

  /// The size of the memory, in bytes.
  public let capacity: Int

  /// The first byte of the memory.
  public let base: UnsafeMutableRawPointer

  // Exclusivity is not checked: the fields are read and written in one go, on the loop's thread.
  @exclusivity(unchecked)
  @usableFromInline
  var startOffset = 0
  @exclusivity(unchecked)
  @usableFromInline
  var endOffset = 0

  /// The next free slab of the pool.
  var nextFree: Unmanaged<Slab>?
  /// Whether the slab lies in a pool, where nobody may use it.
  var isFree = false

  /// Allocates a slab outside of any pool.
  public init(isLarge: Bool = false) {
    capacity = isLarge ? Self.largeCapacity : Self.capacity
    unsafe base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
  }

  deinit {
    unsafe base.deallocate()
  }

  /// The offset of the first byte to be read; 0 ≤ `start` ≤ `end`.
  @inlinable
  public var start: Int {
    get { unsafe startOffset }
    set { unsafe startOffset = newValue }
  }

  /// The offset behind the last byte to be read; `end` ≤ `capacity`.
  @inlinable
  public var end: Int {
    get { unsafe endOffset }
    set { unsafe endOffset = newValue }
  }

  /// The number of bytes to be read.
  @inlinable
  public var count: Int { end &- start }

  /// Whether no byte waits.
  @inlinable
  public var isEmpty: Bool { start == end }

  /// How many bytes fit behind `end`.
  @inlinable
  public var space: Int { capacity &- end }

  /// The bytes that wait to be read.
  @inlinable
  public var readable: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: base + start, count: count) }

  /// The room behind them.
  @inlinable
  public var writable: UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(start: base + end, count: space)
  }

  /// Takes note that `count` bytes were written to `writable`.
  @inlinable
  public func produced(_ count: Int) {
    precondition(count >= 0 && count <= space)
    end &+= count
  }

  /// Takes note that `count` bytes of `readable` are done with. An emptied slab starts anew.
  @inlinable
  public func consumed(_ count: Int) {
    precondition(count >= 0 && count <= self.count)
    start &+= count
    if start == end { clear() }
  }

  /// Forgets all bytes.
  @inlinable
  public func clear() {
    start = 0
    end = 0
  }

  /// Moves the bytes that wait to the front, to make room.
  public func compact() {
    let waiting = count
    // Both ranges lie in the slab; memmove semantics allow them to overlap.
    if start > 0 && waiting > 0 { unsafe base.copyMemory(from: base + start, byteCount: waiting) }
    start = 0
    end = waiting
  }
}
