/// What pieces of text come to, in thousandths of a token: averages over English, code, JSON and other texts, measured with Qwen's
/// tokenizer (see Tests/TokenCount).
enum TokenWeights {
  /// A part of a word in ASCII, as `camel` of `camelCase`.
  static func part(capitals: Int, smalls: Int, prefix: TokenCounter.Prefix) -> Int {
    let length = capitals + smalls
    if smalls == 0, capitals > 1 {
      return 1120 + 120 * max(0, length - 3) + (prefix == .mark ? 100 : 0)
    }
    switch prefix {
    case .space: return 1000 + 12 * max(0, length - 3) + 50 * max(0, length - 8)
    case .none: return 1030 + 35 * max(0, length - 3) + 90 * max(0, length - 7)
    case .mark: return 1150 + 35 * max(0, length - 3) + 110 * max(0, length - 7)
    case .inner: return 860 + 20 * max(0, length - 3) + 90 * max(0, length - 8)
    }
  }

  /// A run of punctuation.
  /// - Parameter changes: how often another mark follows, the first one included; marks outside of ASCII count twice.
  static func punctuation(changes: Int) -> Int {
    switch changes {
    case ...2: 1000
    case 3: 1150
    default: 420 * changes
    }
  }

  /// A letter outside of ASCII that is not Chinese; `nil` for what is no letter.
  static func letter(_ scalar: UInt32) -> (value: Int, isLatin: Bool)? {
    switch scalar {
    case 0xD7, 0xF7: nil
    case 0xAA, 0xB5, 0xBA, 0xC0...0x24F, 0x1E00...0x1EFF: (800, true)
    case 0x370...0x58F: (300, false)
    case 0x591...0x5FF: (420, false)
    case 0x600...0x7FF: (270, false)
    case 0x900...0xDFF: (950, false)
    case 0xE00...0xEFF: (570, false)
    case 0x3041...0x30FF: (700, false)
    case 0xAC00...0xD7AF: (780, false)
    case 0x250...0x36F, 0xF00...0x1DFF, 0x20000...0x3FFFF: (1500, false)
    default: nil
    }
  }
}
