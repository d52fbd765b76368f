/// A Huffman code as RFC 1951 §3.2.2 builds it: nothing but the lengths of its words is given.
struct HuffmanCode {
  /// What reading a word can come to.
  enum Word: Equatable {
    case symbol(Int)
    /// Not all of its bits have come.
    case unfinished
    /// No word begins so.
    case invalid
  }

  private static let longestWord = 15
  /// How many words there are of each length.
  private var counts = [Int](repeating: 0, count: longestWord + 1)
  /// The symbols, by length and then in order.
  private var symbols: [Int] = []

  /// - Parameter lengths: of each symbol's word; 0: it has none.
  /// - Returns: `nil` when there are more words than these lengths leave room for, or too few for a code of several words.
  init?(lengths: ArraySlice<Int>) {
    for length in lengths where length > 0 { counts[length] += 1 }
    var room = 1
    for length in 1...Self.longestWord {
      room = room * 2 - counts[length]
      guard room >= 0 else { return nil }
    }
    // A code may be incomplete if it has one word, of one bit, or none.
    let wordCount = counts.reduce(0, +)
    guard room == 0 || wordCount == 0 || (wordCount == 1 && counts[1] == 1) else { return nil }
    for length in 1...Self.longestWord where counts[length] > 0 {
      for (symbol, other) in lengths.enumerated() where other == length { symbols.append(symbol) }
    }
  }

  /// Reads one word.
  func read(from reader: inout BitReader) -> Word {
    var code = 0
    var first = 0
    var index = 0
    for length in 1...Self.longestWord {
      guard let bit = reader.bit() else { return .unfinished }
      code |= bit
      let count = counts[length]
      if code - first < count { return .symbol(symbols[index + code - first]) }
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    return .invalid
  }
}
