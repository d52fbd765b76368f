/// Percent-encoding of URLs and forms (RFC 3986 §2.1, and `application/x-www-form-urlencoded`).
enum PercentCoding {
  /// The decoded text. Escapes that are none stay as they are; bytes that are no UTF-8 are replaced.
  ///
  /// - Parameter plusIsSpace: Whether `+` stands for a space, as in forms and queries.
  static func decode(_ text: some Collection<UInt8>, plusIsSpace: Bool) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var index = text.startIndex
    while index != text.endIndex {
      let byte = text[index]
      index = text.index(after: index)
      if byte == UInt8(ascii: "%"), let (value, next) = escape(in: text, at: index) {
        bytes.append(value)
        index = next
      } else {
        bytes.append(byte == UInt8(ascii: "+") && plusIsSpace ? UInt8(ascii: " ") : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func escape<Text: Collection<UInt8>>(in text: Text, at start: Text.Index) -> (UInt8, Text.Index)? {
    guard start != text.endIndex, let high = digit(text[start]) else { return nil }
    let second = text.index(after: start)
    guard second != text.endIndex, let low = digit(text[second]) else { return nil }
    return (high << 4 | low, text.index(after: second))
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    Character(UnicodeScalar(byte)).hexDigitValue.map { UInt8($0) }
  }

  /// A text as one segment of a path or one value of a query: all but the unreserved characters of RFC 3986 §2.3 are escaped.
  static func encode(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
        result.unicodeScalars.append(UnicodeScalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return result
  }

  /// The pairs of a query or form, in their order; a name without `=` has the value `nil`.
  static func pairs(_ text: some Collection<UInt8>) -> [(name: String, value: String?)] {
    text.split(separator: UInt8(ascii: "&")).map { pair in
      guard let mark = pair.firstIndex(of: UInt8(ascii: "=")) else {
        return (decode(pair, plusIsSpace: true), nil)
      }
      return (
        decode(pair[..<mark], plusIsSpace: true), decode(pair[pair.index(after: mark)...], plusIsSpace: true)
      )
    }
  }
}
