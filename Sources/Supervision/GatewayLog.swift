import Glibc

/// The gateway's own log: lines on standard error, each written at once and whole.
public struct GatewayLog: Sendable {
  /// How loud a line is, as `log_level` names it.
  public enum Level: Int, Sendable, Comparable {
    /// Details for a developer.
    case debug
    /// What happened.
    case info
    /// What an operator wants to know.
    case notice
    /// What may become a problem.
    case warn
    /// What is one.
    case error

    /// By loudness.
    public static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }

    /// Reads a value of `log_level`.
    public init(setting: String) {
      switch setting {
      case "debug": self = .debug
      case "info": self = .info
      case "warn": self = .warn
      case "error", "crit", "alert", "emerg": self = .error
      default: self = .notice
      }
    }
  }

  /// Lines below it are dropped.
  public let threshold: Level
  /// Who writes: `supervisor`, `worker 0`.
  public let process: String

  /// Makes a log.
  public init(threshold: Level, process: String) {
    self.threshold = threshold
    self.process = process
  }

  /// Writes one line: time, level, process, text.
  public func write(_ level: Level, _ text: @autoclosure () -> String) {
    guard level >= threshold else { return }
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    var bytes = Array((line(level, text(), at: now) + "\n").utf8)
    _ = unsafe Glibc.write(2, &bytes, bytes.count)
  }

  /// One line without its end. Line breaks and other control characters in the text become spaces: a line stays one, and
  /// says nothing to a terminal.
  func line(_ level: Level, _ text: String, at now: timespec) -> String {
    var now = now
    var parts = unsafe tm()
    unsafe gmtime_r(&now.tv_sec, &parts)
    func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let milliseconds = String(1000 + now.tv_nsec / 1_000_000).dropFirst()
    let date = unsafe "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    let time = unsafe "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(milliseconds)Z"
    var clean = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      clean.append(
        scalar.properties.generalCategory == .control || scalar.value == 0x2028 || scalar.value == 0x2029 ? " " : scalar
      )
    }
    return "\(date)T\(time) [\(level)] \(process): \(String(clean))"
  }
}
