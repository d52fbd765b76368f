/// The loop's registered sources, by slot.
///
/// An epoll event carries a token: slot number and the slot's generation. The generation changes when a slot is
/// emptied, so an event for a source that went away, in this turn or through a descriptor that a forked child still
/// holds open, finds a token that no longer matches and is dropped.
///
/// Safety: `slots` points to `capacity` initialised elements, owned by the table and freed in `deinit`; every index is
/// compared with `capacity` first. A slot's reference is retained from `insert` until whoever called `remove` releases it.
@safe
struct SourceTable: ~Copyable {
  @safe
  private struct Slot {
    var source: Unmanaged<EventSource>?
    var generation: UInt32
    var nextFree: UInt32
  }

  private static let endOfFreeList = UInt32.max

  private var slots: UnsafeMutablePointer<Slot>
  private var capacity: UInt32
  private var firstFree: UInt32 = Self.endOfFreeList

  init() {
    capacity = 0
    unsafe slots = UnsafeMutablePointer<Slot>.allocate(capacity: 0)
    grow(to: 64)
  }

  deinit {
    for index in 0..<Int(capacity) { unsafe slots[index].source?.release() }
    unsafe slots.deallocate()
  }

  /// Takes a strong reference and returns the token for epoll.
  mutating func insert(_ source: EventSource) -> UInt64 {
    if firstFree == Self.endOfFreeList { grow(to: capacity * 2) }
    let index = firstFree
    let slot = unsafe slots + Int(index)
    firstFree = unsafe slot.pointee.nextFree
    unsafe slot.pointee.source = Unmanaged.passRetained(source)
    source.registration.slot = index
    return unsafe UInt64(slot.pointee.generation) << 32 | UInt64(index)
  }

  /// Empties the source's slot. The table's reference is the caller's to release.
  mutating func remove(_ source: EventSource) -> Unmanaged<EventSource>? {
    let index = source.registration.slot
    guard index < capacity else { return nil }
    source.registration = .none
    let slot = unsafe slots + Int(index)
    let reference = unsafe slot.pointee.source
    unsafe slot.pointee.source = nil
    unsafe slot.pointee.generation &+= 1
    unsafe slot.pointee.nextFree = firstFree
    firstFree = index
    return unsafe reference
  }

  /// The source a token was made for, or nil when it is gone.
  @inline(__always)
  borrowing func source(for token: UInt64) -> Unmanaged<EventSource>? {
    let index = UInt32(truncatingIfNeeded: token)
    guard index < capacity else { return nil }
    let slot = unsafe slots + Int(index)
    guard unsafe slot.pointee.generation == UInt32(truncatingIfNeeded: token >> 32) else { return nil }
    return unsafe slot.pointee.source
  }

  private mutating func grow(to newCapacity: UInt32) {
    let grown = UnsafeMutablePointer<Slot>.allocate(capacity: Int(newCapacity))
    unsafe grown.moveInitialize(from: slots, count: Int(capacity))
    unsafe slots.deallocate()
    // Linked so that low slots are used first.
    for index in (capacity..<newCapacity).reversed() {
      unsafe (grown + Int(index)).initialize(to: Slot(source: nil, generation: 0, nextFree: firstFree))
      firstFree = index
    }
    unsafe slots = grown
    capacity = newCapacity
  }
}
