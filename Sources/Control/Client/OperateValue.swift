/// Values of flags that have a unit.
enum OperateValue {
  /// A time in seconds: `500ms`, `60s`, `60`, `5m`, `1h`.
  static func duration(_ text: String, _ flag: String) throws(CommandFailure) -> Double {
    let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("", 1)]
    for (unit, factor) in units where text.hasSuffix(unit) {
      guard let number = decimal(text.dropLast(unit.utf8.count)) else { break }
      let seconds = number * factor
      guard seconds > 0, seconds <= 31_536_000 else { break }
      return seconds
    }
    throw CommandFailure("\(flag): '\(text)' is no time; write it like 60s, 5m or 1h", isUsage: true)
  }

  /// A share as a fraction of 1: `5%`, `0.5%`.
  static func share(_ text: String, _ flag: String) throws(CommandFailure) -> Double {
    guard text.hasSuffix("%"), let number = decimal(text.dropLast()), number <= 100 else {
      throw CommandFailure("\(flag): '\(text)' is no share; write it like 5% or 0.5%", isUsage: true)
    }
    return number / 100
  }

  /// A number from 0, or from `least`.
  static func count(_ text: String, _ flag: String, least: Int = 0) throws(CommandFailure) -> Int {
    guard let number = Int(text), number >= least, number <= 1_000_000_000 else {
      throw CommandFailure("\(flag): '\(text)' is no number from \(least)", isUsage: true)
    }
    return number
  }

  /// Digits with at most one point among them.
  private static func decimal(_ text: Substring) -> Double? {
    guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }), let number = Double(text)
    else { return nil }
    return number
  }
}
