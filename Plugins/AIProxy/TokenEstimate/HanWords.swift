/// Cuts runs of Chinese characters into the words that are one token each, the longest first.
///
/// Which words those are is kept as a Bloom filter (``HanVocabulary``): a word that is none is taken for one in one case of seventy,
/// which changes a count by a percent.
struct HanWords {
  /// Characters that were not counted yet; the first `count` of them.
  private var pending: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
  private var count = 0

  /// A character that is no part of a word, in thousandths of a token: rare ones are two.
  private static let single = 1030

  /// Whether a character is Chinese, of those that words are known of.
  static func isHan(_ scalar: UInt32) -> Bool {
    scalar >= 0x4E00 && scalar <= 0x9FFF || scalar >= 0x3400 && scalar <= 0x4DBF || scalar >= 0xF900 && scalar <= 0xFAFF
  }

  /// What the first character of a run comes to behind a space, if it is cut off from those behind it: the space and the first of
  /// its three bytes become one token, so that no word begins with it. `nil` where they do not.
  static func afterSpace(_ scalar: UInt32) -> Int? {
    guard scalar >= 0x3400, scalar <= 0x9FFF, let character = Unicode.Scalar(scalar) else { return nil }
    switch character {
    case "下", "的", "输", "设", "数", "第", "文", "是", "和", "生", "分", "名", "自", "注", "上", "对", "查", "如", "发", "类", "方", "更",
      "中",
      "字", "在", "日", "新", "示", "控", "开", "最", "商", "当", "解", "不", "成", "结", "主", "图", "关", "登", "实", "或", "若", "提", "加":
      // One with the space.
      return 1000
    default:
      guard scalar >= 0x5000 else { return nil }
      return 2070 + 85 * (Int(scalar >> 12) - 5)
    }
  }

  /// Takes the next character; returns the weight of what it completes.
  mutating func add(_ scalar: UInt32) -> Int {
    switch count {
    case 0: pending.0 = scalar
    case 1: pending.1 = scalar
    case 2: pending.2 = scalar
    default: pending.3 = scalar
    }
    count += 1
    return count == 4 ? takeWord() : 0
  }

  /// The run has ended; returns the weight of what is left of it.
  mutating func end() -> Int {
    var weight = 0
    while count > 0 { weight += takeWord() }
    return weight
  }

  /// Takes the longest word from the front.
  private mutating func takeWord() -> Int {
    let first = Self.hash(2_166_136_261, pending.0)
    var length = 1
    if count > 1 {
      let second = Self.hash(first, pending.1)
      if HanVocabulary.contains(second) { length = 2 }
      if count > 2 {
        let third = Self.hash(second, pending.2)
        if HanVocabulary.contains(third) { length = 3 }
        if count > 3, HanVocabulary.contains(Self.hash(third, pending.3)) { length = 4 }
      }
    }
    switch length {
    case 1: pending = (pending.1, pending.2, pending.3, 0)
    case 2: pending = (pending.2, pending.3, 0, 0)
    case 3: pending = (pending.3, 0, 0, 0)
    default: break
    }
    count -= length
    return length == 1 ? Self.single : 1000
  }

  private static func hash(_ seed: UInt32, _ scalar: UInt32) -> UInt32 { (seed ^ scalar) &* 16_777_619 }
}
