/// The ways in which a configuration's secret may stand in a request: what of it reaches the log is looked for in all of them.
enum SecretForms {
  /// The secret as it is, and, where that differs, as a parameter of a query: percent-encoded (RFC 3986 §2.1), with spaces as
  /// `%20` and as forms write them.
  static func all(of secret: String) -> [[UInt8]] {
    let plain = Array(secret.utf8)
    var encoded: [UInt8] = []
    var asForm: [UInt8] = []
    for byte in plain {
      if isUnreserved(byte) {
        encoded.append(byte)
        asForm.append(byte)
      } else {
        let escape = [UInt8(ascii: "%"), digit(byte >> 4), digit(byte & 15)]
        encoded += escape
        if byte == UInt8(ascii: " ") { asForm.append(UInt8(ascii: "+")) } else { asForm += escape }
      }
    }
    var forms = [plain]
    for form in [encoded, asForm] where !forms.contains(form) { forms.append(form) }
    return forms
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

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 &+ value : 55 &+ value }
}
