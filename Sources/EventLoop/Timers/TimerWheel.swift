/// A hierarchical timer wheel: ticks of one millisecond, arming and cancelling in constant time and without allocation.
///
/// Eleven levels of 64 slots cover every delay. A slot of level n spans 64ⁿ ticks; a timer lies on the level of the highest
/// digit (base 64) in which its tick differs from the current one, so it moves down at most ten times, in practice two or three.
/// A timer never fires early; it fires with the first `advance(to:)` at or after its tick. Ticks fire in order.
///
/// Safety: `slots` and `occupied` are allocated for as long as the wheel lives, and a timer's slot number is only ever set by
/// the wheel, to a number below `slotCount`. A timer in a ring is retained by the wheel; its neighbours are in the same ring.
@safe
public final class TimerWheel {
  private static let digitBits: UInt64 = 6
  private static let levelCount = 11
  private static let slotCount = levelCount * 64
  private static let nanosecondsPerTick: UInt64 = 1_000_000

  /// The first timer of each slot's ring; a new one goes before it, that is, to the end.
  private let slots: UnsafeMutablePointer<Unmanaged<Timer>?>
  /// For each level, one bit a slot that is not empty.
  private let occupied: UnsafeMutablePointer<UInt64>
  /// One bit for each level that is not empty.
  private var occupiedLevels: UInt32 = 0
  /// When tick 0 was.
  private let origin: UInt64
  /// All timers of this tick and before have fired.
  private var currentTick: UInt64 = 0

  /// The time delays count from, in monotonic nanoseconds: the start of the loop's turn.
  @inlinable
  public var now: UInt64 { unsafe currentTime }

  // Exclusivity is not checked: it is read and written in one go, on the loop's thread.
  @exclusivity(unchecked)
  @usableFromInline
  var currentTime: UInt64

  /// Makes an empty wheel whose time is `now`, in nanoseconds.
  public init(now: UInt64) {
    self.origin = now
    unsafe currentTime = now
    unsafe slots = UnsafeMutablePointer<Unmanaged<Timer>?>.allocate(capacity: Self.slotCount)
    unsafe slots.initialize(repeating: nil, count: Self.slotCount)
    unsafe occupied = UnsafeMutablePointer<UInt64>.allocate(capacity: Self.levelCount)
    unsafe occupied.initialize(repeating: 0, count: Self.levelCount)
  }

  deinit {
    for slot in 0..<Self.slotCount {
      while let first = unsafe slots[slot] {
        unsafe unlink(first)
        unsafe first.release()
      }
    }
    unsafe slots.deallocate()
    unsafe occupied.deallocate()
  }

  /// Whether no timer is armed.
  public var isEmpty: Bool { occupiedLevels == 0 }

  /// Arms a timer, or moves it when it is armed, to fire this long after `now`.
  public func arm(_ timer: Timer, afterMilliseconds delay: UInt64) {
    let (product, overflow) = delay.multipliedReportingOverflow(by: Self.nanosecondsPerTick)
    let (deadline, overflow2) = now.addingReportingOverflow(product)
    arm(timer, at: overflow || overflow2 ? .max : deadline)
  }

  /// Arms a timer, or moves it when it is armed, to fire at a time of the monotonic clock, in nanoseconds.
  /// A time that has passed means: with the next tick.
  public func arm(_ timer: Timer, at deadline: UInt64) {
    let reference: Unmanaged<Timer>
    if timer.isArmed {
      unsafe reference = Unmanaged.passUnretained(timer)
      unsafe unlink(reference)
    } else {
      unsafe reference = Unmanaged.passRetained(timer)
    }
    // Rounded up, so that no timer fires early.
    let elapsed = deadline > origin ? deadline &- origin : 0
    let whole = elapsed / Self.nanosecondsPerTick
    let tick = whole &* Self.nanosecondsPerTick == elapsed ? whole : whole &+ 1
    timer.tick = max(tick, currentTick &+ 1)
    unsafe link(reference)
  }

  /// Disarms a timer; does nothing when it is not armed.
  public func cancel(_ timer: Timer) {
    guard timer.isArmed else { return }
    let reference = unsafe Unmanaged.passUnretained(timer)
    unsafe unlink(reference)
    unsafe reference.release()
  }

  /// Sets the time and fires what is due, in the order of ticks. Timers may be armed and cancelled meanwhile.
  public func advance(to time: UInt64) {
    unsafe currentTime = max(currentTime, time)
    let target = (now &- origin) / Self.nanosecondsPerTick
    while let (level, digit, start) = earliestSlot(), start <= target {
      currentTick = max(currentTick, start)
      let slot = level << 6 | digit
      if level == 0 {
        // Whatever `fire` arms lies on a later tick, so this ends.
        while let first = unsafe slots[slot] {
          unsafe unlink(first)
          unsafe first.takeRetainedValue().fire()
        }
      } else {
        while let first = unsafe slots[slot] {
          unsafe unlink(first)
          unsafe link(first)
        }
      }
    }
    currentTick = max(currentTick, target)
  }

  /// How long `epoll_wait` may sleep: milliseconds, rounded up; 0 when something is due; -1 when nothing is armed.
  public func timeoutMilliseconds() -> Int32 {
    guard let (_, _, start) = earliestSlot() else { return -1 }
    let (offset, overflow) = start.multipliedReportingOverflow(by: Self.nanosecondsPerTick)
    let elapsed = now &- origin
    guard !overflow else { return .max }
    guard offset > elapsed else { return 0 }
    return Int32(clamping: (offset &- elapsed &+ (Self.nanosecondsPerTick &- 1)) / Self.nanosecondsPerTick)
  }

  /// The occupied slot that comes first and its first tick. The lowest occupied level has it: a level holds only what
  /// lies beyond the current slot of the next lower one.
  private func earliestSlot() -> (level: Int, digit: Int, start: UInt64)? {
    guard occupiedLevels != 0 else { return nil }
    let level = occupiedLevels.trailingZeroBitCount
    let shift = UInt64(level) &* Self.digitBits
    // No slot before the current digit can be occupied, so the lowest bit is the next slot.
    let digit = unsafe occupied[level].trailingZeroBitCount
    // The digits above this one are those of the current tick.
    let above = shift &+ Self.digitBits
    let prefix = above >= 64 ? 0 : (currentTick >> above) << above
    return (level, digit, prefix | UInt64(digit) << shift)
  }

  /// Puts a timer, unlinked and already retained, at the end of the slot for its tick.
  private func link(_ reference: Unmanaged<Timer>) {
    unsafe reference._withUnsafeGuaranteedRef { timer in
      // A tick equal to the current one is due within this `advance`.
      let difference = (timer.tick ^ currentTick) | 63
      let level = (63 &- difference.leadingZeroBitCount) / Int(Self.digitBits)
      let digit = Int(truncatingIfNeeded: timer.tick >> (UInt64(level) &* Self.digitBits)) & 63
      let slot = level << 6 | digit
      timer.slot = Int32(truncatingIfNeeded: slot)
      if let first = unsafe slots[slot] {
        let last = unsafe first._withUnsafeGuaranteedRef { first in
          let last = unsafe first.previous
          unsafe first.previous = reference
          return unsafe last
        }
        unsafe last?._withUnsafeGuaranteedRef { unsafe $0.next = reference }
        unsafe timer.previous = last
        unsafe timer.next = first
      } else {
        unsafe timer.next = reference
        unsafe timer.previous = reference
        unsafe slots[slot] = reference
        unsafe occupied[level] |= 1 << UInt64(digit)
        occupiedLevels |= 1 << UInt32(level)
      }
    }
  }

  /// Takes an armed timer out of its ring. The wheel's reference becomes the caller's.
  private func unlink(_ reference: Unmanaged<Timer>) {
    unsafe reference._withUnsafeGuaranteedRef { timer in
      let slot = Int(timer.slot)
      timer.slot = -1
      let next = unsafe timer.next
      let previous = unsafe timer.previous
      unsafe timer.next = nil
      unsafe timer.previous = nil
      if unsafe next?.toOpaque() == reference.toOpaque() {
        unsafe slots[slot] = nil
        let level = slot >> 6
        let remaining = unsafe occupied[level] & ~(1 << UInt64(slot & 63))
        unsafe occupied[level] = remaining
        if remaining == 0 { occupiedLevels &= ~(1 << UInt32(level)) }
      } else {
        unsafe next?._withUnsafeGuaranteedRef { unsafe $0.previous = previous }
        unsafe previous?._withUnsafeGuaranteedRef { unsafe $0.next = next }
        if unsafe slots[slot]?.toOpaque() == reference.toOpaque() { unsafe slots[slot] = next }
      }
    }
  }
}
