import JSON

/// Checks that a text is UTF-8 made of YAML's characters (section 5.1 and 5.2) before it is read, so that the reader
/// meets only well-formed characters.
struct TextCheck {
  private let bytes: [UInt8]
  private var offset = 0
  private var line = 1
  private var lineStart = 0
  /// The text has characters that only quoted scalars may hold (`nb-json` without `c-printable`).
  private(set) var hasJSONOnlyCharacters = false

  /// Where the text begins behind its byte order mark.
  let start: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    offset = start
    lineStart = start
  }

  /// The first fault of the text.
  mutating func firstError() -> YAMLError? {
    if let name = otherEncoding() {
      return YAMLError(
        message: "the text is encoded as \(name)", location: SourceLocation(line: 1, column: 1),
        hint: "save the file as UTF-8")
    }
    while offset < bytes.count {
      let byte = bytes[offset]
      switch byte {
      case .lineFeed:
        newLine(after: 1)
      case .carriageReturn:
        newLine(after: offset + 1 < bytes.count && bytes[offset + 1] == .lineFeed ? 2 : 1)
      case 0x20...0x7E, .tab:
        offset += 1
      case 0x7F:
        hasJSONOnlyCharacters = true
        offset += 1
      case 0..<0x20:
        return YAMLError(
          message: "the control character \(escape(UInt32(byte))) is not allowed", location: location,
          hint: "write it as an escape within double quotes, or remove it")
      default:
        guard let length = sequenceLength() else {
          return YAMLError(
            message: "the bytes here are not UTF-8", location: location, hint: "save the file as UTF-8")
        }
        if isJSONOnly(length: length) { hasJSONOnlyCharacters = true }
        offset += length
      }
    }
    return nil
  }

  private mutating func newLine(after length: Int) {
    offset += length
    line += 1
    lineStart = offset
  }

  private var location: SourceLocation {
    let column = bytes[lineStart..<offset].reduce(1) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    return SourceLocation(line: line, column: column)
  }

  /// The name of an encoding other than UTF-8 that the first bytes show (section 5.2).
  private func otherEncoding() -> String? {
    let first = bytes.prefix(4)
    if first.starts(with: [0, 0, 0xFE, 0xFF]) || first.starts(with: [0xFF, 0xFE, 0, 0]) { return "UTF-32" }
    if first.starts(with: [0xFE, 0xFF]) || first.starts(with: [0xFF, 0xFE]) { return "UTF-16" }
    guard first.count >= 2 else { return nil }
    if first.starts(with: [0, 0, 0]) || first.dropFirst().starts(with: [0, 0, 0]) { return "UTF-32" }
    if bytes[0] == 0 || bytes[1] == 0 { return "UTF-16" }
    return nil
  }

  /// The length of the well-formed sequence at `offset` (Unicode 15, table 3-7), whose first byte is not ASCII.
  private func sequenceLength() -> Int? {
    let lead = bytes[offset]
    let length: Int
    let second: ClosedRange<UInt8>
    switch lead {
    case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
    case 0xE0: (length, second) = (3, 0xA0...0xBF)
    case 0xED: (length, second) = (3, 0x80...0x9F)
    case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
    case 0xF0: (length, second) = (4, 0x90...0xBF)
    case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
    case 0xF4: (length, second) = (4, 0x80...0x8F)
    default: return nil
    }
    guard bytes.count - offset >= length, second.contains(bytes[offset + 1]) else { return nil }
    for index in 2..<max(length, 2) where bytes[offset + index] & 0xC0 != 0x80 { return nil }
    return length
  }

  /// The sequence at `offset` is a C1 control other than NEL, or U+FFFE or U+FFFF.
  private func isJSONOnly(length: Int) -> Bool {
    TextCheck.isJSONOnly(bytes, at: offset)
  }

  /// The character at `offset` is allowed in quoted scalars only.
  static func isJSONOnly(_ bytes: [UInt8], at offset: Int) -> Bool {
    switch bytes[offset] {
    case 0x7F: true
    case 0xC2: offset + 1 < bytes.count && bytes[offset + 1] < 0xA0 && bytes[offset + 1] != 0x85
    case 0xEF: offset + 2 < bytes.count && bytes[offset + 1] == 0xBF && bytes[offset + 2] >= 0xBE
    default: false
    }
  }
}
