/// Follows the extensions of a chunk (RFC 9112 §7.1.1) byte by byte, to find their end. Their content is dropped: a
/// recipient ignores extensions it doesn't know, and they belong to one connection.
///
/// The grammar is kept to the letter because a quoted value may hold what looks like the end of the line to
/// somebody else.
struct ChunkExtension: Sendable {
  /// `*( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )`
  private enum State: UInt8 {
    case beforeSemicolon, beforeName, name, afterName, beforeValue, token, quoted, escaped, afterQuoted
  }

  private var state: State

  /// The state after a chunk size that `byte`, a semicolon or whitespace, follows.
  init(startingWith byte: UInt8) {
    state = byte == UInt8(ascii: ";") ? .beforeName : .beforeSemicolon
  }

  /// Whether the line may end here.
  var mayEnd: Bool { state == .name || state == .token || state == .afterQuoted }

  /// Takes the next byte, which is not a line end; `false` when it can't stand here.
  mutating func accept(_ byte: UInt8) -> Bool {
    switch state {
    case .beforeSemicolon: return separator(byte, whitespace: .beforeSemicolon)
    case .beforeName: return start(byte, .name)
    case .name:
      if CharacterClass.token.contains(byte) { return true }
      return assignment(byte) || separator(byte, whitespace: .afterName)
    case .afterName: return assignment(byte) || separator(byte, whitespace: .afterName)
    case .beforeValue:
      if byte == UInt8(ascii: "\"") {
        state = .quoted
        return true
      }
      return start(byte, .token)
    case .token: return CharacterClass.token.contains(byte) || separator(byte, whitespace: .beforeSemicolon)
    case .quoted:
      if byte == UInt8(ascii: "\"") {
        state = .afterQuoted
      } else if byte == UInt8(ascii: "\\") {
        state = .escaped
      }
      return CharacterClass.fieldValue.contains(byte)
    case .escaped:
      state = .quoted
      return CharacterClass.fieldValue.contains(byte)
    case .afterQuoted: return separator(byte, whitespace: .beforeSemicolon)
    }
  }

  /// Whitespace, or the first character of a token.
  private mutating func start(_ byte: UInt8, _ next: State) -> Bool {
    if byte.isOptionalWhitespace { return true }
    state = next
    return CharacterClass.token.contains(byte)
  }

  /// The equals sign between name and value.
  private mutating func assignment(_ byte: UInt8) -> Bool {
    guard byte == UInt8(ascii: "=") else { return false }
    state = .beforeValue
    return true
  }

  /// The semicolon before the next extension, or whitespace.
  private mutating func separator(_ byte: UInt8, whitespace next: State) -> Bool {
    if byte == UInt8(ascii: ";") {
      state = .beforeName
      return true
    }
    state = next
    return byte.isOptionalWhitespace
  }
}
