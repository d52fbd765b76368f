/// Percent-encoding (RFC 3986 §2.1).
enum PercentEncoding {
  /// `text` with everything encoded that is not unreserved (§2.3), so that a name can neither leave its path segment nor end
  /// its parameter.
  static func encode(_ text: String) -> String {
    var result: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        result.append(byte)
      default:
        result.append("%")
        result.append(contentsOf: [hexadecimalDigit(byte >> 4), hexadecimalDigit(byte & 0xF)])
      }
    }
    // `.` and `..` alone are path segments with a meaning (§5.2.4).
    if result.allSatisfy({ $0 == UInt8(ascii: ".") }), result.count <= 2 {
      return String(repeating: "%2E", count: result.count)
    }
    return String(decoding: result, as: UTF8.self)
  }
}
