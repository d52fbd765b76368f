/// Reads a pattern into a syntax tree: alternation, sequence, repetition, group. Escapes and classes are in the
/// extensions.
struct RegularExpressionParser {
  struct Flags {
    var ignoresCase = false
    var multiline = false
    var dotMatchesNewline = false
    var swapsGreediness = false
    var ignoresWhitespace = false
  }

  /// Groups, classes and repetitions may be nested this deep; the parser and what follows it recurse.
  static let maximumDepth = 100
  /// The largest count in `{…}`.
  static let maximumRepetition = 1000
  /// More groups than this are refused: what a match records grows with them.
  static let maximumGroups = 200

  let scalars: [UInt32]
  var position = 0
  var flags = Flags()
  var depth = 0
  /// The names of the groups found so far; 0 is the whole match.
  private(set) var captureNames: [String?] = [nil]

  init(_ pattern: String, ignoringCase: Bool) {
    scalars = pattern.unicodeScalars.map(\.value)
    flags.ignoresCase = ignoringCase
  }

  mutating func parse() throws(RegularExpressionError) -> RegularExpressionNode {
    let tree = try parseAlternation()
    if position < scalars.count { throw error("unopened group: `)` without `(`", at: position) }
    return tree
  }

  /// An error at a scalar's place.
  func error(_ message: String, at place: Int) -> RegularExpressionError {
    var offset = 0
    for value in scalars.prefix(place) {
      offset += value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4
    }
    return RegularExpressionError(message: message, offset: offset)
  }

  var current: UInt32? { position < scalars.count ? scalars[position] : nil }

  func isAt(_ character: Unicode.Scalar, ahead: Int = 0) -> Bool {
    position + ahead < scalars.count && scalars[position + ahead] == character.value
  }

  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard isAt(character) else { return false }
    position += 1
    return true
  }

  /// In verbose mode (`x`): passes over white space and comments.
  mutating func skipInsignificant() {
    guard flags.ignoresWhitespace else { return }
    while let value = current {
      if UnicodeFacts.isSpace(value) {
        position += 1
      } else if value == 0x23 {
        while let value = current, value != 0x0a { position += value == 0x0a ? 0 : 1 }
      } else {
        return
      }
    }
  }

  mutating func enter() throws(RegularExpressionError) {
    depth += 1
    if depth > Self.maximumDepth { throw error("nested deeper than \(Self.maximumDepth) levels", at: position) }
  }

  private mutating func parseAlternation() throws(RegularExpressionError) -> RegularExpressionNode {
    try enter()
    defer { depth -= 1 }
    var branches = [try parseSequence()]
    while skip("|") { branches.append(try parseSequence()) }
    return branches.count == 1 ? branches[0] : .alternation(branches)
  }

  private mutating func parseSequence() throws(RegularExpressionError) -> RegularExpressionNode {
    var nodes: [RegularExpressionNode] = []
    while true {
      skipInsignificant()
      guard let value = current, value != 0x7c, value != 0x29 else { break }
      if let node = try parseAtom() { nodes.append(try parseRepetitions(of: node)) }
    }
    return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
  }

  /// One atom; nil for a group that only sets flags.
  private mutating func parseAtom() throws(RegularExpressionError) -> RegularExpressionNode? {
    let start = position
    guard let value = current, let character = Unicode.Scalar(value) else { return nil }
    switch character {
    case "(": return try parseGroup()
    case "[": return try parseClass()
    case "\\": return try parseEscape()
    case "*", "+", "?", "{":
      throw error("repetition operator `\(character)` has nothing to repeat", at: start)
    case ".":
      position += 1
      return .any(includingNewline: flags.dotMatchesNewline)
    case "^":
      position += 1
      return .assertion(flags.multiline ? .lineStart : .textStart)
    case "$":
      position += 1
      return .assertion(flags.multiline ? .lineEnd : .textEnd)
    default:
      position += 1
      return literal(value)
    }
  }

  /// A scalar as the flags have it: itself, or it and its other cases.
  func literal(_ value: UInt32) -> RegularExpressionNode {
    if flags.ignoresCase, UnicodeFacts.anyCaseVariant(of: value, { $0 != value }) {
      return .set(.ignoringCase(.range(value, value)))
    }
    return .scalar(value)
  }

  private mutating func parseGroup() throws(RegularExpressionError) -> RegularExpressionNode? {
    let start = position
    position += 1
    let outer = flags
    var captureIndex: Int?
    if skip("?") {
      if isAt("=") || isAt("!") || isAt("<") && (isAt("=", ahead: 1) || isAt("!", ahead: 1)) {
        throw error("look-around is not supported", at: start)
      }
      if skip("<") {
        captureIndex = try openCapture(named: parseName(), at: start)
      } else if isAt("P"), isAt("<", ahead: 1) {
        position += 2
        captureIndex = try openCapture(named: parseName(), at: start)
      } else if try parseFlags() {
        return nil
      }
    } else {
      captureIndex = try openCapture(named: nil, at: start)
    }
    let body = try parseAlternation()
    if !skip(")") { throw error("unclosed group", at: start) }
    flags = outer
    if let captureIndex { return .capture(body, index: captureIndex) }
    return body
  }

  private mutating func openCapture(named name: String?, at place: Int) throws(RegularExpressionError) -> Int {
    if captureNames.count > Self.maximumGroups { throw error("more than \(Self.maximumGroups) groups", at: place) }
    if let name, captureNames.contains(name) { throw error("duplicate group name `\(name)`", at: place) }
    captureNames.append(name)
    return captureNames.count - 1
  }

  private mutating func parseName() throws(RegularExpressionError) -> String {
    var name = String.UnicodeScalarView()
    while let value = current, value != 0x3e {
      let isFirst = name.isEmpty
      let isLetter = UnicodeFacts.isWord(value) && !UnicodeFacts.isDigit(value)
      let isLater = UnicodeFacts.isDigit(value) || value == 0x2e || value == 0x5b || value == 0x5d
      guard let scalar = Unicode.Scalar(value), isLetter || !isFirst && isLater else {
        throw error("invalid character in a group name", at: position)
      }
      name.append(scalar)
      position += 1
    }
    if !skip(">") { throw error("unclosed group name", at: position) }
    if name.isEmpty { throw error("empty group name", at: position - 1) }
    return String(name)
  }

  /// Reads the flags after `(?`. Returns true for `(?flags)`, which is then done; false when `:` and a body follow.
  private mutating func parseFlags() throws(RegularExpressionError) -> Bool {
    var value = true
    var isEmpty = true
    var new = flags
    while let scalar = current, let character = Unicode.Scalar(scalar) {
      let place = position
      position += 1
      switch character {
      case "i": new.ignoresCase = value
      case "m": new.multiline = value
      case "s": new.dotMatchesNewline = value
      case "U": new.swapsGreediness = value
      case "x": new.ignoresWhitespace = value
      case "u" where value: break
      case "-":
        if !value { throw error("repeated negation of flags", at: place) }
        value = false
        isEmpty = true
        continue
      case ")", ":":
        // `(?:` needs no flag; `(?)` and `(?-:` do.
        if isEmpty && (character == ")" || !value) { throw error("missing flag", at: place) }
        flags = new
        return character == ")"
      default: throw error("unsupported flag `\(character)`", at: place)
      }
      isEmpty = false
    }
    throw error("unclosed group", at: position)
  }

  private mutating func parseRepetitions(of atom: RegularExpressionNode) throws(RegularExpressionError)
    -> RegularExpressionNode
  {
    var node = atom
    let outerDepth = depth
    defer { depth = outerDepth }
    while true {
      skipInsignificant()
      let bounds: (minimum: Int, maximum: Int?)
      if skip("*") {
        bounds = (0, nil)
      } else if skip("+") {
        bounds = (1, nil)
      } else if skip("?") {
        bounds = (0, 1)
      } else if isAt("{") {
        bounds = try parseCount()
      } else {
        return node
      }
      try enter()
      let isLazy = skip("?")
      node = .repetition(
        node, minimum: bounds.minimum, maximum: bounds.maximum, greedy: isLazy == flags.swapsGreediness)
    }
  }

  /// `{n}`, `{n,}` or `{n,m}`.
  private mutating func parseCount() throws(RegularExpressionError) -> (Int, Int?) {
    let start = position
    position += 1
    let minimum = try parseNumber(start)
    var maximum: Int? = minimum
    if skip(",") { maximum = isAt("}") ? nil : try parseNumber(start) }
    if !skip("}") { throw error("unclosed counted repetition", at: start) }
    if let maximum, maximum < minimum { throw error("counted repetition with its bounds reversed", at: start) }
    return (minimum, maximum)
  }

  private mutating func parseNumber(_ start: Int) throws(RegularExpressionError) -> Int {
    var number = 0
    let first = position
    while let value = current, value >= 0x30, value <= 0x39 {
      number = number * 10 + Int(value - 0x30)
      if number > Self.maximumRepetition {
        throw error("counted repetition above \(Self.maximumRepetition)", at: first)
      }
      position += 1
    }
    if position == first { throw error("counted repetition without a decimal number", at: start) }
    return number
  }
}
