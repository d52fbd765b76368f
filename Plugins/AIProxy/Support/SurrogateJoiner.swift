/// Keeps a surrogate pair whole that an upstream cut in two: `\ud83d` at the end of one piece of a JSON string and
/// `\ude00` at the beginning of the next are no text alone, and some clients refuse them.
///
/// The first half is held back until the second comes; a half that stays alone becomes `\ufffd`.
struct SurrogateJoiner {
  /// The four digits of the half held back, or 0.
  private var held: UInt32 = 0

  /// Whether half a pair is held back.
  var isHolding: Bool { held != 0 }

  /// Appends `text`, the inside of a JSON string, to `output`, as far as it stands by itself.
  mutating func append(_ text: borrowing Span<UInt8>, to output: inout [UInt8]) {
    let count = text.count
    guard count > 0 else { return }
    var start = 0
    if held != 0 || (count >= 6 && text[0] == UInt8(ascii: "\\")) {
      let isLow = surrogate(in: text, at: 0).map { $0 >= 0xDC00 } ?? false
      if held != 0 {
        if isLow { appendEscape(held, to: &output) } else { output.append("\\ufffd") }
        held = 0
      } else if isLow {
        output.append("\\ufffd")
        start = 6
      }
    }
    var end = count
    if end - start >= 6, let value = surrogate(in: text, at: end - 6), value < 0xDC00,
      !isEscaped(text, at: end - 6)
    {
      held = UInt32(value)
      end -= 6
    }
    output.append(text.extracting(start..<end))
  }

  /// Nothing follows: what is held back is replaced.
  mutating func finish(to output: inout [UInt8]) {
    guard held != 0 else { return }
    held = 0
    output.append("\\ufffd")
  }

  /// The surrogate whose escape begins at `offset`, or `nil`.
  private func surrogate(in text: borrowing Span<UInt8>, at offset: Int) -> UInt16? {
    guard text.count - offset >= 6, text[offset] == UInt8(ascii: "\\"), text[offset + 1] == UInt8(ascii: "u")
    else { return nil }
    var value: UInt16 = 0
    for index in offset + 2..<offset + 6 {
      guard let digit = hexadecimalValue(text[index]) else { return nil }
      value = value &<< 4 | UInt16(digit)
    }
    return value >= 0xD800 && value < 0xE000 ? value : nil
  }

  /// Whether the reverse solidus at `offset` is itself escaped.
  private func isEscaped(_ text: borrowing Span<UInt8>, at offset: Int) -> Bool {
    var index = offset
    while index > 0, text[index - 1] == UInt8(ascii: "\\") { index -= 1 }
    return (offset - index) % 2 == 1
  }

  private func appendEscape(_ value: UInt32, to output: inout [UInt8]) {
    output.append("\\u")
    for shift in [12, 8, 4, 0] as [UInt32] { output.append(hexadecimalDigit(UInt8(value >> shift & 0xF))) }
  }
}
