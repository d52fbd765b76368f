import Glibc

/// Libraries that were built with `-fsanitize=thread`: their checks run with the sanitizer's runtime, which sees what the
/// plugin's own threads and the worker do to the same memory at the same time.
///
/// The runtime must be the first to be loaded, and takes more address space than checks are given. Memory and time are not
/// those of the library that is shipped, so only those checks are run in which threads meet.
enum ThreadSanitizer {
  /// The exit code by which it tells of what it found.
  static let exitCode: Int32 = 66

  /// The name of the runtime that a library needs, or `nil` when it was built without.
  static func runtime(neededBy library: [UInt8]) -> String? {
    guard let file = try? ELFFile(library) else { return nil }
    return file.needed.first { $0.hasPrefix("libtsan.so") || $0.hasPrefix("libclang_rt.tsan") }
  }

  /// Whether this process runs with it.
  static var isRunning: Bool { unsafe getenv("TORII_CONFORMANCE_THREADS") != nil }

  /// What the environment of a check is to have besides.
  static func environment(_ runtime: String) -> [String] {
    ["LD_PRELOAD=\(runtime)", "TSAN_OPTIONS=\(options)", "TORII_CONFORMANCE_THREADS=1"]
  }

  /// Ends at the first race, with its code; processes that checks start may start threads.
  private static let options = "halt_on_error=1:exitcode=\(exitCode):die_after_fork=0:handle_segv=0:handle_abort=0"

  /// Whether a check is one in which threads can meet. The one that counts threads would count the sanitizer's.
  static func concerns(_ check: Check) -> Bool {
    (["async", "reload", "robustness"].contains(check.group) && check.name != "async.own-threads")
      || [
        "requests.minimal", "requests.interleaved", "requests.kinds", "lifecycle.second-generation",
        "lifecycle.workers",
        "lifecycle.silent-after-stop", "config.independent",
      ].contains(check.name)
  }

  /// The command for people: `--in-process` alone would load the library into a process without the runtime.
  static func command(_ runtime: String, _ command: String) -> String {
    "LD_PRELOAD=\(runtime) TSAN_OPTIONS=halt_on_error=1 \(command)"
  }
}
