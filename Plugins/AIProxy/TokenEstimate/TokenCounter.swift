/// Estimates how many tokens a text is for Qwen's tokenizer, without its vocabulary of megabytes.
///
/// Text is cut where that tokenizer cuts it before it looks anything up: words with the one character before them, digits one by
/// one, punctuation with the line ends behind it, white space. What a piece comes to is estimated from its kind and length
/// (``TokenWeights``); Chinese words, of which length tells little, are looked up (``HanWords``).
struct TokenCounter {
  /// What the piece at hand consists of.
  private enum Piece {
    case none, space, punctuation, lineEnds, word
  }

  /// What stands before a word's letters and belongs to it.
  enum Prefix {
    case none, space, mark
    /// A part of the same word.
    case inner
  }

  /// In thousandths of a token.
  private var total = 0
  private var piece = Piece.none
  /// White space: characters since the last line end.
  private var spaces = 0
  private var hasLineEnd = false
  /// Punctuation: characters, changes from one to another, how often the last one was repeated, whether a space leads.
  private var marks = 0
  private var changes = 0
  private var repetitions = 0
  private var lastMark: UInt32 = 0
  private var followsSpace = false
  /// Words: the parts of `camelCase`, one at a time.
  private var prefix = Prefix.none
  private var capitals = 0
  private var smalls = 0
  private var han = HanWords()

  /// The estimate so far.
  var count: Int {
    var ended = self
    ended.endPiece()
    return (ended.total + 500) / 1000
  }

  /// Takes text, escaped as in JSON, for what it stands for.
  mutating func add(escaped text: borrowing Span<UInt8>) {
    var index = 0
    let count = text.count
    while index < count {
      let byte = text[index]
      if byte == UInt8(ascii: "\\"), index + 1 < count {
        index = add(escapeAt: index, of: text)
      } else if byte < 0x80 {
        add(ascii: byte)
        index += 1
      } else {
        index = add(scalarAt: index, of: text)
      }
    }
  }

  /// Takes the text of a JSON value as a chat template writes it: with a space behind each colon and comma, and with its
  /// strings as escaped as they are.
  mutating func add(json text: borrowing Span<UInt8>) {
    var index = 0
    var isInString = false
    while index < text.count {
      let byte = text[index]
      if byte >= 0x80 {
        index = add(scalarAt: index, of: text)
        continue
      }
      if isInString, byte == UInt8(ascii: "\\"), index + 1 < text.count {
        // A character by its number is written as itself.
        if text[index + 1] == UInt8(ascii: "u") {
          index = add(escapeAt: index, of: text)
        } else {
          add(ascii: byte)
          add(ascii: text[index + 1])
          index += 2
        }
        continue
      }
      index += 1
      if byte == UInt8(ascii: "\"") { isInString.toggle() }
      if !isInString, byte <= 0x20 { continue }
      add(ascii: byte)
      if !isInString, byte == UInt8(ascii: ":") || byte == UInt8(ascii: ",") { add(ascii: UInt8(ascii: " ")) }
    }
  }

  /// Adds whole tokens: what frames a message, an image.
  mutating func add(tokens: Int) {
    endPiece()
    total += tokens * 1000
  }

  /// Ends the piece at hand: what follows is another text.
  mutating func endPiece() {
    switch piece {
    case .none, .lineEnds: break
    case .space:
      if hasLineEnd { total += 1000 }
      if spaces > 0 { total += 1000 }
    case .punctuation: endPunctuation()
    case .word: endWord()
    }
    piece = .none
  }

  // MARK: Characters

  private mutating func add(escapeAt index: Int, of text: borrowing Span<UInt8>) -> Int {
    let escape = text[index + 1]
    guard escape == UInt8(ascii: "u"), index + 6 <= text.count else {
      let isLineEnd = escape == UInt8(ascii: "n") || escape == UInt8(ascii: "r")
      add(ascii: isLineEnd ? UInt8(ascii: "\n") : escape == UInt8(ascii: "t") ? UInt8(ascii: "\t") : escape)
      return index + 2
    }
    var value: UInt32 = 0
    for place in index + 2..<index + 6 { value = value << 4 | UInt32(hexadecimalValue(text[place]) ?? 0) }
    switch value {
    case 0..<0x80: add(ascii: UInt8(truncatingIfNeeded: value))
    // The second half of a pair counts for both: what it says is far from everyday text.
    case 0xD800..<0xDC00: break
    case 0xDC00..<0xE000: add(scalar: 0x1F000 | value & 0x3FF)
    default: add(scalar: value)
    }
    return index + 6
  }

  private mutating func add(scalarAt index: Int, of text: borrowing Span<UInt8>) -> Int {
    let byte = text[index]
    let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
    var value = UInt32(byte) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
    for place in index + 1..<min(index + length, text.count) { value = value << 6 | UInt32(text[place] & 0x3F) }
    add(scalar: value)
    return index + length
  }

  private mutating func add(ascii byte: UInt8) {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"):
      beginWord()
      if smalls == 0, capitals > 1 {
        // Of capitals before small letters the last begins a part with them.
        capitals -= 1
        endPart()
        capitals = 1
      }
      smalls += 1
    case UInt8(ascii: "A")...UInt8(ascii: "Z"):
      beginWord()
      if smalls > 0 { endPart() }
      capitals += 1
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      // A space before a digit stands alone.
      if piece == .space, spaces > 1 { total += 1000 }
      endPiece()
      total += 1000
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"): addLineEnd()
    case 0...0x20: addSpace()
    default: addMark(UInt32(byte))
    }
  }

  private mutating func add(scalar: UInt32) {
    if HanWords.isHan(scalar) {
      beginWord()
      endPart()
      endPrefix()
      total += han.add(scalar)
    } else if let weight = TokenWeights.letter(scalar) {
      beginWord()
      if weight.isLatin {
        smalls += 1
      } else {
        endPart()
        endPrefix()
      }
      total += han.end() + weight.value
    } else if scalar == 0xA0 || scalar == 0x3000 {
      addSpace()
    } else {
      addMark(scalar)
    }
  }

  // MARK: Pieces

  private mutating func addSpace() {
    if piece != .space {
      endPiece()
      piece = .space
      spaces = 0
      hasLineEnd = false
    }
    spaces += 1
  }

  private mutating func addLineEnd() {
    switch piece {
    case .punctuation:
      // Line ends right behind punctuation belong to it.
      endPunctuation()
      piece = .lineEnds
    case .lineEnds: break
    case .space:
      hasLineEnd = true
      spaces = 0
    case .none, .word:
      endPiece()
      piece = .space
      spaces = 0
      hasLineEnd = true
    }
  }

  private mutating func addMark(_ mark: UInt32) {
    if piece != .punctuation {
      let takesSpace = piece == .space && spaces > 0
      if takesSpace { spaces -= 1 }
      endPiece()
      piece = .punctuation
      followsSpace = takesSpace
      marks = 0
      changes = 0
      lastMark = 0
    }
    marks += 1
    if mark != lastMark {
      changes += mark < 0x80 ? 1 : mark < 0x10000 ? 2 : 4
      repetitions = 0
    } else {
      // A line drawn from one mark does not mix with what is around it.
      repetitions += 1
      if repetitions == 2 { changes += 1 }
    }
    lastMark = mark
  }

  private mutating func endPunctuation() {
    total += TokenWeights.punctuation(changes: changes)
  }

  private mutating func beginWord() {
    guard piece != .word else { return }
    prefix = .none
    if piece == .space, spaces > 0 {
      spaces -= 1
      prefix = .space
      endPiece()
    } else if piece == .punctuation, marks == 1, !followsSpace {
      // One mark before letters is the beginning of the word.
      if lastMark < 0x80 { prefix = .mark } else { endPunctuation() }
    } else {
      endPiece()
    }
    piece = .word
    capitals = 0
    smalls = 0
  }

  /// What stands before letters that are not Latin hardly ever becomes one token with them.
  private mutating func endPrefix() {
    switch prefix {
    case .mark: total += 900
    case .space: total += 400
    case .none, .inner: break
    }
    prefix = .inner
  }

  private mutating func endWord() {
    endPart()
    total += han.end()
  }

  /// Ends a part of a word: `camel` of `camelCase`.
  private mutating func endPart() {
    if capitals + smalls > 0 {
      total += han.end() + TokenWeights.part(capitals: capitals, smalls: smalls, prefix: prefix)
      prefix = .inner
      capitals = 0
      smalls = 0
    }
  }
}
