/// Finds the reasoning that some models write into their text: `<think>…</think>` at its beginning.
///
/// Only a tag that nothing but white space precedes counts, and only one: what a model says about such tags later on is text.
/// Without its end all is reasoning, and an end without a beginning is text. The text comes escaped, in pieces that may cut
/// a tag, though not an escape, in two.
struct InlineThinking {
  private enum State {
    /// Only white space, or the beginning of the tag, has come.
    case start
    case thinking
    /// The end has come: white space before the answer is left out.
    case gap
    case text
  }

  /// One character of a JSON string: a byte, or an escape.
  private struct Unit {
    var length: Int
    /// What it stands for, if that is ASCII; else 0.
    var character: UInt8
  }

  private var state = State.start
  /// What may be white space before a tag, or the tag's beginning.
  private var held: [UInt8] = []
  /// How many of the tag's characters have come.
  private var matched = 0

  private static let opening = Array("<think>".utf8)
  private static let closing = Array("</think>".utf8)

  /// What a piece turned out to be, in this order.
  struct Parts {
    var reasoning: [UInt8] = []
    var text: [UInt8] = []
  }

  /// Takes the next piece.
  mutating func receive(_ piece: borrowing Span<UInt8>) -> Parts {
    var parts = Parts()
    var index = 0
    while index < piece.count {
      if state == .text {
        parts.text.append(piece.extracting(index..<piece.count))
        break
      }
      let unit = Self.unit(of: piece, at: index)
      take(unit, of: piece, at: index, into: &parts)
      index += unit.length
    }
    return parts
  }

  /// Nothing follows: what is held back is what it looks like.
  mutating func finish() -> Parts {
    var parts = Parts()
    if state == .thinking { parts.reasoning = held } else { parts.text = held }
    held = []
    matched = 0
    return parts
  }

  private mutating func take(
    _ unit: Unit, of piece: borrowing Span<UInt8>, at index: Int, into parts: inout Parts
  ) {
    let bytes = piece.extracting(index..<index + unit.length)
    switch state {
    case .start:
      held.append(bytes)
      if matched == 0, Self.isSpace(unit.character) { return }
      guard unit.character == Self.opening[matched] else {
        parts.text.append(contentsOf: held)
        reset(to: .text)
        return
      }
      matched += 1
      if matched == Self.opening.count { reset(to: .thinking) }
    case .thinking:
      if unit.character != Self.closing[matched] {
        parts.reasoning.append(contentsOf: held)
        reset(to: .thinking)
      }
      guard unit.character == Self.closing[matched] else {
        parts.reasoning.append(bytes)
        return
      }
      held.append(bytes)
      matched += 1
      if matched == Self.closing.count { reset(to: .gap) }
    case .gap:
      if Self.isSpace(unit.character) { return }
      parts.text.append(bytes)
      state = .text
    case .text:
      parts.text.append(bytes)
    }
  }

  private mutating func reset(to state: State) {
    self.state = state
    held.removeAll(keepingCapacity: true)
    matched = 0
  }

  private static func isSpace(_ character: UInt8) -> Bool {
    character == 0x20 || character == 0x0A || character == 0x0D || character == 0x09
  }

  private static func unit(of piece: borrowing Span<UInt8>, at index: Int) -> Unit {
    let byte = piece[index]
    guard byte == UInt8(ascii: "\\"), index + 1 < piece.count else {
      return Unit(length: 1, character: byte < 0x80 ? byte : 0)
    }
    let escape = piece[index + 1]
    switch escape {
    case UInt8(ascii: "n"): return Unit(length: 2, character: 0x0A)
    case UInt8(ascii: "r"): return Unit(length: 2, character: 0x0D)
    case UInt8(ascii: "t"): return Unit(length: 2, character: 0x09)
    case UInt8(ascii: "u"):
      guard index + 6 <= piece.count else { return Unit(length: 2, character: 0) }
      var value: UInt16 = 0
      for place in index + 2..<index + 6 { value = value &<< 4 | UInt16(hexadecimalValue(piece[place]) ?? 0) }
      return Unit(length: 6, character: value < 0x80 ? UInt8(value) : 0)
    default: return Unit(length: 2, character: escape)
    }
  }
}
