/// The report as Test Anything Protocol, version 13, with YAML diagnostics (testanything.org).
public enum TAPReport {
  /// The whole report.
  public static func text(_ report: Report) -> String {
    var text = "TAP version 13\n1..\(report.results.count)\n"
    text += "# torii \(report.toolVersion), ABI \(report.abiVersion), seed \(report.seed)\n"
    text += "# \(escape(report.library)) sha256:\(report.libraryHash)\n"
    for (index, result) in report.results.enumerated() {
      let isGood = !result.verdict.isBad
      text += "\(isGood ? "ok" : "not ok") \(index + 1) - \(escape("\(result.name): \(result.title)"))"
      if result.verdict == .skipped { text += " # SKIP \(escape(firstLine(result.message)))" }
      text += "\n"
      guard result.verdict != .passed, result.verdict != .skipped else { continue }
      text += "  ---\n"
      text += "  verdict: \(result.verdict.rawValue)\n"
      text += "  message: \(quoted(result.message))\n"
      if !result.step.isEmpty { text += "  while: \(quoted(result.step))\n" }
      if !result.lastCall.isEmpty { text += "  last_host_call: \(quoted(result.lastCall))\n" }
      if !result.backtrace.isEmpty {
        text += "  backtrace:\n"
        for frame in result.backtrace { text += "    - \(quoted(frame))\n" }
      }
      text += "  reproduce: \(quoted(result.reproduce))\n"
      text += "  ...\n"
    }
    return text
  }

  private static func firstLine(_ text: String) -> String {
    text.split(separator: "\n").first.map(String.init) ?? ""
  }

  /// `#` begins a directive, a line break ends the line.
  private static func escape(_ text: String) -> String {
    String(text.map { $0 == "#" ? "-" : $0.isNewline ? " " : $0 })
  }

  /// A double-quoted YAML scalar, which is a JSON string.
  private static func quoted(_ text: String) -> String { JSONText.quoted(text) }
}
