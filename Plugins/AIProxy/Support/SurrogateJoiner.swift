/// Keeps surrogate pairs whole that an upstream cut in two: `\ud83d` at the end of one piece of a JSON string and
/// `\ude00` at the beginning of the next are no text alone, and some clients refuse them.
///
/// A first half at the end of a piece is held back until the second comes; a half that stays alone, wherever it stands,
/// becomes `\ufffd`.
struct SurrogateJoiner {
  /// The half held back, or 0.
  private var held: UInt16 = 0

  /// Whether half a pair is held back.
  var isHolding: Bool { held != 0 }

  /// Appends `text`, the inside of a JSON string, to `output`, as far as it stands by itself.
  mutating func append(_ text: borrowing Span<UInt8>, to output: inout [UInt8]) {
    let count = text.count
    guard count > 0 else { return }
    var start = 0
    if held != 0 {
      if let second = Self.surrogate(in: text, at: 0), second >= 0xDC00 {
        Self.appendEscape(held, to: &output)
        Self.appendEscape(second, to: &output)
        start = 6
      } else {
        output.append("\\ufffd")
      }
      held = 0
    }
    var position = start
    while let escape = text.firstOffset(of: UInt8(ascii: "\\"), from: position) {
      guard let half = Self.surrogate(in: text, at: escape) else {
        position = min(escape + 2, count)
        continue
      }
      let isPair = half < 0xDC00 && (Self.surrogate(in: text, at: escape + 6).map { $0 >= 0xDC00 } ?? false)
      if isPair {
        position = escape + 12
        continue
      }
      output.append(text.extracting(start..<escape))
      start = escape + 6
      position = start
      if half < 0xDC00, start == count {
        held = half
      } else {
        output.append("\\ufffd")
      }
    }
    output.append(text.extracting(start..<count))
  }

  /// Nothing follows: what is held back is replaced.
  mutating func finish(to output: inout [UInt8]) {
    guard held != 0 else { return }
    held = 0
    output.append("\\ufffd")
  }

  /// The surrogate whose escape begins at `offset`, or `nil`.
  private static func surrogate(in text: borrowing Span<UInt8>, at offset: Int) -> UInt16? {
    guard text.count - offset >= 6, text[offset] == UInt8(ascii: "\\"), text[offset + 1] == UInt8(ascii: "u")
    else { return nil }
    var value: UInt16 = 0
    for index in offset + 2..<offset + 6 {
      guard let digit = hexadecimalValue(text[index]) else { return nil }
      value = value &<< 4 | UInt16(digit)
    }
    return value >= 0xD800 && value < 0xE000 ? value : nil
  }

  private static func appendEscape(_ value: UInt16, to output: inout [UInt8]) {
    output.append("\\u")
    for shift in [12, 8, 4, 0] as [UInt16] { output.append(hexadecimalDigit(UInt8(value >> shift & 0xF))) }
  }
}
