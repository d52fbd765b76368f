/// What pieces of text come to, in thousandths of a token: averages over English, code, JSON and other texts, measured with Qwen's
/// tokenizer (see Tests/TokenCount).
enum TokenWeights {
  /// A part of a word in ASCII, as `camel` of `camelCase`, that is not one token.
  static func unknown(length: Int, isCapital: Bool) -> Int {
    2000 + (isCapital ? 170 : 90) * max(0, length - 4)
  }

  /// A part of a word with letters outside of ASCII, which are counted besides.
  static func mixedPart(length: Int, prefix: TokenCounter.Prefix) -> Int {
    switch prefix {
    case .space: 1000 + 12 * max(0, length - 3) + 50 * max(0, length - 8)
    case .none: 1030 + 35 * max(0, length - 3) + 90 * max(0, length - 7)
    case .mark: 1150 + 35 * max(0, length - 3) + 110 * max(0, length - 7)
    case .inner: 860 + 20 * max(0, length - 3) + 90 * max(0, length - 8)
    }
  }

  /// A run of punctuation that is not one token.
  /// - Parameter changes: how often another mark follows, the first one included; marks outside of ASCII count more.
  static func punctuation(changes: Int) -> Int {
    2080 + 500 * max(0, changes - 4)
  }

  /// A letter outside of ASCII that is not Chinese; `nil` for what is no letter.
  static func letter(_ scalar: UInt32) -> (value: Int, isLatin: Bool)? {
    switch scalar {
    case 0xD7, 0xF7: nil
    case 0xAA, 0xB5, 0xBA, 0xC0...0x24F, 0x1E00...0x1EFF: (800, true)
    case 0x370...0x3FF, 0x530...0x58F, 0x10A0...0x10FF: (930, false)
    case 0x400...0x52F: (330, false)
    case 0x591...0x5FF: (420, false)
    case 0x600...0x7FF: (400, false)
    case 0x900...0xDFF: (950, false)
    case 0xE00...0xEFF: (570, false)
    case 0x3041...0x30FF: (750, false)
    case 0xAC00...0xD7AF: (780, false)
    case 0x250...0x36F, 0xF00...0x1DFF, 0x20000...0x3FFFF: (1500, false)
    default: nil
    }
  }
}
