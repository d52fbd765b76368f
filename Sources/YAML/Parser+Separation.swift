import JSON

/// White space, comments, line breaks and indentation between tokens (sections 6.1 to 6.7).
extension Parser {
  /// Skips spaces and tabs.
  mutating func skipWhite() {
    while peek().isWhite { cursor.position += 1 }
  }

  /// Skips a line break, if one is here, and is then at the start of the next line.
  mutating func skipBreak() {
    switch peek() {
    case .carriageReturn: cursor.position += peek(1) == .lineFeed ? 2 : 1
    case .lineFeed: cursor.position += 1
    default: return
    }
    cursor.line += 1
    cursor.lineStart = cursor.position
  }

  /// Skips to the line break or to the end.
  mutating func skipToBreak() {
    while !isAtEnd, !peek().isBreak { cursor.position += 1 }
  }

  /// At the start of a line: takes its indentation and moves to its first token.
  mutating func measureIndentation() {
    while peek() == .space { cursor.position += 1 }
    cursor.indentation = columnInBytes
    cursor.hasTab = peek() == .tab
    skipWhite()
    cursor.firstToken = cursor.position
  }

  /// `#` that begins a comment: it follows white space or begins the line (section 6.6).
  var isAtComment: Bool {
    peek() == UInt8(ascii: "#") && (columnInBytes == 0 || byte(at: cursor.position - 1).isWhite)
  }

  /// Moves to the next token, over lines; a token here already is one.
  mutating func skipToToken() throws(Abandoned) {
    while true {
      if columnInBytes == 0 { measureIndentation() } else { skipWhite() }
      if isAtComment {
        let start = cursor.position
        skipToBreak()
        try checkPrintable(from: start)
      }
      guard peek().isBreak else { return }
      skipBreak()
    }
  }

  /// Moves to the next token within a flow collection (`s-separate` in a flow context), whose lines must be indented
  /// by at least `minimum` spaces.
  mutating func skipToFlowToken(minimum: Int) throws(Abandoned) {
    let line = cursor.line
    try skipToToken()
    guard cursor.line != line, !isAtEnd else { return }
    if isAtDocumentMarker {
      throw fail("the document ends within a flow collection", hint: "close it with ']' or '}' first")
    }
    guard cursor.indentation < minimum else { return }
    let isClosing = peek() == UInt8(ascii: "]") || peek() == UInt8(ascii: "}")
    if isClosing, cursor.indentation >= minimum - 1, !cursor.hasTab { return }
    if cursor.hasTab { throw failTab() }
    throw fail(
      "did not find expected ',' or the end of the flow collection that began on line \(flowStart.line), column "
        + "\(flowStart.column), before this line, which is indented too little to belong to it",
      hint: "close the collection, or indent the line further")
  }

  /// Moves behind a node of a block context to the next token, which must be on another line.
  mutating func expectLineEnd(after what: String) throws(Abandoned) {
    try skipToToken()
    if isFirstOnLine || isAtEnd { return }
    if peek() == UInt8(ascii: "#") {
      throw fail("a comment must be separated from what stands before it", hint: "put a space before '#'")
    }
    throw fail("did not expect anything after \(what) on this line", hint: Parser.quoteHint)
  }

  /// The way out for text that YAML takes for syntax.
  static let quoteHint = "put quotes around the whole value if it is meant as text"

  /// Refuses characters that are allowed in quoted scalars only, from an offset to the cursor.
  mutating func checkPrintable(from start: Int) throws(Abandoned) {
    guard hasJSONOnlyCharacters else { return }
    for offset in start..<cursor.position where TextCheck.isJSONOnly(bytes, at: offset) {
      cursor.position = offset
      throw fail("a control character is not allowed here", hint: "put the text in double quotes, or remove it")
    }
  }

  /// After an error within a block collection: moves to the next line that is indented by at most `column`, where a
  /// collection around it can go on. `entryLine` is where its entry began, which is not visited again.
  mutating func recover(column: Int, entryLine: Int) {
    if cursor.line == entryLine || cursor.firstToken < cursor.lineStart || cursor.position != cursor.firstToken {
      skipToBreak()
      skipBreak()
    }
    while !isAtEnd {
      cursor.position = cursor.lineStart
      measureIndentation()
      let isBlank = peek().isBreak || peek() == UInt8(ascii: "#")
      if isAtEnd || isAtDocumentMarker || !isBlank && cursor.indentation <= column && !cursor.hasTab { return }
      skipToBreak()
      skipBreak()
    }
  }

  /// After an error: moves to the next document marker.
  mutating func recoverToDocumentMarker() {
    while !isAtEnd, !isAtDocumentMarker {
      skipToBreak()
      skipBreak()
    }
  }
}
