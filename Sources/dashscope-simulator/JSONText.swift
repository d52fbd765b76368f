/// JSON text in the making: the caller writes the structure, this writes the strings.
struct JSONText {
  /// What was written, UTF-8.
  private(set) var bytes: [UInt8] = []
  /// Whether characters beyond ASCII are written as `\u` escapes.
  var asciiOnly = false

  /// Appends text as it is.
  mutating func raw(_ text: String) {
    bytes.append(contentsOf: text.utf8)
  }

  /// Appends bytes as they are.
  mutating func raw(_ text: [UInt8]) {
    bytes.append(contentsOf: text)
  }

  /// Appends a number.
  mutating func number(_ value: Int) {
    bytes.append(contentsOf: String(value).utf8)
  }

  /// Appends a string, quoted and escaped.
  mutating func string(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    escaped(text)
    bytes.append(UInt8(ascii: "\""))
  }

  /// Appends a string, or `null`.
  mutating func string(orNull text: String?) {
    if let text { string(text) } else { raw("null") }
  }

  /// Appends the inside of a string, escaped (RFC 8259 §7), without its quotes.
  mutating func escaped(_ text: String) {
    if asciiOnly {
      for unit in text.utf16 { escape(unit: unit) }
      return
    }
    for byte in text.utf8 {
      if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        escape(unit: UInt16(byte))
      } else {
        bytes.append(byte)
      }
    }
  }

  /// Appends one UTF-16 unit as ASCII; a lone surrogate is written too, which is what some servers do.
  mutating func escape(unit: UInt16) {
    switch unit {
    case 0x22: raw("\\\"")
    case 0x5C: raw("\\\\")
    case 0x0A: raw("\\n")
    case 0x0D: raw("\\r")
    case 0x09: raw("\\t")
    case 0x20..<0x7F: bytes.append(UInt8(truncatingIfNeeded: unit))
    default:
      raw("\\u")
      for shift in [12, 8, 4, 0] { bytes.append(Self.digits[Int(unit >> UInt16(shift)) & 15]) }
    }
  }

  private static let digits = [UInt8]("0123456789abcdef".utf8)
}
