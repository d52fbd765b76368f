import Glibc

/// A mutex and a condition, for a thread that waits for work or for a time.
///
/// Safety: both live at a stable address from `init` to `deinit`; whoever calls the functions keeps the monitor alive.
@safe final class Monitor: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe pthread_mutex_init(mutex, nil)
    unsafe condition = .allocate(capacity: 1)
    unsafe condition.initialize(to: pthread_cond_t())
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    // Waiting must not depend on the wall clock, which jumps.
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    unsafe pthread_cond_init(condition, &attributes)
    unsafe pthread_condattr_destroy(&attributes)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  func lock() { unsafe pthread_mutex_lock(mutex) }
  func unlock() { unsafe pthread_mutex_unlock(mutex) }

  /// Runs `body` while no other thread holds the monitor.
  @inline(__always)
  func locked<Result>(_ body: () -> Result) -> Result {
    lock()
    defer { unlock() }
    return body()
  }

  /// Lets the waiting threads look again.
  func wakeAll() { unsafe pthread_cond_broadcast(condition) }

  /// Waits, holding the monitor, to be woken; may also return for no reason.
  func wait() { unsafe pthread_cond_wait(condition, mutex) }

  /// As ``wait()``, until a monotonic time in nanoseconds at the longest.
  func wait(until deadline: UInt64) {
    var time = timespec()
    time.tv_sec = Int(truncatingIfNeeded: deadline / 1_000_000_000)
    time.tv_nsec = Int(truncatingIfNeeded: deadline % 1_000_000_000)
    unsafe pthread_cond_timedwait(condition, mutex, &time)
  }

  /// The monotonic clock, nanoseconds.
  static var now: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
