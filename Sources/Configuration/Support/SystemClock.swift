import Glibc

/// The wall clock.
public enum SystemClock {
  /// Seconds since 1970.
  public static func secondsSince1970() -> Int {
    time(nil)
  }
}
