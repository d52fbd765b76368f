import Glibc

/// The system's clocks as plain numbers.
public enum ProcessClock {
  /// Nanoseconds since an arbitrary start; never steps back (`CLOCK_MONOTONIC`).
  public static func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000 &+ UInt64(truncatingIfNeeded: time.tv_nsec)
  }

  /// Seconds and nanoseconds since 1970 UTC (`CLOCK_REALTIME`).
  public static func wallClock() -> (seconds: Int, nanoseconds: Int) {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return (time.tv_sec, time.tv_nsec)
  }

  /// Processor time this process has used, in nanoseconds (`CLOCK_PROCESS_CPUTIME_ID`).
  public static func processorNanoseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000 &+ UInt64(truncatingIfNeeded: time.tv_nsec)
  }
}
