import JSON

/// Literal and folded scalars (section 8.1).
extension Parser {
  private enum Chomping { case strip, clip, keep }

  private struct Header {
    var isFolded: Bool
    var chomping = Chomping.clip
    /// The indentation beyond that of the block around it; `nil` when the first line of text shows it.
    var indentation: Int?
  }

  /// Reads the block scalar whose `|` or `>` is at the cursor, and is then at the start of the line behind it.
  mutating func parseBlockScalar(parent: Int) throws(Abandoned) -> Scalar {
    let place = location()
    let header = try parseBlockScalarHeader()
    let indentation: Int
    var breaks = 0
    if let given = header.indentation {
      indentation = max(parent, 0) + given
    } else {
      (indentation, breaks) = try detectIndentation(parent: parent)
    }
    let text = try parseBlockScalarLines(header: header, indentation: indentation, breaks: breaks)
    return Scalar(text: String(decoding: text, as: UTF8.self), style: .block, location: place)
  }

  private mutating func parseBlockScalarHeader() throws(Abandoned) -> Header {
    var header = Header(isFolded: peek() == UInt8(ascii: ">"))
    cursor.position += 1
    var hasChomping = false
    while true {
      let byte = peek()
      if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+"), !hasChomping {
        header.chomping = byte == UInt8(ascii: "-") ? .strip : .keep
        hasChomping = true
      } else if byte.isDigit, byte != UInt8(ascii: "0"), header.indentation == nil {
        header.indentation = Int(byte - UInt8(ascii: "0"))
      } else {
        break
      }
      cursor.position += 1
    }
    let end = cursor.position
    skipWhite()
    if peek() == UInt8(ascii: "#"), cursor.position > end {
      skipToBreak()
      try checkPrintable(from: end)
    }
    guard peek().isBreak || isAtEnd else {
      throw fail(
        "did not expect this behind the indicator of a block scalar",
        hint: "begin the text on the next line, or put quotes around a value that begins with '|' or '>'")
    }
    skipBreak()
    return header
  }

  /// Skips empty lines before the text, and gives their number and the indentation of the first line with text.
  private mutating func detectIndentation(parent: Int) throws(Abandoned) -> (indentation: Int, breaks: Int) {
    var breaks = 0
    var widest: (spaces: Int, cursor: Cursor)?
    while true {
      let line = cursor
      while peek() == .space { cursor.position += 1 }
      let spaces = columnInBytes
      if isAtEnd {
        return (max(spaces, parent) + 1, breaks + (spaces > 0 ? 1 : 0))
      }
      if peek().isBreak {
        if spaces > widest?.spaces ?? 0 { widest = (spaces, cursor) }
        breaks += 1
        skipBreak()
        continue
      }
      let isText = !isAtDocumentMarker && spaces > parent
      if isText, let widest, widest.spaces > spaces {
        cursor = widest.cursor
        throw fail(
          "an empty line before the text of a block scalar has more spaces than its first line",
          hint: "remove them, or write the indentation behind '|' or '>'")
      }
      if !isText, peek() == .tab {
        throw failTab()
      }
      cursor = line
      // Without text any line is too little indented to belong to it.
      return (isText ? spaces : max(spaces, parent) + 1, breaks)
    }
  }

  /// Reads the lines of a block scalar, `breaks` line breaks having been read already.
  private mutating func parseBlockScalarLines(
    header: Header, indentation: Int, breaks: Int
  ) throws(Abandoned) -> [UInt8] {
    var text: [UInt8] = []
    // Line breaks since the last line with text.
    var breaks = breaks
    var isFirst = true
    var wasSpaced = false
    while !isAtEnd {
      let line = cursor
      while peek() == .space, columnInBytes < indentation { cursor.position += 1 }
      if peek().isBreak {
        breaks += 1
        skipBreak()
        continue
      }
      if isAtEnd {
        if columnInBytes > 0 { breaks += 1 }
        break
      }
      if columnInBytes < indentation || isAtDocumentMarker {
        cursor = line
        break
      }
      let start = cursor.position
      skipToBreak()
      try checkPrintable(from: start)
      let isSpaced = byte(at: start).isWhite
      if !header.isFolded || isFirst || isSpaced || wasSpaced {
        text.append(contentsOf: repeatElement(.lineFeed, count: breaks))
      } else {
        appendFold(breaks, to: &text)
      }
      text += bytes[start..<cursor.position]
      isFirst = false
      wasSpaced = isSpaced
      breaks = peek().isBreak ? 1 : 0
      skipBreak()
    }
    switch header.chomping {
    case .strip: break
    case .clip: if !isFirst, breaks > 0 { text.append(.lineFeed) }
    case .keep: text.append(contentsOf: repeatElement(.lineFeed, count: breaks))
    }
    return text
  }
}
