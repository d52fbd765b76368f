import CConformance
import Glibc

/// Threads of the process.
enum Threads {
  /// How many there are more than a number. A thread that has been joined is still listed for a moment: it is waited for.
  static func beyond(_ count: Int32) -> Int32 {
    for _ in 0..<150 where conformance_thread_count() > count { usleep(2000) }
    return max(0, conformance_thread_count() - count)
  }
}
