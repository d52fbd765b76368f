import JSON

/// Plain scalars (section 7.3.3).
extension Parser {
  /// Reads a plain scalar, whose first character was checked, and is then behind its last character.
  mutating func parsePlain(minimum: Int, context: Context) throws(Abandoned) -> Scalar {
    let place = location()
    let isFlow = context == .flow
    let start = cursor.position
    let first = scanPlainLine(isFlow: isFlow)
    try checkPrintable(from: start)
    var scalar = Scalar(text: String(decoding: first, as: UTF8.self), style: .plain, location: place)
    guard context != .blockKey, let breaks = skipToPlainContinuation(minimum: minimum, isFlow: isFlow) else {
      return scalar
    }
    var text = Array(first)
    var next: Int? = breaks
    while let breaks = next {
      appendFold(breaks, to: &text)
      let start = cursor.position
      text += scanPlainLine(isFlow: isFlow)
      try checkPrintable(from: start)
      next = skipToPlainContinuation(minimum: minimum, isFlow: isFlow)
    }
    scalar.text = String(decoding: text, as: UTF8.self)
    return scalar
  }

  /// Line folding (section 6.5): one line break is a space, and of more the first is dropped.
  func appendFold(_ breaks: Int, to text: inout [UInt8]) {
    if breaks == 1 {
      text.append(.space)
    } else {
      text.append(contentsOf: repeatElement(.lineFeed, count: breaks - 1))
    }
  }

  /// Reads the part of a plain scalar that is on this line, without white space behind it.
  private mutating func scanPlainLine(isFlow: Bool) -> ArraySlice<UInt8> {
    let start = cursor.position
    var end = start
    var offset = start
    scan: while offset < bytes.count {
      let byte = bytes[offset]
      switch byte {
      case .space, .tab:
        offset += 1
        continue scan
      case .lineFeed, .carriageReturn:
        break scan
      case UInt8(ascii: ":"):
        if !isPlainSafe(self.byte(at: offset + 1), isFlow: isFlow) { break scan }
      case UInt8(ascii: "#"):
        if offset > end { break scan }
      default:
        if isFlow, byte.isFlowIndicator { break scan }
      }
      offset += 1
      end = offset
    }
    cursor.position = end
    return bytes[start..<end]
  }

  /// Behind a line of a plain scalar: moves to its next line, when the scalar goes on there, and gives the number of
  /// line breaks between.
  private mutating func skipToPlainContinuation(minimum: Int, isFlow: Bool) -> Int? {
    let end = cursor
    var breaks = 0
    skipWhite()
    while peek().isBreak {
      skipBreak()
      breaks += 1
      measureIndentation()
    }
    let first = peek()
    let goesOn =
      breaks > 0 && !isAtEnd && !isAtDocumentMarker && cursor.indentation >= minimum && first != UInt8(ascii: "#")
      && !(isFlow && first.isFlowIndicator)
      && !(first == UInt8(ascii: ":") && !isPlainSafe(peek(1), isFlow: isFlow))
    if goesOn { return breaks }
    cursor = end
    return nil
  }
}
