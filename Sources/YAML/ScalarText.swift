/// How strings are written, so that readers of YAML 1.1 and 1.2 take them for the same strings.
enum ScalarText {
  /// Words that a reader takes for something other than a string.
  private static let reserved: Set<String> = [
    "null", "true", "false", "yes", "no", "on", "off", "y", "n", "~", "<<", "=",
  ]

  /// The string can stand without quotes, as a value and as a key.
  static func isPlain(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last, bytes.count <= 400 else { return false }
    if first.isIndicator || first.isWhite || last.isWhite || last == UInt8(ascii: ":") { return false }
    if reserved.contains(text.lowercased()) || looksLikeNumber(bytes) { return false }
    if first == UInt8(ascii: "."), text.hasPrefix("...") { return false }
    for (index, byte) in bytes.enumerated() {
      if byte < 0x20 { return false }
      let next = index + 1 < bytes.count ? bytes[index + 1] : 0
      if byte == UInt8(ascii: ":"), next == .space { return false }
      if byte == .space, next == UInt8(ascii: "#") { return false }
    }
    return text.unicodeScalars.allSatisfy(isPrintable)
  }

  /// The string reads well as a literal block scalar: it has several lines, and its first line shows its indentation.
  static func isLiteral(_ text: String) -> Bool {
    guard text.utf8.contains(.lineFeed), let first = text.utf8.first, !first.isWhite, !first.isBreak else {
      return false
    }
    return text.unicodeScalars.allSatisfy { $0 == "\n" || $0 == "\t" || isPrintable($0) }
  }

  /// The string in double quotes, on one line.
  static func doubleQuoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      default:
        if isPrintable(scalar) { result.unicodeScalars.append(scalar) } else { result += escape(scalar.value) }
      }
    }
    return result + "\""
  }

  /// The character shows as itself and ends no line in any version of YAML.
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x20...0x7E, 0xA1...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }

  /// The string begins like a number of YAML 1.1 or 1.2, or like a timestamp, and has no character that rules it out.
  private static func looksLikeNumber(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, first.isDigit || "+-.".utf8.contains(first) else { return false }
    return bytes.allSatisfy { $0.isDigit || $0.hexValue != nil || "+-.:_oxTtZzEeinfINFaA ".utf8.contains($0) }
  }
}
