import Testing

@testable import Routing

@Suite("Regular expressions")
struct RegularExpressionTests {
  private func text(_ spans: [Range<Int>?]) -> String {
    spans.map { span in span.map { "\($0.lowerBound)..\($0.upperBound)" } ?? "-" }.joined(separator: " ")
  }

  @Test("match what they say, and capture it", arguments: ExpressionCase.all)
  func match(_ vector: ExpressionCase) throws {
    let expression = try RegularExpression(vector.pattern)
    let bytes = Array(vector.text.utf8)
    // Twice: the memory of the first match must not show in the second.
    for _ in 0..<2 {
      let prefix = Call.prefixMatch(expression, bytes)
      #expect(prefix.map { text($0.captures) } == vector.prefix)
      #expect(prefix?.length == prefix?.captures.first??.upperBound)
      #expect(Call.firstMatch(expression, bytes).map(text) == vector.first)
      #expect(Call.isMatch(expression, bytes) == (vector.first != nil))
      // Every match begins with the literal prefix that the router's index relies on.
      if prefix != nil { #expect(bytes.starts(with: expression.literalPrefix)) }
    }
  }

  static let faults: [(String, String, Int)] = [
    ("(", "unclosed group", 0), ("a(b", "unclosed group", 1), (")", "unopened group", 0), ("a)b", "unopened group", 1),
    ("[a", "unclosed character class", 0), ("[]", "unclosed character class", 0), ("[", "unclosed character class", 0),
    ("*", "nothing to repeat", 0), ("a|*", "nothing to repeat", 2), ("(+)", "nothing to repeat", 1),
    ("é{", "without a decimal number", 2), ("a{1", "unclosed counted", 1), ("a{2,1}", "reversed", 1),
    ("a{,2}", "without a decimal number", 1), ("a{1001}", "above 1000", 2),
    ("a{99999999999999999999}", "above 1000", 2),
    ("(?=a)", "look-around is not supported", 0), ("(?!a)", "look-around is not supported", 0),
    ("(?<=a)", "look-around is not supported", 0), ("(?<!a)", "look-around is not supported", 0),
    ("(a)\\1", "back-references are not supported", 3), ("\\k<a>", "back-references are not supported", 0),
    ("\\", "incomplete escape", 0), ("\\q", "unrecognised escape `\\q`", 0), ("\\é", "unrecognised escape", 0),
    ("\\x4", "incomplete escape", 0), ("\\xg0", "invalid hexadecimal digit", 2),
    ("\\x{110000}", "not a Unicode scalar", 0),
    ("\\u{d800}", "not a Unicode scalar", 0), ("\\x{}", "invalid hexadecimal digit", 3),
    ("\\p{Greek}", "Unicode class `Greek` is not supported", 0), ("\\p{", "unclosed Unicode class", 0),
    ("[z-a]", "ends reversed", 1), ("[a-\\d]", "must end in a single character", 3), ("[\\b]", "an assertion can't", 1),
    ("(?P<a>b)(?P<a>c)", "duplicate group name `a`", 8), ("(?<1a>b)", "invalid character in a group name", 3),
    ("(?<>b)", "empty group name", 3), ("(?<a", "unclosed group name", 4), ("(?z)", "unsupported flag `z`", 2),
    ("(?-u)", "unsupported flag `u`", 3), ("(?R)", "unsupported flag `R`", 2), ("(?", "unclosed group", 2),
    ("(?i", "unclosed group", 3), ("(?--i)", "repeated negation", 3), ("(?)", "missing flag", 2),
    ("(?P=a)", "unsupported flag", 2),
    ("(?>a)", "unsupported flag", 2), ("\\b{start}", "not supported", 0), ("((a{1000}){1000}){1000}", "too large", 0),
    ("(?:(?:){1000}){1000}", "too large", 0),
  ]

  @Test("a fault is reported in words, at its place", arguments: faults)
  func fault(_ pattern: String, _ message: String, _ offset: Int) {
    #expect {
      try RegularExpression(pattern)
    } throws: { error in
      guard let error = error as? RegularExpressionError else { return false }
      return error.message.contains(message) && error.offset == offset
    }
  }

  @Test("nesting without end is refused, not followed")
  func nesting() {
    let depth = 10_000
    for (open, close) in [("(", ")"), ("(?:", ")"), ("[", "]"), ("[^", "]"), ("(a|", ")*")] {
      let pattern = String(repeating: open, count: depth) + "a" + String(repeating: close, count: depth)
      #expect(throws: RegularExpressionError.self) { try RegularExpression(pattern) }
    }
    #expect(throws: RegularExpressionError.self) { try RegularExpression("a" + String(repeating: "*", count: depth)) }
    #expect(throws: RegularExpressionError.self) {
      try RegularExpression("[a" + String(repeating: "&&b", count: depth) + "]")
    }
  }

  @Test(
    "time grows with the text, not with the ways through the pattern",
    arguments: [
      "(a*)*b", "(a|aa)+$", "(a+)+b", "(a|a)*b", "(.*)*x", "(?:a?){30}a{30}b", "(a*)*(a*)*(a*)*b", "(|a|aa)*b",
    ])
  func linearTime(_ pattern: String) throws {
    let expression = try RegularExpression(pattern)
    let short = Array(repeating: UInt8(ascii: "a"), count: 200) + [UInt8(ascii: "c")]
    let long = Array(repeating: UInt8(ascii: "a"), count: 1500) + [UInt8(ascii: "c")]
    // A backtracking engine takes longer than the age of the universe for either.
    #expect(Call.prefixMatch(expression, short) == nil)
    #expect(Call.prefixMatch(expression, long) == nil)
  }

  @Test("bytes that are not UTF-8 match nothing, and spoil nothing around them")
  func invalidUTF8() throws {
    for bytes: [UInt8] in [[0xff], [0xc3], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80]] {
      for pattern in [".", "(?s).", "[^a]", "\\W", "\\D", "\\P{L}"] {
        #expect(Call.prefixMatch(try RegularExpression(pattern), bytes) == nil)
      }
      let around = Array("ab".utf8) + bytes + Array("cd".utf8)
      #expect(Call.prefixMatch(try RegularExpression(".*"), around)?.length == 2)
      #expect(Call.firstMatch(try RegularExpression("cd"), around) == [2 + bytes.count..<4 + bytes.count])
    }
  }

  @Test("names of groups are given by their index")
  func names() throws {
    #expect(try RegularExpression("(a)(?<b>c)(?P<d_1>e)").captureNames == [nil, nil, "b", "d_1"])
  }

  static let prefixes = [
    ("/a/\\d", "/a/"), ("/a", "/a"), ("/a*", "/"), ("/(ab|ac)d", "/a"), ("^/a", "/a"), ("(?i)/a", "/"), ("/a|/b", "/"),
    ("a?b", ""),
    ("(?:/x)+y", "/x"), ("/é.", "/é"), ("\\/a\\.b", "/a.b"), ("", ""), ("(/a)(b)c?", "/ab"), ("/a{2}b", "/a"),
    ("(|a)b", ""),
  ]

  @Test("the bytes that every match begins with are known", arguments: prefixes)
  func literalPrefix(_ pattern: String, _ prefix: String) throws {
    #expect(String(decoding: try RegularExpression(pattern).literalPrefix, as: UTF8.self) == prefix)
  }
}
