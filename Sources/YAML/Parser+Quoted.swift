import JSON

/// Quoted scalars (sections 7.3.1 and 7.3.2).
extension Parser {
  /// Reads a single-quoted scalar.
  mutating func parseSingleQuoted(minimum: Int) throws(Abandoned) -> Scalar {
    let start = cursor
    let place = location()
    cursor.position += 1
    var text: [UInt8] = []
    while true {
      let run = cursor.position
      while !isAtEnd, !peek().isBreak, peek() != UInt8(ascii: "'") { cursor.position += 1 }
      text += bytes[run..<cursor.position]
      if peek() == UInt8(ascii: "'") {
        cursor.position += 1
        guard peek() == UInt8(ascii: "'") else { break }
        text.append(UInt8(ascii: "'"))
        cursor.position += 1
      } else {
        try foldQuoted(&text, protected: 0, from: start, at: place, minimum: minimum)
      }
    }
    return Scalar(text: String(decoding: text, as: UTF8.self), style: .singleQuoted, location: place)
  }

  /// Reads a double-quoted scalar.
  mutating func parseDoubleQuoted(minimum: Int) throws(Abandoned) -> Scalar {
    let start = cursor
    let place = location()
    cursor.position += 1
    var text: [UInt8] = []
    // White space up to here came from escapes, and is no part of a fold.
    var protected = 0
    while true {
      let run = cursor.position
      while !isAtEnd, !peek().isBreak, peek() != UInt8(ascii: "\""), peek() != UInt8(ascii: "\\") {
        cursor.position += 1
      }
      text += bytes[run..<cursor.position]
      if peek() == UInt8(ascii: "\"") {
        cursor.position += 1
        break
      } else if peek() == UInt8(ascii: "\\") {
        if peek(1).isBreak {
          cursor.position += 1
          let breaks = try skipQuotedBreaks(from: start, at: place, minimum: minimum)
          text.append(contentsOf: repeatElement(.lineFeed, count: breaks - 1))
        } else {
          try parseEscape(into: &text)
        }
        protected = text.count
      } else {
        try foldQuoted(&text, protected: protected, from: start, at: place, minimum: minimum)
        protected = text.count
      }
    }
    return Scalar(text: String(decoding: text, as: UTF8.self), style: .doubleQuoted, location: place)
  }

  /// At a line break within a quoted scalar: folds it (`s-flow-folded`).
  private mutating func foldQuoted(
    _ text: inout [UInt8], protected: Int, from start: Cursor, at place: SourceLocation, minimum: Int
  ) throws(Abandoned) {
    while text.count > protected, let last = text.last, last.isWhite { text.removeLast() }
    appendFold(try skipQuotedBreaks(from: start, at: place, minimum: minimum), to: &text)
  }

  /// At a line break or the end within a quoted scalar: moves to its next line with text, and gives the number of line
  /// breaks before it.
  private mutating func skipQuotedBreaks(from start: Cursor, at place: SourceLocation, minimum: Int) throws(Abandoned)
    -> Int
  {
    var breaks = 0
    while peek().isBreak {
      skipBreak()
      breaks += 1
      measureIndentation()
    }
    if isAtEnd || isAtDocumentMarker {
      // Go on behind the line of the quote that is most likely the one too much.
      cursor = start
      throw fail("the quoted text that begins here has no end", hint: "close it with the same quote")
    }
    if cursor.indentation < minimum {
      if cursor.hasTab { throw failTab() }
      throw fail(
        "did not find the end of the quoted text that began on line \(place.line), column \(place.column), before this "
          + "line, which is indented too little to belong to it",
        hint: "close the quotes, or indent the line further")
    }
    return breaks
  }

  /// Reads an escape sequence (section 5.7).
  private mutating func parseEscape(into text: inout [UInt8]) throws(Abandoned) {
    let scalar: UInt32
    switch peek(1) {
    case UInt8(ascii: "0"): scalar = 0
    case UInt8(ascii: "a"): scalar = 7
    case UInt8(ascii: "b"): scalar = 8
    case UInt8(ascii: "t"), .tab: scalar = 9
    case UInt8(ascii: "n"): scalar = 0x0A
    case UInt8(ascii: "v"): scalar = 0x0B
    case UInt8(ascii: "f"): scalar = 0x0C
    case UInt8(ascii: "r"): scalar = 0x0D
    case UInt8(ascii: "e"): scalar = 0x1B
    case .space: scalar = 0x20
    case UInt8(ascii: "\""), UInt8(ascii: "/"), UInt8(ascii: "\\"): scalar = UInt32(peek(1))
    case UInt8(ascii: "N"): scalar = 0x85
    case UInt8(ascii: "_"): scalar = 0xA0
    case UInt8(ascii: "L"): scalar = 0x2028
    case UInt8(ascii: "P"): scalar = 0x2029
    case UInt8(ascii: "x"):
      return try parseNumericEscape(digits: 2, into: &text)
    case UInt8(ascii: "u"):
      return try parseNumericEscape(digits: 4, into: &text)
    case UInt8(ascii: "U"):
      return try parseNumericEscape(digits: 8, into: &text)
    default:
      throw fail(
        "the escape sequence is not known",
        hint: "write a backslash as '\\\\', or put the text in single quotes, where it needs no escape")
    }
    cursor.position += 2
    append(scalar, to: &text)
  }

  /// Reads `\xXX`, `\uXXXX` or `\UXXXXXXXX`. Two surrogates make a character, as in JSON.
  private mutating func parseNumericEscape(digits: Int, into text: inout [UInt8]) throws(Abandoned) {
    var scalar = try hexadecimal(digits: digits, at: 2)
    var length = 2 + digits
    if digits == 4, scalar & 0xFC00 == 0xD800, peek(6) == UInt8(ascii: "\\"), peek(7) == UInt8(ascii: "u") {
      let low = try hexadecimal(digits: 4, at: 8)
      if low & 0xFC00 == 0xDC00 {
        scalar = 0x10000 + (scalar & 0x3FF) << 10 + low & 0x3FF
        length = 12
      }
    }
    guard Unicode.Scalar(scalar) != nil else {
      throw fail(
        "the escape sequence stands for no Unicode character",
        hint: "write characters above U+FFFF as \\U and eight digits, or as two surrogates")
    }
    cursor.position += length
    append(scalar, to: &text)
  }

  private mutating func hexadecimal(digits: Int, at ahead: Int) throws(Abandoned) -> UInt32 {
    var value: UInt32 = 0
    for index in 0..<digits {
      guard let digit = peek(ahead + index).hexValue else {
        throw fail("the escape sequence needs \(digits) hexadecimal digits")
      }
      value = value << 4 | digit
    }
    return value
  }

  /// Appends a character as UTF-8.
  private func append(_ scalar: UInt32, to text: inout [UInt8]) {
    guard let scalar = Unicode.Scalar(scalar) else { return }
    text += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
  }
}
