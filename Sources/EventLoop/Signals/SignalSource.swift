import CLinux
import Glibc

/// Delivers signals as events of a loop (signalfd(2)). Subclass it and override `received(_:)`; register it with
/// `Interest.readLevel`.
///
/// Safety: structures whose addresses are passed to the kernel are locals of the right size.
open class SignalSource: EventSource {
  /// Opens a descriptor for signals and blocks their normal delivery to this thread.
  ///
  /// Block them with `block(_:)` before other threads start: a thread that does not block a signal takes it away.
  public init(_ signals: [Int32]) throws(SystemError) {
    Self.block(signals)
    var set = Self.set(of: signals)
    let descriptor = unsafe signalfd(-1, &set, Int32(SFD_NONBLOCK) | Int32(SFD_CLOEXEC))
    guard descriptor >= 0 else { throw SystemError(operation: "signalfd") }
    super.init(descriptor: descriptor)
  }

  /// Called once for each signal that arrived, on the loop's thread. Several of one kind may arrive as one.
  open func received(_ signal: Int32) {}

  /// Reads what arrived and calls `received(_:)`.
  public override final func ready(_ events: Events) {
    while descriptor >= 0 {
      var information = signalfd_siginfo()
      let size = MemoryLayout<signalfd_siginfo>.size
      guard unsafe read(descriptor, &information, size) == size else { return }
      received(Int32(bitPattern: information.ssi_signo))
    }
  }

  /// Blocks the normal delivery of signals to this thread and to those it starts from now on.
  public static func block(_ signals: [Int32]) {
    var set = set(of: signals)
    unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  /// Restores the normal delivery of signals to this thread, for example in a child before it executes another program.
  public static func unblock(_ signals: [Int32]) {
    var set = set(of: signals)
    unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  /// Makes writing to a closed pipe an error (`EPIPE`) rather than the end of the process. Sockets written through `Transport` do
  /// not need it; standard output and pipes do.
  public static func ignoreBrokenPipe() {
    _ = signal(SIGPIPE, SIG_IGN)
  }

  /// Makes writing beyond the largest size of a file (`ulimit -f`) an error (`EFBIG`) rather than the end of the process, and of
  /// those that it starts.
  public static func ignoreFileSizeLimit() {
    _ = signal(SIGXFSZ, SIG_IGN)
  }

  private static func set(of signals: [Int32]) -> sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in signals { unsafe sigaddset(&set, signal) }
    return set
  }
}
