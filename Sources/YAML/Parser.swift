import JSON

/// The parser has recorded an error and gives up what it was reading; a collection around it may go on.
struct Abandoned: Error {}

/// Reads YAML by recursive descent, one character of the text at a time and never backwards but over blank lines, so
/// that the time is linear in the length of the text.
///
/// Two things set YAML apart from other formats. Whether a node is a key shows only at the `:` behind it; so a node is
/// read first, and becomes the first key of a mapping when a `:` follows on its line. And structure is indentation: a
/// function that reads a block node is given the indentation `n` of the block around it, as in the grammar's
/// productions, and ends before a line that is not indented further.
struct Parser {
  /// A place in the text and what is known about its line.
  struct Cursor {
    /// The byte to read next.
    var position: Int
    /// The line, from 1.
    var line = 1
    /// The first byte of the line.
    var lineStart: Int
    /// The spaces that the line begins with, once ``Parser/measureIndentation()`` saw it.
    var indentation = 0
    /// Tabs stand between these spaces and the first token of the line.
    var hasTab = false
    /// The first byte of the line that is not white space.
    var firstToken: Int
  }

  /// What an anchor stands for.
  enum Anchor {
    /// The node is still being read.
    case open
    case complete(Item, weight: Int, height: Int)
  }

  let bytes: [UInt8]
  let hasJSONOnlyCharacters: Bool
  var cursor: Cursor

  /// What is wrong, in the order it was found.
  var errors: [YAMLError] = []
  /// The reader must stop rather than go on behind the last error.
  var isStopped = false

  /// The anchors of the document.
  var anchors: [String: Anchor] = [:]
  /// The tag handles of the document.
  var tagHandles: [String: String] = [:]

  /// Where the innermost flow collection around the cursor began.
  var flowStart = SourceLocation(line: 1, column: 1)
  /// Collections around the cursor.
  var depth = 0
  /// The largest depth since the last anchored node began.
  var deepest = 0
  /// The weight of all nodes made so far, in the units of ``Limits/aliasWeight``.
  var weight = 0
  /// How much of it came from aliases.
  var aliasWeight = 0

  /// Where ``columnCount`` was counted to.
  private var columnOffset: Int
  private var columnCount = 1

  init(_ text: [UInt8]) {
    var check = TextCheck(text)
    let error = check.firstError()
    bytes = text
    hasJSONOnlyCharacters = check.hasJSONOnlyCharacters
    cursor = Cursor(position: check.start, lineStart: check.start, firstToken: -1)
    columnOffset = check.start
    if let error {
      errors = [error]
      isStopped = true
    }
  }

  /// Throws what was found, in the order of the text.
  func throwErrors() throws(YAMLErrors) {
    guard !errors.isEmpty else { return }
    let ordered = errors.enumerated().sorted { left, right in
      let (first, second) = (left.element.location, right.element.location)
      return (first.line, first.column, left.offset) < (second.line, second.column, right.offset)
    }
    throw YAMLErrors(ordered.map(\.element))
  }

  // MARK: Looking at the text

  /// The byte at the cursor or behind it; NUL behind the end.
  func peek(_ ahead: Int = 0) -> UInt8 {
    byte(at: cursor.position + ahead)
  }

  /// The byte at an offset of the text, which is not negative; NUL behind the end.
  func byte(at offset: Int) -> UInt8 {
    offset < bytes.count ? bytes[offset] : 0
  }

  var isAtEnd: Bool { cursor.position >= bytes.count }

  /// The bytes between the start of the line and the cursor; equals its column from 0 where they are ASCII, as they
  /// are before the start of any block collection.
  var columnInBytes: Int { cursor.position - cursor.lineStart }

  /// Only white space stands before the cursor on its line.
  var isFirstOnLine: Bool { cursor.position == cursor.firstToken }

  /// The cursor's place. Asked for in the order of the text it costs one step per character in all.
  mutating func location() -> SourceLocation {
    if columnOffset < cursor.lineStart || columnOffset > cursor.position {
      columnOffset = cursor.lineStart
      columnCount = 1
    }
    while columnOffset < cursor.position {
      if byte(at: columnOffset) & 0xC0 != 0x80 { columnCount += 1 }
      columnOffset += 1
    }
    return SourceLocation(line: cursor.line, column: columnCount)
  }

  /// `-`, `?` or `:` as an indicator: followed by white space, a line break or the end.
  func isIndicator(_ indicator: UInt8) -> Bool {
    peek() == indicator && peek(1).endsToken
  }

  /// `---` or `...` at the start of a line (`c-forbidden`).
  var isAtDocumentMarker: Bool {
    guard columnInBytes == 0 else { return false }
    let first = peek()
    guard first == UInt8(ascii: "-") || first == UInt8(ascii: ".") else { return false }
    return peek(1) == first && peek(2) == first && peek(3).endsToken
  }

  /// No content of the document follows.
  var isAtDocumentEnd: Bool { isAtEnd || isAtDocumentMarker }

  // MARK: Errors

  /// Records an error behind which reading goes on.
  mutating func report(_ message: String, at location: SourceLocation, hint: String? = nil) {
    // A second error at a place tells no more than the first.
    guard errors.count < Limits.errors, errors.last?.location != location else { return }
    errors.append(YAMLError(message: message, location: location, hint: hint))
    if errors.count == Limits.errors { isStopped = true }
  }

  /// Records an error, for `throw fail(…)`. Without a location it is that of the cursor.
  mutating func fail(_ message: String, at location: SourceLocation? = nil, hint: String? = nil) -> Abandoned {
    report(message, at: location ?? self.location(), hint: hint)
    return Abandoned()
  }

  /// Records an error that ends the reading, for `throw stop(…)`.
  mutating func stop(_ message: String, at location: SourceLocation? = nil, hint: String? = nil) -> Abandoned {
    isStopped = true
    return fail(message, at: location, hint: hint)
  }

  /// Goes no further behind the last error that is to be reported.
  func throwIfStopped() throws(Abandoned) {
    if isStopped { throw Abandoned() }
  }

  /// The error for a tab that stands where spaces must.
  mutating func failTab() -> Abandoned {
    // The tab lies between the line's first non-space and the cursor.
    var offset = cursor.position
    while offset > cursor.lineStart, byte(at: offset - 1).isWhite { offset -= 1 }
    while offset < cursor.position, byte(at: offset) != .tab { offset += 1 }
    cursor.position = offset
    return fail("found a tab where indentation is expected", hint: "indent with spaces")
  }

  // MARK: Depth and weight

  /// Enters a collection.
  mutating func enter() throws(Abandoned) {
    depth += 1
    deepest = max(deepest, depth)
    weight += 1
    if depth > Limits.depth {
      throw stop("collections are nested more than \(Limits.depth) deep")
    }
  }

  /// Leaves a collection.
  mutating func leave() {
    depth -= 1
  }
}
