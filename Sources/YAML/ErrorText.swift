/// A text of the user's as an error quotes it: a long one is cut.
func shown(_ text: String) -> String {
  let scalars = text.unicodeScalars
  guard let end = scalars.index(scalars.startIndex, offsetBy: 60, limitedBy: scalars.endIndex), end < scalars.endIndex
  else { return "'\(text)'" }
  return "'\(text[..<end])…'"
}

/// A character as YAML escapes it: `\x07`, `\u200B`.
func escape(_ scalar: UInt32) -> String {
  let digits = String(scalar, radix: 16, uppercase: true)
  let width = scalar <= 0xFF ? 2 : scalar <= 0xFFFF ? 4 : 8
  let prefix = scalar <= 0xFF ? "\\x" : scalar <= 0xFFFF ? "\\u" : "\\U"
  return prefix + String(repeating: "0", count: max(0, width - digits.count)) + digits
}
