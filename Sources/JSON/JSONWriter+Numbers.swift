extension JSONWriter {
  /// Writes an integer.
  public mutating func integer(_ value: Int) {
    beginValue()
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    Self.appendDigits(UInt64(value.magnitude), minimum: 1, to: &bytes)
    endValue()
  }

  /// Writes a double rounded to 14 significant digits, as C's `%.14g` does, but whole numbers below 10^15
  /// with all their digits and exponents without padding: `0.1`, `1700000000.123`, `3`, `1e20`, `1e-7`.
  /// What is not finite, for which JSON has no number (RFC 8259 §6), becomes `null`.
  public mutating func double(_ value: Double) {
    guard value.isFinite else { return null() }
    if value.rounded(.towardZero) == value, value.magnitude < 1e15 { return integer(Int(value)) }
    beginValue()
    Self.append(DecimalDigits(value, count: 14), to: &bytes)
    endValue()
  }

  private static func append(_ decimal: DecimalDigits, to bytes: inout [UInt8]) {
    if decimal.isNegative { bytes.append(UInt8(ascii: "-")) }
    let digits = decimal.digits
    let count = decimal.digitCount
    let exponent = decimal.exponent  // of the first digit
    switch exponent {
    case 0..<14:
      // Digits on both sides of the point, or zeros before it.
      let whole = exponent + 1
      if whole >= count {
        appendDigits(digits, minimum: count, to: &bytes)
        for _ in count..<whole { bytes.append(UInt8(ascii: "0")) }
      } else {
        let scale = powerOfTen(count - whole)
        appendDigits(digits / scale, minimum: 1, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        appendDigits(digits % scale, minimum: count - whole, to: &bytes)
      }
    case -4..<0:
      bytes.append(UInt8(ascii: "0"))
      bytes.append(UInt8(ascii: "."))
      appendDigits(digits, minimum: count - exponent - 1, to: &bytes)
    default:
      let scale = powerOfTen(count - 1)
      appendDigits(digits / scale, minimum: 1, to: &bytes)
      if count > 1 {
        bytes.append(UInt8(ascii: "."))
        appendDigits(digits % scale, minimum: count - 1, to: &bytes)
      }
      bytes.append(UInt8(ascii: "e"))
      if exponent < 0 { bytes.append(UInt8(ascii: "-")) }
      appendDigits(UInt64(exponent.magnitude), minimum: 1, to: &bytes)
    }
  }

  private static func powerOfTen(_ exponent: Int) -> UInt64 {
    var power: UInt64 = 1
    for _ in 0..<exponent { power *= 10 }
    return power
  }

  /// Appends a number to base 10, with zeros before it up to `minimum` digits.
  private static func appendDigits(_ value: UInt64, minimum: Int, to bytes: inout [UInt8]) {
    let start = bytes.count
    var rest = value
    var written = 0
    while rest > 0 || written < minimum {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
      written += 1
    }
    // Digits came last first.
    var low = start
    var high = bytes.count - 1
    while low < high {
      bytes.swapAt(low, high)
      low += 1
      high -= 1
    }
  }
}

/// A double's first significant decimal digits.
struct DecimalDigits {
  var isNegative: Bool
  /// The digits as a number, without zeros at its end; 0 for zero.
  var digits: UInt64 = 0
  /// How many `digits` has.
  var digitCount = 0
  /// The power of ten of the first digit.
  var exponent = 0

  /// Rounds a finite value to `limit` digits, at most 17, from the shortest digits that name it, halves away from zero.
  init(_ value: Double, count limit: Int) {
    isNegative = value.sign == .minus
    // Swift spells doubles with the fewest digits that give them back: "12.5", "1e-07", "5e+20".
    var afterPoint = false
    var afterExponent = false
    var exponentIsNegative = false
    var writtenExponent = 0
    var seenDigits = 0
    var firstPlace = 0
    var roundsUp = false
    for byte in value.magnitude.description.utf8 {
      switch byte {
      case UInt8(ascii: "."): afterPoint = true
      case UInt8(ascii: "e"): afterExponent = true
      case UInt8(ascii: "-"): exponentIsNegative = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let digit = UInt64(byte - UInt8(ascii: "0"))
        if afterExponent {
          writtenExponent = writtenExponent * 10 + Int(digit)
        } else {
          if seenDigits == 0, digit == 0 {
            if afterPoint { firstPlace -= 1 }
            continue
          }
          if !afterPoint { firstPlace += 1 }
          if seenDigits < limit {
            digits = digits * 10 + digit
          } else if seenDigits == limit {
            roundsUp = digit >= 5
          }
          seenDigits += 1
        }
      default: break
      }
    }
    guard seenDigits > 0 else { return }
    exponent = firstPlace - 1 + (exponentIsNegative ? -writtenExponent : writtenExponent)
    digitCount = Swift.min(seenDigits, limit)
    if roundsUp {
      digits += 1
      var power: UInt64 = 1
      for _ in 0..<digitCount { power *= 10 }
      if digits == power {
        digits = 1
        digitCount = 1
        exponent += 1
      }
    }
    while digits % 10 == 0, digitCount > 1 {
      digits /= 10
      digitCount -= 1
    }
  }
}
