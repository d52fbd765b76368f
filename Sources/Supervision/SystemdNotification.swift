import CLinux
import Glibc

/// Tells systemd, or any other manager that speaks sd_notify(3), how the gateway is doing, without its library.
///
/// Nothing happens when the gateway was not started by one. A unit for it:
///
/// ```ini
/// [Unit]
/// Description=Torii
/// Requires=torii.socket
/// After=network-online.target torii.socket
///
/// [Service]
/// Type=notify-reload
/// ExecStart=/usr/bin/torii run -c /etc/torii/torii.yaml
/// WatchdogSec=30
/// Restart=on-failure
/// # Requests in flight are finished before this: longer than drain_timeout.
/// TimeoutStopSec=70
/// LimitNOFILE=1048576
/// NotifyAccess=main
/// KillMode=mixed
///
/// [Install]
/// WantedBy=multi-user.target
/// ```
///
/// Connections wait in systemd's socket while the gateway is being started anew; see ``SystemdSockets`` for its unit.
public enum SystemdNotification {
  /// What there is to tell.
  public enum Message: Sendable {
    /// Everything listens, and the first generation is served.
    case ready
    /// The gateway ends: it accepts nothing more.
    case stopping
    /// The configuration is read anew; ``ready`` follows, also when it was refused. Carries the present time, by which systemd
    /// tells this reload from an earlier one (`Type=notify-reload`).
    case reloading
    /// One line for `systemctl status`.
    case status(String)
    /// Another process is the main one from now on.
    case mainProcess(pid_t)
    /// The supervisor is alive; every ``SystemdNotification/watchdogInterval``.
    case watchdog
    /// The next step of a start, a stop or a reload takes up to so many microseconds more.
    case extendTimeout(microseconds: UInt64)
  }

  private static let variable = "NOTIFY_SOCKET"

  /// Sends messages, all in one datagram; never waits.
  /// - Returns: whether the manager has got them; `false` when there is none, or its queue is full.
  @discardableResult public static func send(_ messages: Message...) -> Bool {
    guard let path = unsafe getenv(variable) else { return false }
    return send(text(messages, monotonicMicroseconds: monotonicMicroseconds()), to: unsafe String(cString: path))
  }

  /// How often ``Message/watchdog`` is to be sent, in nanoseconds: half of what systemd waits (`WatchdogSec=`); `nil` when it
  /// does not watch this process.
  public static var watchdogInterval: UInt64? {
    watchdogInterval(
      microseconds: environment("WATCHDOG_USEC"), process: environment("WATCHDOG_PID"), ownProcess: getpid())
  }

  /// Keeps the processes that are started from now on from speaking to the manager in the gateway's name. Call it only
  /// if this one has nothing to tell any more: ``send(_:)`` has nowhere to send to then.
  public static func forget() {
    for name in [variable, "WATCHDOG_USEC", "WATCHDOG_PID"] { unsafe unsetenv(name) }
  }

  // MARK: Pieces

  /// The lines of a datagram: `VARIABLE=value`.
  static func text(_ messages: [Message], monotonicMicroseconds: UInt64) -> String {
    messages.map { message in
      switch message {
      case .ready: "READY=1"
      case .stopping: "STOPPING=1"
      case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(monotonicMicroseconds)"
      case .status(let text): "STATUS=" + oneLine(text)
      case .mainProcess(let pid): "MAINPID=\(pid)"
      case .watchdog: "WATCHDOG=1"
      case .extendTimeout(let microseconds): "EXTEND_TIMEOUT_USEC=\(microseconds)"
      }
    }.joined(separator: "\n")
  }

  /// A line break would begin another variable.
  private static func oneLine(_ text: String) -> String {
    String(decoding: text.utf8.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
  }

  static func watchdogInterval(microseconds: String?, process: String?, ownProcess: pid_t) -> UInt64? {
    guard let microseconds = microseconds.flatMap(UInt64.init), microseconds > 0, microseconds < .max / 1000 else {
      return nil
    }
    if let process, pid_t(process) != ownProcess { return nil }
    return microseconds * 1000 / 2
  }

  /// Sends a datagram to an absolute path, or to an abstract name, which begins with `@`.
  static func send(_ text: String, to path: String) -> Bool {
    var address = sockaddr_un()
    var name = Array(path.utf8)
    guard let first = name.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"), name.count > 1,
      name.count < MemoryLayout.size(ofValue: address.sun_path)
    else { return false }
    if first == UInt8(ascii: "@") { name[0] = 0 }
    address.sun_family = sa_family_t(AF_UNIX)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { target in
      // The name is shorter than its place: what follows it is zero.
      for (index, byte) in name.enumerated() { unsafe target[index] = byte }
    }
    // An abstract name ends where the address does, a path with its zero byte.
    let length = MemoryLayout<sa_family_t>.size + name.count + (name[0] == 0 ? 0 : 1)
    let flags = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(AF_UNIX, flags, 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    // The kernel reads the address, of which `length` bytes were written.
    let sent = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address, socklen_t(length))
      }
    }
    return sent == bytes.count
  }

  private static func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }

  /// The clock that systemd compares with: CLOCK_MONOTONIC.
  private static func monotonicMicroseconds() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000 &+ UInt64(time.tv_nsec) / 1000
  }
}
