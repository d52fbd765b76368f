import Glibc

extension JSONWriter {
  /// Writes an integer.
  public mutating func integer(_ value: Int) {
    beginValue()
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    Self.appendDigits(UInt64(value.magnitude), to: &bytes)
    endValue()
  }

  /// Writes a double rounded to 14 significant digits, as C's `%.14g` does, but whole numbers below 10^15
  /// with all their digits and exponents without padding: `0.1`, `1700000000.123`, `3`, `1e20`, `1e-7`.
  /// What is not finite, for which JSON has no number (RFC 8259 §6), becomes `null`.
  public mutating func double(_ value: Double) {
    guard value.isFinite else { return null() }
    if value.rounded(.towardZero) == value, value.magnitude < 1e15 { return integer(Int(value)) }
    // A sign, 14 digits, a point of perhaps several bytes, four zeros or a five-byte exponent, a zero byte: 32 suffice.
    var spelling = InlineArray<32, CChar>(repeating: 0)
    var span = spelling.mutableSpan
    unsafe span.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      _ = unsafe gcvt(value, 14, start)
    }
    beginValue()
    appendNumber(spelling.span)
    endValue()
  }

  /// Appends a spelling of C's: what is no digit, sign or exponent is the point, which the locale chooses there;
  /// the exponent's plus and zeros are left out.
  private mutating func appendNumber(_ spelling: Span<CChar>) {
    var hasPoint = false
    var skipsZeros = false
    for place in spelling.indices {
      let byte = UInt8(bitPattern: spelling[place])
      switch byte {
      case 0: return
      case UInt8(ascii: "0") where skipsZeros: break
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        skipsZeros = false
        bytes.append(byte)
      case UInt8(ascii: "-"): bytes.append(byte)
      case UInt8(ascii: "+"): break
      case UInt8(ascii: "e"):
        skipsZeros = true
        bytes.append(byte)
      default:
        if !hasPoint { bytes.append(UInt8(ascii: ".")) }
        hasPoint = true
      }
    }
  }

  /// Appends a number to base 10.
  private static func appendDigits(_ value: UInt64, to bytes: inout [UInt8]) {
    let start = bytes.count
    var rest = value
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
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
