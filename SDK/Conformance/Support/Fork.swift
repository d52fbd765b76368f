import CConformance
import Glibc

/// Doing something in a process of its own.
enum Fork {
  /// A started process.
  struct Child {
    fileprivate var process: pid_t
    fileprivate var pipe: Int32
  }

  private final class Work {
    let body: () -> (Int32, UInt64)
    let pipe: Int32
    init(_ body: @escaping () -> (Int32, UInt64), _ pipe: Int32) {
      self.body = body
      self.pipe = pipe
    }
  }

  /// Starts a process in which the body runs: its exit code and a number come back with ``wait(for:)``.
  ///
  /// Safety: the caller's process has one thread; the work outlives the call, in which the child is done with it.
  static func start(_ body: @escaping () -> (Int32, UInt64)) -> Child? {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return nil }
    let work = Work(body, ends[1])
    let process = withExtendedLifetime(work) {
      unsafe conformance_fork(
        { context in
          guard let context = unsafe context else { return 125 }
          let work = unsafe Unmanaged<Work>.fromOpaque(context).takeUnretainedValue()
          var (code, number) = work.body()
          if unsafe write(work.pipe, &number, 8) != 8 { code = 125 }
          return code
        }, unsafe Unmanaged.passUnretained(work).toOpaque())
    }
    close(ends[1])
    guard process > 0 else {
      close(ends[0])
      return nil
    }
    return Child(process: process, pipe: ends[0])
  }

  /// The exit code, or 128 and the signal's number, and the number.
  static func wait(for child: Child) -> (code: Int32, number: UInt64) {
    var number: UInt64 = 0
    if unsafe read(child.pipe, &number, 8) != 8 { number = 0 }
    close(child.pipe)
    var status: Int32 = 0
    while unsafe waitpid(child.process, &status, 0) < 0, errno == EINTR {}
    return (status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F), number)
  }

  /// Both.
  static func run(_ body: @escaping () -> (Int32, UInt64)) -> (code: Int32, number: UInt64) {
    start(body).map { wait(for: $0) } ?? (126, 0)
  }
}
