/// Reads dates as HTTP writes them (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`, and the two older forms that recipients
/// have to know, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`.
enum HTTPDateReader {
  /// Seconds since 1970-01-01 00:00:00 UTC; `nil` for what is no date.
  static func seconds(_ text: String) -> Int? {
    // The longest form has fewer than forty characters.
    guard text.utf8.count <= 64 else { return nil }
    let parts = text.split { $0 == " " || $0 == "," || $0 == "-" }
    let (day, month, year, time): (Substring, Substring, Substring, Substring)
    switch parts.count {
    case 6 where parts[5] == "GMT": (day, month, year, time) = (parts[1], parts[2], parts[3], parts[4])
    case 5: (month, day, time, year) = (parts[1], parts[2], parts[3], parts[4])
    default: return nil
    }
    let clock = time.split(separator: ":", omittingEmptySubsequences: false).map(number)
    guard let monthIndex = months.firstIndex(where: { $0 == month }), let day = number(day), var year = number(year),
      clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2],
      (1...31).contains(day), hour < 24, minute < 60, second <= 60
    else { return nil }
    // Two digits are what is meant by those who still write them.
    if year < 100 { year += year < 70 ? 2000 : 1900 }
    guard (1970...9999).contains(year) else { return nil }
    return days(year: year, month: monthIndex + 1, day: day) * 86_400 + hour * 3600 + minute * 60 + second
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  private static func number(_ digits: Substring) -> Int? {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
      return nil
    }
    return Int(digits)
  }

  /// Days since 1970-01-01. Years are taken to begin in March, so that the leap day is their last.
  private static func days(year: Int, month: Int, day: Int) -> Int {
    let shifted = month > 2 ? year : year - 1
    let monthFromMarch = (month + 9) % 12
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
  }
}
