/// What is wrong with a writer's file, since when, and when it was last reported.
struct WriterTrouble {
  private let limits: WriterLimits
  private var failure: WriteFailure?
  private var lastReport: UInt64?
  private var lastLossReport: UInt64?
  private var lastRefusalReport: UInt64?
  private var retry: UInt64
  /// Why the thread could not be started, when it could not.
  var threadFailure: Int32?
  /// Records lost since the trouble began.
  var lost = 0

  init(limits: WriterLimits) {
    self.limits = limits
    retry = limits.firstRetry
  }

  /// Whether the last try failed.
  var isCurrent: Bool { failure != nil }

  /// How long records wait for the trouble to pass: nanoseconds.
  var patience: UInt64 { failure?.step == .write ? limits.diskPatience : limits.openPatience }

  /// Notes a failure.
  ///
  /// - Returns: what to report: a trouble that is new, or that was not reported for a while.
  mutating func note(_ failure: WriteFailure, path: String, now: UInt64) -> String? {
    let isNew = self.failure != failure
    self.failure = failure
    guard isNew || Self.isDue(lastReport, limits, now) else { return nil }
    lastReport = now
    return "\(failure.text(path: path)); records wait for up to \(patience / 1_000_000_000) s and are then lost"
  }

  /// Notes that all is well.
  ///
  /// - Returns: what to report.
  mutating func end(path: String) -> String? {
    retry = limits.firstRetry
    guard failure != nil else { return nil }
    failure = nil
    lastReport = nil
    lastLossReport = nil
    defer { lost = 0 }
    return "writing to the file '\(path)' again; \(lost) records were lost"
  }

  /// The pause before the next try, longer each time.
  mutating func nextRetry() -> UInt64 {
    defer { retry = min(retry * 2, limits.longestRetry) }
    return retry
  }

  /// What to report of records that waited too long.
  mutating func lossText(path: String, now: UInt64, ending: Bool) -> String? {
    guard ending || Self.isDue(lastLossReport, limits, now) else { return nil }
    lastLossReport = now
    return "\(lost) records for the file '\(path)' are lost: \(failure?.text(path: path) ?? "it takes no data")"
  }

  /// What to report of a record that cannot be kept.
  mutating func refusalText(path: String, now: UInt64) -> String? {
    lost += 1
    guard Self.isDue(lastRefusalReport, limits, now) else { return nil }
    lastRefusalReport = now
    if let threadFailure {
      let reason = SystemError.text(of: threadFailure)
      return "failed to start the thread that writes the file '\(path)', records are lost: \(reason)"
    }
    let reason = failure.map { ": " + $0.text(path: path) } ?? ""
    return "more than \(limits.queue) bytes of records wait for the file '\(path)', further ones are lost\(reason)"
  }

  private static func isDue(_ last: UInt64?, _ limits: WriterLimits, _ now: UInt64) -> Bool {
    guard let last else { return true }
    return now &- last >= limits.reportInterval
  }
}
