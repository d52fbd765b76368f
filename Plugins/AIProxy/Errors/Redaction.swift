/// Keeps credentials out of what clients and logs see.
enum Redaction {
  /// `text` with what looks like an API key (`sk-` and eight or more characters) replaced.
  static func redact(_ text: String) -> String {
    guard text.contains(text: "sk-") else { return text }
    return String(decoding: redact(Array(text.utf8)), as: UTF8.self)
  }

  /// The same for bytes; whatever else they are stays.
  static func redact(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index...].starts(with: prefix) && (index == 0 || !isKeyCharacter(bytes[index - 1])) {
        var end = index + prefix.count
        while end < bytes.count, isKeyCharacter(bytes[end]) { end += 1 }
        if end - index - prefix.count >= 8 {
          result.append("sk-***")
          index = end
          continue
        }
      }
      result.append(bytes[index])
      index += 1
    }
    return result
  }

  private static let prefix = Array("sk-".utf8)

  private static func isKeyCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "*"):
      true
    default: false
    }
  }
}
