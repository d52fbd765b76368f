/// The report for people.
public enum TextReport {
  /// One line for a check, with what is to be known of it when it did not pass.
  public static func line(_ result: CheckResult, colour: Bool) -> String {
    var text = "\(mark(result.verdict, colour)) \(pad(result.number)) \(result.name): \(result.title)\n"
    if result.verdict == .passed {
      if !result.message.isEmpty { text += indent(result.message) }
      return text
    }
    if !result.message.isEmpty { text += indent(result.message) }
    guard result.verdict >= .failed || result.verdict == .warning else { return text }
    if !result.step.isEmpty { text += indent("while: \(result.step)") }
    if !result.lastCall.isEmpty { text += indent("last host call: \(result.lastCall)") }
    for frame in result.backtrace { text += indent("  at \(frame)") }
    if !result.output.isEmpty { text += indent("it printed: \(result.output)") }
    text += indent("again: \(result.reproduce)")
    return text
  }

  /// The lines at the end.
  public static func summary(_ report: Report) -> String {
    let counts = [Verdict.passed, .warning, .skipped, .blocked, .failed, .hung, .crashed]
      .filter { report.count($0) > 0 }.map { "\(report.count($0)) \($0.rawValue)" }
    let seconds = Double(Int(report.seconds * 10)) / 10
    var text = "\n\(counts.joined(separator: ", ")) in \(seconds) s, seed \(report.seed)\n"
    if report.isFiltered {
      text += "Some checks were left out: no level is stated.\n"
    } else {
      text += report.pluginName.isEmpty ? report.library : "\(report.pluginName) \(report.pluginVersion)"
      text += ": level \(report.level)"
      text += " (\(Report.name(ofLevel: report.level))) of \(report.requestedLevel), ABI \(report.abiVersion)\n"
    }
    return text
  }

  private static func indent(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: true).map { "             \($0)\n" }.joined()
  }

  private static func pad(_ number: Int) -> String { number < 10 ? " \(number)" : "\(number)" }

  private static func mark(_ verdict: Verdict, _ colour: Bool) -> String {
    let word = verdict.rawValue + String(repeating: " ", count: max(0, 8 - verdict.rawValue.utf8.count))
    guard colour else { return word }
    let code =
      switch verdict {
      case .passed: "32"
      case .skipped: "2"
      case .warning, .blocked: "33"
      case .failed, .hung, .crashed: "31"
      }
    return "\u{1B}[\(code)m\(word)\u{1B}[0m"
  }
}
