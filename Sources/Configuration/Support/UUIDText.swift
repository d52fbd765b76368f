/// UUIDs as text.
public enum UUIDText {
  /// Whether a text is a UUID in its usual form, 8-4-4-4-12 hexadecimal digits.
  public static func isValid(_ text: String) -> Bool {
    guard text.utf8.count == 36 else { return false }
    for (index, byte) in text.utf8.enumerated() {
      switch index {
      case 8, 13, 18, 23:
        if byte != 0x2D { return false }
      default:
        guard (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte) else {
          return false
        }
      }
    }
    return true
  }

  /// A random UUID (version 4, RFC 9562 §5.4).
  public static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] = []
    for _ in 0..<2 {
      let word = generator.next()
      for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    return text(of: bytes, version: 4)
  }

  /// The UUID that a name has in a namespace (version 5, RFC 9562 §5.5).
  ///
  /// - Parameter namespace: A UUID; a text that is none counts as an empty namespace.
  public static func named(_ name: String, in namespace: String) -> String {
    text(of: Array(SHA1.digest(of: bytes(of: namespace) + Array(name.utf8)).prefix(16)), version: 5)
  }

  private static func bytes(of text: String) -> [UInt8] {
    let digits = text.utf8.filter { $0 != 0x2D }.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  private static func text(of bytes: [UInt8], version: UInt8) -> String {
    let digits = Array("0123456789abcdef")
    var text = ""
    for (index, original) in bytes.enumerated() {
      var byte = original
      if index == 6 { byte = byte & 0x0F | version << 4 }
      if index == 8 { byte = byte & 0x3F | 0x80 }
      if [4, 6, 8, 10].contains(index) { text.append("-") }
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 0x0F)])
    }
    return text
  }
}
