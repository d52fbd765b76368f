/// Dates as HTTP writes them: IMF-fixdate (RFC 9110 §5.6.7), `Sun, 06 Nov 1994 08:49:37 GMT`.
public enum HTTPDate {
  /// The length of every date in bytes.
  public static let length = 29

  /// Writes the date of a moment into the first ``length`` bytes of `output`, which must have as many.
  ///
  /// - Parameters:
  ///   - unixSeconds: seconds since 1970-01-01 00:00:00 UTC. Years have four digits: moments outside of the
  ///     years 0 to 9999 are written as the nearest one inside.
  ///   - output: where the text goes; nothing else is written.
  public static func write(unixSeconds: Int64, into output: UnsafeMutableRawBufferPointer) {
    precondition(output.count >= length)
    let seconds = min(max(unixSeconds, -62_167_219_200), 253_402_300_799)
    let secondOfDay = Int(((seconds % 86_400) + 86_400) % 86_400)
    let day = Int((seconds - Int64(secondOfDay)) / 86_400)
    let date = civil(day)
    // 1970-01-01 was a Thursday.
    let weekday = ((day % 7) + 11) % 7
    unsafe copy(weekdays, at: weekday * 5, count: 5, to: output, at: 0)
    unsafe writeDigits(date.day, to: output, at: 5)
    unsafe copy(months, at: (date.month - 1) * 5, count: 5, to: output, at: 7)
    unsafe writeDigits(date.year / 100, to: output, at: 12)
    unsafe writeDigits(date.year % 100, to: output, at: 14)
    unsafe output[16] = UInt8(ascii: " ")
    unsafe writeDigits(secondOfDay / 3600, to: output, at: 17)
    unsafe output[19] = UInt8(ascii: ":")
    unsafe writeDigits(secondOfDay / 60 % 60, to: output, at: 20)
    unsafe output[22] = UInt8(ascii: ":")
    unsafe writeDigits(secondOfDay % 60, to: output, at: 23)
    unsafe copy(" GMT", at: 0, count: 4, to: output, at: 25)
  }

  private static let weekdays: StaticString = "Sun, Mon, Tue, Wed, Thu, Fri, Sat, "
  private static let months: StaticString = " Jan  Feb  Mar  Apr  May  Jun  Jul  Aug  Sep  Oct  Nov  Dec "

  /// The Gregorian date of a day counted from 1970-01-01. Years are taken to begin in March, so that the leap day is
  /// their last; an era is the 400 years after which leap years repeat.
  private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    )
  }

  private static func copy(
    _ text: StaticString, at start: Int, count: Int, to output: UnsafeMutableRawBufferPointer, at offset: Int
  ) {
    // Callers stay inside the text and inside the length that was checked.
    for index in 0..<count { unsafe output[offset + index] = text.utf8Start[start + index] }
  }

  private static func writeDigits(_ number: Int, to output: UnsafeMutableRawBufferPointer, at offset: Int) {
    // Two digits, inside the length that was checked.
    unsafe output[offset] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10 % 10)
    unsafe output[offset + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
  }
}
