/// The ways in which a configuration's secret may stand in a request: what of it reaches the log is looked for in all of them.
enum SecretForms {
  /// The secret as it is, and, where that differs, as a parameter of a query: percent-encoded with digits of either case
  /// (RFC 3986 §2.1), with spaces as `%20` and as forms write them.
  static func all(of secret: String) -> [[UInt8]] {
    let plain = Array(secret.utf8)
    var forms = [plain]
    for ten in [UInt8(ascii: "A"), UInt8(ascii: "a")] {
      for space in [Array("%20".utf8), Array("+".utf8)] {
        let form = encoded(plain, digitTen: ten, space: space)
        if !forms.contains(form) { forms.append(form) }
      }
    }
    return forms
  }

  private static func encoded(_ plain: [UInt8], digitTen: UInt8, space: [UInt8]) -> [UInt8] {
    func digit(_ value: UInt8) -> UInt8 { value < 10 ? UInt8(ascii: "0") &+ value : digitTen &+ value &- 10 }
    return plain.flatMap { byte in
      if isUnreserved(byte) { return [byte] }
      return byte == UInt8(ascii: " ") ? space : [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 15)]
    }
  }

  /// RFC 3986 §2.3.
  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
