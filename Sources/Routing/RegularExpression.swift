/// A regular expression in the syntax of Rust's `regex` crate, matched in time linear in the text.
///
/// Supported: literals, escapes (`\d \D \w \W \s \S \b \B \A \z \< \> \t \n \r \a \f \v \xHH \x{…} \uHHHH \u{…} \UHHHHHHHH`),
/// `.`, classes with ranges, negation, nesting, POSIX names and the set operations `&& -- ~~`, general categories
/// (`\p{L}`, `\pN`, `\P{Lu}`), capturing, named and plain groups, the flags `i m s x U`, alternation, greedy and lazy
/// repetition, and the anchors `^ $`. Refused with a reason: look-around, back-references, scripts and other Unicode
/// properties, the flags `-u` and `R`.
///
/// Text is read as UTF-8; a byte that is no part of valid UTF-8 matches nothing, not even `.` or a negated class.
/// Of several ways to match, the one that the alternatives' order and the greediness of the repetitions prefer wins
/// (leftmost-first, as in Perl and Rust).
///
/// An object keeps the memory of its last match to use it again, so it must be used from one thread at a time.
public final class RegularExpression {
  /// The pattern as given.
  public let pattern: String
  /// The names of the groups; index 0 stands for the whole match and has none.
  public let captureNames: [String?]
  /// Every match at the start of a text begins with these bytes; empty when nothing can be said.
  let literalPrefix: [UInt8]
  private let machine: RegularExpressionMachine

  /// Compiles a pattern.
  ///
  /// - Parameters:
  ///   - pattern: The expression, without delimiters.
  ///   - ignoringCase: As if the pattern began with `(?i)`.
  public init(_ pattern: String, ignoringCase: Bool = false) throws(RegularExpressionError) {
    var parser = RegularExpressionParser(pattern, ignoringCase: ignoringCase)
    let tree = try parser.parse()
    self.pattern = pattern
    captureNames = parser.captureNames
    literalPrefix = tree.literalPrefix().bytes
    machine = RegularExpressionMachine(
      try RegularExpressionCompiler.compile(tree, captureCount: parser.captureNames.count))
  }

  /// Matches at the start of a text.
  ///
  /// - Parameters:
  ///   - bytes: The text; borrowed for the call.
  ///   - captures: Set to what the groups captured, if there is a match; left alone otherwise.
  /// - Returns: The length of the match in bytes, or nil.
  @safe
  public func matchPrefix(_ bytes: UnsafeRawBufferPointer, captures: inout RegularExpressionCaptures) -> Int? {
    matchPrefix(unsafe Span(_unsafeElements: bytes.bindMemory(to: UInt8.self)), captures: &captures)
  }

  /// Whether the expression matches anywhere in a text, which is borrowed for the call.
  @safe
  public func isMatch(_ bytes: UnsafeRawBufferPointer) -> Bool {
    isMatch(unsafe Span(_unsafeElements: bytes.bindMemory(to: UInt8.self)))
  }

  /// Whether the expression matches anywhere in a text.
  public func isMatch(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { isMatch(UnsafeRawBufferPointer($0)) }
  }

  /// Finds the leftmost match in a text.
  ///
  /// - Parameters:
  ///   - bytes: The text; borrowed for the call.
  ///   - captures: Set to the match (entry 0) and its groups, if there is one; left alone otherwise.
  /// - Returns: Whether there is a match.
  @safe
  public func firstMatch(in bytes: UnsafeRawBufferPointer, captures: inout RegularExpressionCaptures) -> Bool {
    machine.search(
      unsafe Span(_unsafeElements: bytes.bindMemory(to: UInt8.self)), anchored: false, captures: &captures)
  }

  func matchPrefix(_ text: Span<UInt8>, captures: inout RegularExpressionCaptures) -> Int? {
    machine.search(text, anchored: true, captures: &captures) ? captures.slots[1] : nil
  }

  func isMatch(_ text: Span<UInt8>) -> Bool { machine.isMatch(text) }
}
