import JSON

/// The arguments of a tool call: a JSON object in a JSON string.
enum ToolArguments {
  /// The object that an escaped text holds, its own bytes unchanged.
  ///
  /// No text, white space and `null` are an empty object. A text that was cut off is mended: what is open is closed, and what
  /// cannot stand at the end is left out.
  ///
  /// - Returns: `nil` when the text is no object and cannot be made one.
  static func object(fromEscaped text: [UInt8], json: JSONReader) -> [UInt8]? {
    var quoted: [UInt8] = []
    quoted.reserveCapacity(text.count + 2)
    quoted.append(UInt8(ascii: "\""))
    quoted.append(contentsOf: text)
    quoted.append(UInt8(ascii: "\""))
    let decoded = json.read(quoted.span) { $0.decodedBytes } ?? []
    let trimmed = trim(decoded)
    if trimmed.isEmpty || trimmed.span.equals("null") { return Array("{}".utf8) }
    switch json.read(trimmed.span, { $0.kind }) {
    case .object?: return trimmed
    case nil:
      guard let mended = mend(trimmed), json.read(mended.span, { $0.kind }) == .object else { return nil }
      return mended
    default: return nil
    }
  }

  private static func trim(_ text: [UInt8]) -> [UInt8] {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
    guard let first = text.firstIndex(where: { !isSpace($0) }), let last = text.lastIndex(where: { !isSpace($0) })
    else { return [] }
    return Array(text[first...last])
  }

  /// Closes what a text that was cut off leaves open.
  private static func mend(_ text: [UInt8]) -> [UInt8]? {
    guard text.first == UInt8(ascii: "{") else { return nil }
    var closers: [UInt8] = []
    var isInString = false
    var isEscaped = false
    for byte in text {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "{"): closers.append(UInt8(ascii: "}"))
      case UInt8(ascii: "["): closers.append(UInt8(ascii: "]"))
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard closers.popLast() == byte else { return nil }
      default: break
      }
    }
    guard !closers.isEmpty else { return nil }
    var result = text
    if isEscaped { result.removeLast() }
    if isInString { result.append(UInt8(ascii: "\"")) }
    result = trim(result)
    if result.last == UInt8(ascii: ",") { result.removeLast() }
    if result.last == UInt8(ascii: ":") { result.append("null") }
    result.append(contentsOf: closers.reversed())
    return result
  }
}
