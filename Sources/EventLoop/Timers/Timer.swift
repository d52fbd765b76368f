/// Something that happens once, later. Subclass it and override `fire()`.
///
/// The timer is its own list node: arming and cancelling it allocate nothing. An armed timer is kept alive by its wheel.
///
/// A deadline that moves with every request is best kept in a field of the subclass: leave the timer armed, and in
/// `fire()` compare with the field and arm again for what is left.
@safe
open class Timer {
  /// Neighbours in the slot's ring; only meaningful while armed.
  final var next: Unmanaged<Timer>?
  final var previous: Unmanaged<Timer>?
  /// The tick on which the timer is due.
  final var tick: UInt64 = 0
  /// The wheel's slot; -1 when not armed.
  final var slot: Int32 = -1

  /// Makes a timer that is not armed.
  public init() {}

  /// Called once when due, on the loop's thread; the timer is no longer armed then and may be armed again from here.
  open func fire() {}

  /// Whether the timer waits to fire.
  public final var isArmed: Bool { slot >= 0 }
}
