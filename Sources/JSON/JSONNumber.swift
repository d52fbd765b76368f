/// A number's spelling (RFC 8259 §6) taken apart: sign, digits and exponent, exact whatever their size.
///
/// The value is `digits × 10^exponent`, where `digits` names the digits of `text` in `digitRange`, the decimal point
/// left out. Zeros at both ends are left out, so that equal values have equal parts.
@safe
struct JSONNumber {
  private let text: UnsafeRawBufferPointer
  /// Where the significant digits (and perhaps the point) lie; empty for zero.
  private var digitRange: Range<Int>
  private(set) var isNegative: Bool
  /// The power of ten of the last significant digit, saturated at ±10^15.
  private(set) var exponent: Int

  /// Takes a number apart that follows the grammar; what does not gives some number, never a fault.
  /// `text` must outlive the result.
  init(_ text: UnsafeRawBufferPointer) {
    unsafe self.text = unsafe text
    var offset = 0
    isNegative = unsafe text.first == UInt8(ascii: "-")
    if isNegative { offset = 1 }

    var firstDigit = -1
    var afterLastDigit = 0
    var placesAfterLast = 0
    var isFraction = false
    var placesInFraction = 0
    while offset < text.count {
      let byte = unsafe text[offset]
      if byte == UInt8(ascii: ".") {
        isFraction = true
      } else if byte &- UInt8(ascii: "0") <= 9 {
        if isFraction { placesInFraction += 1 }
        placesAfterLast += 1
        if byte != UInt8(ascii: "0") {
          if firstDigit < 0 { firstDigit = offset }
          afterLastDigit = offset + 1
          placesAfterLast = 0
        }
      } else {
        break
      }
      offset += 1
    }
    guard firstDigit >= 0 else {
      digitRange = 0..<0
      exponent = 0
      isNegative = false
      return
    }
    digitRange = firstDigit..<afterLastDigit
    exponent = unsafe Self.writtenExponent(text, from: offset) + placesAfterLast - placesInFraction
  }

  private static func writtenExponent(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
    var offset = start + 1  // after the `e`
    guard offset < text.count else { return 0 }
    let isNegative = unsafe text[offset] == UInt8(ascii: "-")
    if unsafe isNegative || text[offset] == UInt8(ascii: "+") { offset += 1 }
    var exponent = 0
    while offset < text.count, unsafe text[offset] &- UInt8(ascii: "0") <= 9 {
      exponent = unsafe Swift.min(exponent * 10 + Int(text[offset] &- UInt8(ascii: "0")), 1_000_000_000_000_000)
      offset += 1
    }
    return isNegative ? -exponent : exponent
  }

  var isZero: Bool { digitRange.isEmpty }

  /// The exact value, or `nil` when it is not integral or does not fit.
  func integer<Integer: FixedWidthInteger>(_ type: Integer.Type = Integer.self) -> Integer? {
    if isZero { return 0 }
    // The largest integers have 39 digits: more zeros than that fit in none.
    guard exponent >= 0, exponent < 40 else { return nil }
    var value: Integer = 0
    func append(_ digit: UInt8) -> Bool {
      let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow { return false }
      guard let digit = Integer(exactly: digit) else { return false }
      let (sum, overflowed) =
        isNegative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
      value = sum
      return !overflowed
    }
    for offset in digitRange where unsafe text[offset] != UInt8(ascii: ".") {
      guard unsafe append(text[offset] &- UInt8(ascii: "0")) else { return nil }
    }
    for _ in 0..<exponent {
      guard append(0) else { return nil }
    }
    return value
  }

  /// The nearest double (IEEE 754, ties to even); `nil` when the value is too large for one.
  func double() -> Double? {
    if isZero { return unsafe text.first == UInt8(ascii: "-") ? -0.0 : 0.0 }
    // Digits below 2^53 and a power of ten that is exact give the nearest double by one rounded operation.
    if digitRange.count <= 16, exponent >= -22, exponent <= 22 {
      var digits: UInt64 = 0
      for offset in digitRange where unsafe text[offset] != UInt8(ascii: ".") {
        digits = unsafe digits * 10 + UInt64(text[offset] &- UInt8(ascii: "0"))
      }
      if digits <= 1 << 53 {
        let power = Self.exactPowers[Swift.abs(exponent)]
        let magnitude = exponent < 0 ? Double(digits) / power : Double(digits) * power
        return isNegative ? -magnitude : magnitude
      }
    }
    guard let value = unsafe Double(String(decoding: text, as: UTF8.self)), value.isFinite else { return nil }
    return value
  }

  private static let exactPowers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  /// Whether two spellings name the same value, exactly.
  func equals(_ other: JSONNumber) -> Bool {
    guard isNegative == other.isNegative, exponent == other.exponent else { return false }
    var left = digitRange.lowerBound
    var right = other.digitRange.lowerBound
    while true {
      while left < digitRange.upperBound, unsafe text[left] == UInt8(ascii: ".") { left += 1 }
      while right < other.digitRange.upperBound, unsafe other.text[right] == UInt8(ascii: ".") { right += 1 }
      let leftEnded = left == digitRange.upperBound
      let rightEnded = right == other.digitRange.upperBound
      if leftEnded || rightEnded { return leftEnded && rightEnded }
      guard unsafe text[left] == other.text[right] else { return false }
      left += 1
      right += 1
    }
  }
}
