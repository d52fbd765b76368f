/// The simulator's idea of tokens: four characters each.
enum Tokens {
  /// The number of tokens of a text.
  static func count(_ text: String) -> Int {
    (text.unicodeScalars.count + 3) / 4
  }

  /// The text cut into its tokens.
  static func pieces(_ text: String) -> [Substring] {
    var pieces: [Substring] = []
    pieces.reserveCapacity(text.utf8.count / 4 + 1)
    let scalars = text.unicodeScalars
    var start = scalars.startIndex
    while start < scalars.endIndex {
      let end = scalars.index(start, offsetBy: 4, limitedBy: scalars.endIndex) ?? scalars.endIndex
      pieces.append(Substring(scalars[start..<end]))
      start = end
    }
    return pieces
  }

  /// The first `count` tokens of a text.
  static func prefix(_ text: String, _ count: Int) -> String {
    guard Self.count(text) > count else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(max(0, count) * 4)))
  }
}
