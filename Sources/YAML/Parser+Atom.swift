import JSON

/// Where a flow node stands.
enum Context {
  /// In a block collection.
  case block
  /// Where a key of a block mapping must stand: text does not go on to a further line.
  case blockKey
  /// In a flow collection.
  case flow
}

/// Flow nodes without properties (section 7.5).
extension Parser {
  /// Reads an alias, a flow scalar or a flow collection, whose further lines are indented by at least `minimum`.
  mutating func parseAtom(minimum: Int, context: Context) throws(Abandoned) -> Atom {
    let place = location()
    let line = cursor.line
    let content: Atom.Content
    switch peek() {
    case UInt8(ascii: "*"): content = try .alias(parseAlias())
    case UInt8(ascii: "\""): content = try .scalar(parseDoubleQuoted(minimum: minimum))
    case UInt8(ascii: "'"): content = try .scalar(parseSingleQuoted(minimum: minimum))
    case UInt8(ascii: "["): content = try .collection(parseFlowSequence(minimum: minimum))
    case UInt8(ascii: "{"): content = try .collection(parseFlowMapping(minimum: minimum))
    default:
      try checkPlainStart(context: context)
      content = try .scalar(parsePlain(minimum: minimum, context: context))
    }
    return Atom(content: content, location: place, line: line)
  }

  /// Refuses a character that text without quotes cannot begin with (`ns-plain-first`).
  private mutating func checkPlainStart(context: Context) throws(Abandoned) {
    let first = peek()
    guard first.isIndicator else { return }
    let name = String(decoding: [first], as: UTF8.self)
    switch first {
    case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"):
      if isPlainSafe(peek(1), isFlow: context == .flow) { return }
      if context == .flow, first == UInt8(ascii: "-") {
        throw fail("a block sequence cannot stand in a flow collection", hint: Parser.quoteHint)
      }
      throw fail("did not expect '\(name)' here", hint: Parser.quoteHint)
    case UInt8(ascii: "@"), UInt8(ascii: "`"):
      throw fail("'\(name)' cannot begin a value, as YAML reserves it", hint: Parser.quoteHint)
    case UInt8(ascii: "%"):
      throw fail("'%' cannot begin a value", hint: Parser.quoteHint)
    case UInt8(ascii: "#"):
      throw fail("a comment must be separated from what stands before it", hint: "put a space before '#'")
    case UInt8(ascii: "|"), UInt8(ascii: ">"):
      throw fail("a block scalar cannot stand in a flow collection", hint: Parser.quoteHint)
    default:
      throw fail("did not expect '\(name)' here", hint: Parser.quoteHint)
    }
  }

  /// `ns-plain-safe(c)`, for a byte.
  func isPlainSafe(_ byte: UInt8, isFlow: Bool) -> Bool {
    !byte.endsToken && !(isFlow && byte.isFlowIndicator)
  }
}
