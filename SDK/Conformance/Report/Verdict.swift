/// What became of a check. The order is that of gravity.
public enum Verdict: String, Sendable, Comparable {
  /// The rule is kept.
  case passed
  /// The descriptor does not claim what the check is about, or the author has opted out, with a reason.
  case skipped
  /// Kept, but not as well as it should be.
  case warning
  /// Could not be tried, because a check that it builds on did not pass.
  case blocked
  /// The rule is broken.
  case failed
  /// It did not come to an end within its time.
  case hung
  /// The process ended: by a signal, or because somebody called exit().
  case crashed

  private var gravity: Int {
    switch self {
    case .passed: 0
    case .skipped: 1
    case .warning: 2
    case .blocked: 3
    case .failed: 4
    case .hung: 5
    case .crashed: 6
    }
  }

  /// Less grave comes first.
  public static func < (left: Verdict, right: Verdict) -> Bool { left.gravity < right.gravity }

  /// Whether the check stands in the way of its level.
  public var isBad: Bool { self >= .blocked }
}

/// A check and what became of it.
public struct CheckResult: Sendable {
  /// The check's number in the list.
  public var number: Int
  /// Its name: group and rule, as `body.one-byte`.
  public var name: String
  /// The rule in words.
  public var title: String
  /// The level it belongs to, 1 to 3.
  public var level: Int
  /// What became of it.
  public var verdict: Verdict
  /// Why, in one line or several; empty for passed.
  public var message: String
  /// The call chain of a crash or a hang, innermost first.
  public var backtrace: [String]
  /// The last call into the host, and the callback that was running.
  public var lastCall: String
  /// What the check was doing.
  public var step: String
  /// How long it took, in seconds.
  public var seconds: Double
  /// The command that runs this check alone, in the same way.
  public var reproduce: String
  /// The end of what it printed.
  public var output: String
}
