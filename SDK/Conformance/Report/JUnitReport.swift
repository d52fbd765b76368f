/// The report as JUnit XML, in the form that Jenkins, GitLab and GitHub's reporters read: a suite a group.
public enum JUnitReport {
  /// The whole report.
  public static func text(_ report: Report) -> String {
    var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    text += "<testsuites name=\"torii plugin test\" \(totals(report.results)) time=\"\(time(report.seconds))\">\n"
    var groups: [String] = []
    for result in report.results where !groups.contains(group(result)) { groups.append(group(result)) }
    for name in groups {
      let results = report.results.filter { group($0) == name }
      let seconds = results.reduce(0) { $0 + $1.seconds }
      text += "  <testsuite name=\"\(escape(name))\" \(totals(results)) time=\"\(time(seconds))\">\n"
      text += "    <properties>\n"
      for (key, value) in [
        ("torii.version", report.toolVersion), ("torii.abi", report.abiVersion), ("torii.library", report.library),
        ("torii.library.sha256", report.libraryHash), ("torii.seed", "\(report.seed)"),
      ] { text += "      <property name=\"\(key)\" value=\"\(escape(value))\"/>\n" }
      text += "    </properties>\n"
      for result in results { text += testCase(result, of: report) }
      text += "  </testsuite>\n"
    }
    return text + "</testsuites>\n"
  }

  private static func group(_ result: CheckResult) -> String {
    result.name.split(separator: ".").first.map(String.init) ?? result.name
  }

  private static func totals(_ results: [CheckResult]) -> String {
    let failures = results.count { $0.verdict == .failed }
    let errors = results.count { $0.verdict == .crashed || $0.verdict == .hung }
    let skipped = results.count { $0.verdict == .skipped || $0.verdict == .blocked }
    return "tests=\"\(results.count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"\(skipped)\""
  }

  private static func testCase(_ result: CheckResult, of report: Report) -> String {
    let name = "\(result.number) \(result.name)"
    var text = "    <testcase name=\"\(escape(name))\""
    text +=
      " classname=\"\(escape(report.pluginName.isEmpty ? "plugin" : report.pluginName)).\(escape(group(result)))\""
    text += " time=\"\(time(result.seconds))\""
    let message = escape(result.message.isEmpty ? result.title : result.message)
    var details = "\(result.title)\n\(result.message)\n"
    if !result.step.isEmpty { details += "while: \(result.step)\n" }
    if !result.lastCall.isEmpty { details += "last host call: \(result.lastCall)\n" }
    for frame in result.backtrace { details += "  at \(frame)\n" }
    details += "again: \(result.reproduce)\n"
    switch result.verdict {
    case .passed: return text + "/>\n"
    case .skipped, .blocked: text += ">\n      <skipped message=\"\(message)\"/>\n"
    case .warning: text += ">\n      <system-out>\(escape(details))</system-out>\n"
    case .failed: text += ">\n      <failure message=\"\(message)\" type=\"failed\">\(escape(details))</failure>\n"
    case .hung, .crashed:
      text += ">\n      <error message=\"\(message)\" type=\"\(result.verdict.rawValue)\">\(escape(details))</error>\n"
    }
    return text + "    </testcase>\n"
  }

  private static func time(_ seconds: Double) -> String {
    let milliseconds = Int((seconds * 1000).rounded())
    let fraction = String(milliseconds % 1000)
    return "\(milliseconds / 1000).\(String(repeating: "0", count: 3 - fraction.utf8.count))\(fraction)"
  }

  /// XML 1.0 has no way to write most control characters: they are shown as a replacement.
  private static func escape(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\n": escaped += "&#10;"
      case "\t": escaped += "&#9;"
      case let scalar where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
        escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
