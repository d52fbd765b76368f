import JSON
import Testing

@Suite("Finding one text in another")
struct TextSearchTests {
  @Test(
    "the first place is found, byte for byte",
    arguments: [
      ("", "", 0), ("a", "", 0), ("", "a", nil), ("abc", "abc", 0), ("abc", "abcd", nil), ("aab", "ab", 1),
      ("ababac", "abac", 2),
      ("x://y://z", "://", 1), ("né人😀", "人", 3), ("e\u{301}", "e", 0), ("é", "e\u{301}", nil), ("a\r\nb", "\n", 2),
    ] as [(String, String, Int?)])
  func range(_ whole: String, _ text: String, _ offset: Int?) {
    let range = whole.range(ofText: text)
    #expect(range.map { whole.utf8.distance(from: whole.startIndex, to: $0.lowerBound) } == offset)
    #expect(range.map { Array(whole.utf8[$0]) } ?? Array(text.utf8) == Array(text.utf8))
    #expect(whole.contains(text: text) == (offset != nil))
    #expect(("<" + whole).dropFirst().contains(text: text) == (offset != nil))
  }

  @Test(
    "each place is replaced once, from the start",
    arguments: [
      ("a-b-c", "-", "_", "a_b_c"), ("aaa", "aa", "a", "aa"), ("abc", "x", "y", "abc"), ("abc", "", "y", "abc"),
      ("--", "-", "--", "----"),
      ("", "a", "b", ""),
    ])
  func replacing(_ whole: String, _ text: String, _ replacement: String, _ result: String) {
    #expect(whole.replacing(text: text, with: replacement) == result)
  }
}
