/// Estimates how many tokens a text is for Qwen's tokenizer, without its vocabulary of megabytes.
///
/// Text is cut where that tokenizer cuts it before it looks anything up: words with the one character before them, digits one by
/// one, punctuation with the line ends behind it, white space. Whether a piece of letters or punctuation is one token is looked up
/// (``PieceVocabulary``); what others come to is estimated from their kind and length (``TokenWeights``). Chinese words are looked
/// up too (``HanWords``).
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

  /// Characters, as ``PieceVocabulary`` looks for them.
  private struct Key {
    static let empty: UInt32 = 2_166_136_261
    private(set) var hash = empty
    /// Without the last character.
    private(set) var before = empty
    /// How many characters.
    private(set) var length = 0

    init() {}

    init(_ first: UInt32) { add(first) }

    mutating func add(_ scalar: UInt32) {
      before = hash
      length &+= 1
      hash = (hash ^ scalar) &* 16_777_619
    }
  }

  /// No token of letters is longer. The filter takes one in ten pieces for one that it is not: with those of some length,
  /// keys and encoded data, thousands of tokens would be lost.
  private static let longestPiece = 32

  /// In thousandths of a token.
  private var total = 0
  private var piece = Piece.none
  /// White space: characters since the last line end.
  private var spaces = 0
  private var lastSpace: UInt32 = 0
  private var hasLineEnd = false
  /// Words and punctuation: all of the piece.
  private var key = Key()
  /// Punctuation: characters, changes from one to another, how often the last one was repeated, whether a space leads.
  private var marks = 0
  private var changes = 0
  private var repetitions = 0
  private var lastMark: UInt32 = 0
  private var followsSpace = false
  /// The piece without the line ends behind it.
  private var marksHash: UInt32 = 0
  /// Words: the parts of `camelCase`, one at a time; what those before came to, and whether all letters are of ASCII.
  private var prefix = Prefix.none
  private var capitals = 0
  private var smalls = 0
  private var part = Key()
  private var lastLetter: UInt32 = 0
  private var parts = 0
  private var isPlain = true
  private var isPartPlain = true
  private var han = HanWords()
  /// The first half of a pair that was escaped.
  private var highSurrogate: UInt32 = 0xD800

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
    case .none: break
    case .space:
      if hasLineEnd { total += 1000 }
      if spaces > 0 { total += 1000 }
    case .punctuation: endPunctuation(hasLineEnds: false)
    case .lineEnds: endPunctuation(hasLineEnds: true)
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
    case 0xD800..<0xDC00: highSurrogate = value
    case 0xDC00..<0xE000:
      // The second half of a pair counts for both.
      add(scalar: 0x10000 + (highSurrogate & 0x3FF) << 10 + value & 0x3FF)
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
        endPart(hash: part.before, whole: key.before)
        capitals = 1
        part = Key(lastLetter)
      }
      smalls += 1
      addLetter(byte)
    case UInt8(ascii: "A")...UInt8(ascii: "Z"):
      beginWord()
      if smalls > 0 { endPart() }
      capitals += 1
      addLetter(byte)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): addDigit()
    case UInt8(ascii: "\n"), UInt8(ascii: "\r"): addLineEnd()
    case 0...0x20: addSpace(UInt32(byte))
    default: addMark(UInt32(byte))
    }
  }

  private mutating func add(scalar: UInt32) {
    if HanWords.isHan(scalar) {
      beginWord()
      endPart()
      isPlain = false
      if prefix == .space {
        prefix = .inner
        if let weight = HanWords.afterSpace(scalar) {
          parts += weight
          return
        }
        parts += 1000
      }
      endPrefix()
      parts += han.add(scalar)
    } else if let weight = TokenWeights.letter(scalar) {
      beginWord()
      isPlain = false
      if weight.isLatin {
        smalls += 1
        isPartPlain = false
      } else {
        endPart()
        endPrefix()
      }
      parts += han.end() + weight.value
    } else if scalar >= 0xFF10, scalar <= 0xFF19 {
      addDigit()
    } else if scalar == 0xA0 || scalar == 0x3000 {
      addSpace(scalar)
    } else {
      addMark(scalar)
    }
  }

  // MARK: Pieces

  private mutating func addDigit() {
    // A space before a digit stands alone.
    if piece == .space, spaces > 1 { total += 1000 }
    endPiece()
    total += 1000
  }

  private mutating func addSpace(_ space: UInt32) {
    if piece != .space {
      endPiece()
      piece = .space
      spaces = 0
      hasLineEnd = false
    }
    spaces += 1
    lastSpace = space
  }

  private mutating func addLineEnd() {
    switch piece {
    case .punctuation:
      // Line ends right behind punctuation belong to it.
      marksHash = key.hash
      key.add(0x0A)
      piece = .lineEnds
    case .lineEnds: key.add(0x0A)
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
      let takesSpace = piece == .space && spaces > 0 && lastSpace == 0x20
      if takesSpace { spaces -= 1 }
      endPiece()
      piece = .punctuation
      followsSpace = takesSpace
      key = takesSpace ? Key(0x20) : Key()
      marks = 0
      changes = 0
      lastMark = 0
    }
    marks += 1
    key.add(mark)
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

  private mutating func endPunctuation(hasLineEnds: Bool) {
    if isOneToken(key.hash, marks: marks, isAlone: !hasLineEnds) {
      total += 1000
    } else if hasLineEnds, isOneToken(marksHash, marks: marks, isAlone: true) {
      total += 2050
    } else {
      total += TokenWeights.punctuation(changes: changes)
    }
  }

  private func isOneToken(_ hash: UInt32, marks: Int, isAlone: Bool) -> Bool {
    if isAlone, marks == 1, !followsSpace, lastMark < 0x80 { return true }
    return PieceVocabulary.contains(hash)
  }

  private mutating func beginWord() {
    guard piece != .word else { return }
    prefix = .none
    if piece == .space, spaces > 0 {
      spaces -= 1
      // Any one character stands before a word, but only a space is often a part of its token.
      switch lastSpace {
      case 0x20: prefix = .space
      case ..<0x80: prefix = .mark
      default: break
      }
      endPiece()
      key = Key()
      if prefix == .none { total += 1000 } else { key.add(lastSpace) }
    } else if piece == .punctuation, marks == 1, !followsSpace {
      // One mark before letters is the beginning of the word.
      if lastMark < 0x80 {
        prefix = .mark
        key = Key(lastMark)
      } else {
        endPunctuation(hasLineEnds: false)
        key = Key()
      }
    } else {
      endPiece()
      key = Key()
    }
    piece = .word
    capitals = 0
    smalls = 0
    part = Key()
    parts = 0
    isPlain = true
    isPartPlain = true
  }

  private mutating func addLetter(_ byte: UInt8) {
    lastLetter = UInt32(byte)
    key.add(lastLetter)
    part.add(lastLetter)
  }

  /// What stands before letters that are not Latin hardly ever becomes one token with them.
  private mutating func endPrefix() {
    switch prefix {
    case .mark: parts += 1000
    case .space: parts += 400
    case .none, .inner: break
    }
    prefix = .inner
  }

  private mutating func endWord() {
    endPart()
    parts += han.end()
    let mayBeOne = isPlain && key.length <= Self.longestPiece && key.hash != Key.empty
    total += mayBeOne && PieceVocabulary.contains(key.hash) ? min(parts, 1000) : parts
  }

  private mutating func endPart() { endPart(hash: part.hash, whole: key.hash) }

  /// Ends a part of a word: `camel` of `camelCase`.
  /// - Parameters:
  ///   - hash: of the part.
  ///   - whole: of the piece so far: of the first part with what stands before it.
  private mutating func endPart(hash: UInt32, whole: UInt32) {
    let length = capitals + smalls
    guard length > 0 else { return }
    parts += han.end()
    if !isPartPlain {
      parts += TokenWeights.mixedPart(length: length, prefix: prefix)
    } else {
      // A single letter is a token; with a mark before it, two more often than not.
      let mayBeOne = length <= Self.longestPiece
      let isKnown = length == 1 || (mayBeOne && PieceVocabulary.contains(hash))
      switch prefix {
      case .space, .mark:
        if mayBeOne, PieceVocabulary.contains(whole) {
          parts += 1000
        } else if prefix == .mark {
          parts += isKnown ? 2050 : 250 + TokenWeights.unknown(length: length, isCapital: smalls == 0)
        } else {
          parts += TokenWeights.unknown(length: length, isCapital: smalls == 0)
        }
      case .none, .inner: parts += isKnown ? 1000 : TokenWeights.unknown(length: length, isCapital: smalls == 0)
      }
    }
    prefix = .inner
    capitals = 0
    smalls = 0
    part = Key()
    isPartPlain = true
  }
}
