import CLinux
import EventLoop
import Glibc

/// The terminal that `torii top` draws on.
protocol OperateTerminal: AnyObject {
  /// Its size in characters.
  var size: (columns: Int, rows: Int) { get }
  /// Takes note of signals and keys from now on.
  ///
  /// - Parameter takesKeys: Whether keys come one by one and are not shown.
  func begin(takesKeys: Bool)
  /// Puts everything back.
  func end()
  /// Stops the process until its user lets it go on.
  func suspend()
  /// Waits for so many seconds, or until something happens.
  func wait(_ seconds: Double) -> OperateTerminalEvent
}

/// What ended a wait.
enum OperateTerminalEvent {
  /// Nothing: the time is over.
  case elapsed
  /// The user wants to leave, or nobody reads the output any more.
  case quit
  /// The terminal has another size.
  case resized
  /// The user wants the process to stop for a while (Ctrl-Z).
  case suspended
}

/// The process's own terminal.
///
/// Signals are blocked and taken from a descriptor: no handler runs, and what they interrupt is put back by whoever waits.
///
/// Safety: structures handed to the system are local and live for the call.
final class SystemTerminal: OperateTerminal {
  private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP]
  private var former: termios?
  private var descriptor: Int32 = -1

  /// Nothing is changed before ``begin(takesKeys:)``.
  init() {}

  deinit { end() }

  var size: (columns: Int, rows: Int) {
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return (80, 24)
    }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  func begin(takesKeys: Bool) {
    SignalSource.block(Self.signals)
    var set = sigset_t()
    _ = unsafe sigemptyset(&set)
    for signal in Self.signals { _ = unsafe sigaddset(&set, signal) }
    if descriptor < 0 { descriptor = unsafe signalfd(-1, &set, Int32(SFD_CLOEXEC) | Int32(SFD_NONBLOCK)) }
    guard takesKeys, former == nil else { return }
    var mode = termios()
    guard unsafe tcgetattr(STDIN_FILENO, &mode) == 0 else { return }
    former = mode
    mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
    // A process in the background would be stopped for it by SIGTTOU.
    _ = unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &mode)
  }

  func end() {
    if var mode = former { _ = unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &mode) }
    former = nil
    guard descriptor >= 0 else { return }
    close(descriptor)
    descriptor = -1
    SignalSource.unblock(Self.signals)
  }

  func suspend() { raise(SIGSTOP) }

  func wait(_ seconds: Double) -> OperateTerminalEvent {
    let end = Self.monotonic() + seconds
    while true {
      let left = end - Self.monotonic()
      guard left > 0 else { return .elapsed }
      // Without events, the output only tells when its reader is gone.
      var entries = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0), pollfd(fd: STDOUT_FILENO, events: 0, revents: 0),
        pollfd(fd: former == nil ? -1 : STDIN_FILENO, events: Int16(POLLIN), revents: 0),
      ]
      let count = unsafe poll(&entries, nfds_t(entries.count), Int32(min(left * 1000 + 1, 3_600_000)))
      if count < 0, errno != EINTR { return .quit }
      guard count > 0 else { continue }
      if entries[1].revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 { return .quit }
      if entries[0].revents != 0, let event = takeSignal() { return event }
      if entries[2].revents != 0, let event = takeKey() { return event }
    }
  }

  private func takeSignal() -> OperateTerminalEvent? {
    var info = signalfd_siginfo()
    let size = MemoryLayout<signalfd_siginfo>.size
    guard unsafe read(descriptor, &info, size) == size else { return nil }
    switch Int32(truncatingIfNeeded: info.ssi_signo) {
    case SIGWINCH: return .resized
    case SIGTSTP: return .suspended
    default: return .quit
    }
  }

  private func takeKey() -> OperateTerminalEvent? {
    var key: UInt8 = 0
    guard unsafe read(STDIN_FILENO, &key, 1) == 1 else { return .quit }
    return key == UInt8(ascii: "q") || key == UInt8(ascii: "Q") ? .quit : nil
  }

  private static func monotonic() -> Double {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
