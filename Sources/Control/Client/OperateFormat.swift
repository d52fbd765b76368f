/// Numbers for people.
enum OperateFormat {
  /// A number with so many digits behind its point.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return value.isNaN ? "-" : value < 0 ? "-∞" : "∞" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let number = Int((abs(value) * scale).rounded())
    let sign = value < 0 && number > 0 ? "-" : ""
    guard digits > 0 else { return sign + String(number) }
    let text = String(number)
    let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
    return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
  }

  /// A rate: one digit behind the point, while that is worth reading.
  static func rate(_ value: Double?) -> String {
    guard let value else { return "-" }
    return fixed(value, value < 1000 ? 1 : 0)
  }

  /// `12.3 MiB`
  static func bytes(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "" }
    var rest = value
    for unit in ["B", "KiB", "MiB"] {
      if rest < 1024 { return fixed(rest, unit == "B" || rest >= 100 ? 0 : 1) + " \(unit)" }
      rest /= 1024
    }
    return fixed(rest, 1) + " GiB"
  }

  /// `12.3 µs`
  static func nanoseconds(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "-" }
    var rest = value
    for unit in ["ns", "µs", "ms"] {
      if rest < 1000 { return fixed(rest, unit == "ns" || rest >= 100 ? 0 : 1) + " \(unit)" }
      rest /= 1000
    }
    return fixed(rest, rest < 100 ? 1 : 0) + " s"
  }

  /// The bound of a bucket: `< 65.5 µs`, `> 1.1 s`.
  static func bound(_ value: Double?) -> String {
    guard let value else { return "-" }
    return value == .infinity ? "> 1.1 s" : "< " + nanoseconds(value)
  }

  /// A length of time: `42s`, `3m 12s`, `5h 3m`, `2d 4h`.
  static func length(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e11 else { return "-" }
    let whole = Int(max(0, seconds))
    switch whole {
    case ..<60: return "\(whole)s"
    case ..<3600: return "\(whole / 60)m \(whole % 60)s"
    case ..<86_400: return "\(whole / 3600)h \(whole / 60 % 60)m"
    default: return "\(whole / 86_400)d \(whole / 3600 % 24)h"
    }
  }

  /// How long ago a time is: `3m 12s ago`.
  static func age(_ time: Double?, _ now: Double) -> String {
    guard let time else { return "" }
    return length(now - time) + " ago"
  }

  /// A time in UTC as RFC 3339 §5.6 writes it.
  static func timestamp(_ time: Double) -> String {
    let seconds = Int(max(0, min(time, 1e11)))
    // Days since 0000-03-01, in eras of 400 years: then the leap day is the last of its year.
    let days = seconds / 86_400 + 719_468
    let (era, dayOfEra) = days.quotientAndRemainder(dividingBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let date = "\(year)-\(two(month))-\(two(dayOfYear - (153 * shifted + 2) / 5 + 1))"
    return "\(date)T\(two(seconds / 3600 % 24)):\(two(seconds / 60 % 60)):\(two(seconds % 60))Z"
  }

  /// `1 request`, `2 requests`
  static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
