import Testing

@testable import JSON

@Suite("What a syntax error says")
struct SyntaxErrorTests {
  @Test(
    "names what was found and what was expected, and where",
    arguments: [
      ("", 1, 1, 0, "expected a value, found the end of the text"),
      ("[1, 2,\n 3 4]", 2, 4, 10, "expected ',' or ']' after the element, found '4'"),
      ("{\"a\": 1,}", 1, 9, 8, "expected a member name, found '}': a comma must not stand before it"),
      ("[1,]", 1, 4, 3, "expected a value, found ']': a comma must not stand before it"),
      ("[", 1, 2, 1, "expected a value or ']', found the end of the text"),
      ("{", 1, 2, 1, "expected a member name in double quotes or '}', found the end of the text"),
      ("{a: 1}", 1, 2, 1, "expected a member name in double quotes or '}', found 'a'"),
      ("{\"a\" 1}", 1, 6, 5, "expected ':' after the member name, found '1'"),
      ("{\"a\": 1 \"b\": 2}", 1, 9, 8, "expected ',' or '}' after the member, found '\"'"),
      ("['a']", 1, 2, 1, "expected a value or ']', found '''"),
      ("'a'", 1, 1, 0, "expected a value, found ''': strings are written in double quotes"),
      ("// x", 1, 1, 0, "expected a value, found '/': JSON has no comments"),
      ("True", 1, 1, 0, "expected true, false, null or another value, found 'True'"),
      ("[nul]", 1, 2, 1, "expected true, false, null or another value, found 'nul'"),
      ("1 2", 1, 3, 2, "expected the end of the text after the value, found '2'"),
      ("\"abc", 1, 5, 4, "the string is not closed: expected '\"', found the end of the text"),
      ("\"a\nb\"", 1, 3, 2, "a line feed must be written as an escape in a string"),
      ("\"\\x\"", 1, 3, 2, "unknown escape: expected one of \" \\ / b f n r t u after the backslash, found 'x'"),
      ("\"\\u12g4\"", 1, 6, 5, "expected four hexadecimal digits after \\u, found 'g'"),
      ("012", 1, 2, 1, "a number must not begin with a zero: expected the end of the number, found '1'"),
      ("-x", 1, 2, 1, "expected a digit, found 'x'"),
      ("{\"人\": 人}", 1, 7, 8, "expected a value, found '人'"),
      ("[1,\r\n\t?]", 2, 2, 6, "expected a value, found '?'"),
    ])
  func message(_ text: String, line: Int, column: Int, offset: Int, message: String) throws {
    let error = try #require(throws: JSONSyntaxError.self) { try JSONNode(parsing: text) }
    #expect(error.message == message)
    #expect(error.location == SourceLocation(line: line, column: column))
    #expect(error.offset == offset)
  }

  @Test("shows bytes that are not UTF-8 as bytes")
  func invalidByte() throws {
    let error = try #require(throws: JSONSyntaxError.self) { try JSONNode(parsing: [0x22, 0x61, 0xFF, 0x22]) }
    #expect(error.message == "the text is not UTF-8: found the byte 0xFF")
    #expect(error.offset == 2)
  }

  @Test("names a repeated member and where it stood first")
  func duplicate() throws {
    let text = "{\n  \"host\": 1,\n  \"h\\u006fst\": 2\n}"
    let error = try #require(throws: JSONSyntaxError.self) { try JSONNode(parsing: text) }
    #expect(error.message == "the member \"host\" stands twice in this object, first in line 2, column 3")
    #expect(error.description == "line 3, column 3: \(error.message)")
    let inner = try #require(throws: JSONSyntaxError.self) { try JSONNode(parsing: #"[{"a":[{"b":1,"b":2}]}]"#) }
    #expect(inner.location == SourceLocation(line: 1, column: 15))
  }

  @Test("finds a repeated member among many")
  func duplicateAmongMany() throws {
    let members = (0..<100).map { "\"m\($0)\":\($0)" }
    _ = try JSONNode(parsing: "{" + members.joined(separator: ",") + "}")
    let error = try #require(throws: JSONSyntaxError.self) {
      try JSONNode(parsing: "{" + members.joined(separator: ",") + ",\"m42\":0}")
    }
    #expect(error.message.contains("\"m42\""))
  }

  @Test("names that only normalization makes equal are two names")
  func normalization() throws {
    let node = try JSONNode(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}")
    #expect(node["\u{E9}"] == 1)
    #expect(node["e\u{301}"] == 2)
  }

  @Test("says how deep is too deep")
  func depth() throws {
    let error = try #require(throws: JSONSyntaxError.self) { try JSONNode(parsing: "[[[1]]]", maximumDepth: 2) }
    #expect(error.message == "values are nested deeper than 2 levels")
    #expect(error.offset == 2)
  }
}
