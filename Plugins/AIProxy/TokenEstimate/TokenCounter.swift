/// Estimates how many tokens a text is for a byte-pair tokenizer of the GPT family, as Qwen's is, without its vocabulary:
/// text is cut where such tokenizers cut it (words with the space before them, single digits, runs of punctuation,
/// white space), and each piece is weighed by its length.
struct TokenCounter {
  /// What the piece at hand consists of.
  private enum Kind {
    case none, space, word, punctuation
  }

  /// In thousandths of a token.
  private var total = 0
  private var kind = Kind.none
  private var length = 0

  /// The estimate so far.
  var count: Int { (total + weight + 500) / 1000 }

  /// Takes text, escaped as in JSON.
  mutating func add(escaped text: borrowing Span<UInt8>) {
    var index = 0
    let count = text.count
    while index < count {
      let byte = text[index]
      if byte == UInt8(ascii: "\\"), index + 1 < count {
        let escape = text[index + 1]
        if escape == UInt8(ascii: "u"), index + 6 <= count {
          var value: UInt32 = 0
          for digit in index + 2..<index + 6 { value = value << 4 | UInt32(hexadecimalValue(text[digit]) ?? 0) }
          add(scalar: value)
          index += 6
        } else {
          let isSpace = escape == UInt8(ascii: "n") || escape == UInt8(ascii: "t") || escape == UInt8(ascii: "r")
          add(ascii: isSpace ? UInt8(ascii: "\n") : escape)
          index += 2
        }
      } else if byte < 0x80 {
        add(ascii: byte)
        index += 1
      } else {
        let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
        var value = UInt32(byte) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
        for step in 1..<length where index + step < count { value = value << 6 | UInt32(text[index + step] & 0x3F) }
        add(scalar: value)
        index += length
      }
    }
  }

  /// Adds whole tokens: what frames a message, an image.
  mutating func add(tokens: Int) {
    endPiece()
    total += tokens * 1000
  }

  /// Ends the piece at hand: what follows is another text.
  mutating func endPiece() {
    total += weight
    kind = .none
    length = 0
  }

  private mutating func add(ascii byte: UInt8) {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"): extend(.word)
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): extend(.word)
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      endPiece()
      total += Self.digit
    case 0...0x20: extend(.space)
    default: extend(.punctuation)
    }
  }

  private mutating func add(scalar: UInt32) {
    switch scalar {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0xF900...0xFAFF:
      endPiece()
      total += Self.ideograph
    case 0x3000...0x303F, 0xFF00...0xFF65:
      endPiece()
      total += Self.widePunctuation
    case 0x3040...0x30FF, 0xAC00...0xD7AF:
      endPiece()
      total += Self.syllable
    case 0x80...0x24F:
      extend(.word)
    case 0x10000...:
      endPiece()
      total += Self.symbol
    default:
      endPiece()
      total += Self.otherCharacter
    }
  }

  private mutating func extend(_ next: Kind) {
    if kind != next {
      // One space belongs to the word behind it, and so does one mark.
      let belongs = length == 1 && next == .word && (kind == .space || kind == .punctuation)
      if !belongs { total += weight }
      kind = next
      length = 0
    }
    length += 1
  }

  private var weight: Int {
    switch kind {
    case .none: 0
    case .space: Self.space
    case .word: Self.word + Self.wordLetter * max(0, length - Self.shortWord)
    case .punctuation: Self.punctuation + Self.punctuationMark * max(0, length - 2)
    }
  }

  // Weights in thousandths of a token.
  private static let digit = 1000
  private static let ideograph = 650
  private static let widePunctuation = 900
  private static let syllable = 800
  private static let symbol = 1800
  private static let otherCharacter = 1000
  private static let space = 900
  private static let word = 1000
  private static let wordLetter = 110
  private static let shortWord = 5
  private static let punctuation = 1000
  private static let punctuationMark = 250
}
