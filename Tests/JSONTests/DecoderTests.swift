import Testing

@testable import JSON

private struct Options: Codable, Equatable {
  struct Auth: Codable, Equatable {
    var headerName: String
    var allowOverride: Bool?
  }
  enum Mode: String, Codable { case fast, slow }

  var auth: Auth
  var maxTokens: Int
  var temperature: Double?
  var mode: Mode
  var models: [String: [Int]]
  var extra: JSONNode?
}

@Suite("Decoding nodes")
struct DecoderTests {
  private func decode<Value: Decodable>(
    _ type: Value.Type, _ text: String, _ spelling: JSONKeySpelling = .asDeclared
  ) throws -> Value {
    try JSONNodeDecoder(keySpelling: spelling).decode(type, from: JSONNode(parsing: text))
  }

  @Test("fills types whose properties are spelled in snake case")
  func snakeCase() throws {
    let text = """
      {"auth":{"header_name":"x-key","allow_override":true},"max_tokens":1e3,"temperature":0.5,"mode":"fast",
       "models":{"small_one":[1,2],"largeOne":[]},"extra":{"snake_case":[null]},"unknown":1}
      """
    let options = try decode(Options.self, text, .snakeCase)
    #expect(options.auth == Options.Auth(headerName: "x-key", allowOverride: true))
    #expect(options.maxTokens == 1000)
    #expect(options.temperature == 0.5)
    #expect(options.mode == .fast)
    #expect(options.models == ["small_one": [1, 2], "largeOne": []])
    #expect(options.extra == ["snake_case": [nil]])
    #expect(options.extra?.location == SourceLocation(line: 2, column: 53))
  }

  @Test("takes names as declared")
  func asDeclared() throws {
    let text = #"{"headerName":"x","allowOverride":null}"#
    #expect(try decode(Options.Auth.self, text) == Options.Auth(headerName: "x", allowOverride: nil))
    #expect(try decode(Options.Auth.self, text, .snakeCase).headerName == "x")
    #expect(throws: JSONDecodingError.self) { try decode(Options.Auth.self, #"{"header_name":"x"}"#) }
  }

  @Test(
    "says which value is wrong, where, and how",
    arguments: [
      (#"{"auth":{}}"#, "auth.header_name", 1, 9, "required, but missing"),
      (#"{"auth":{"header_name":1}}"#, "auth.header_name", 1, 24, "expected a string, found the number 1"),
      (#"{"auth":[]}"#, "auth", 1, 9, "expected an object, found an array"),
      (
        #"{"auth":{"header_name":"x"},"max_tokens":1.5}"#, "max_tokens", 1, 42,
        "expected an integer from -9223372036854775808 to 9223372036854775807, found the number 1.5"
      ),
      (
        #"{"auth":{"header_name":"x"},"max_tokens":"1"}"#, "max_tokens", 1, 42,
        "expected an integer, found the string \"1\""
      ),
      (
        #"{"auth":{"header_name":"x","allow_override":0}}"#, "auth.allow_override", 1, 45,
        "expected true or false, found the number 0"
      ),
      (
        "{\"auth\":{\"header_name\":\"x\"},\"max_tokens\":1,\"mode\":\"fast\",\n\"models\":{\"a b\":[1,null]}}",
        "models.a b[1]", 2, 20, "expected an integer, found null"
      ),
      ("[]", "", 1, 1, "expected an object, found an array"),
    ])
  func errors(_ text: String, path: String, line: Int, column: Int, message: String) throws {
    let error = try #require(throws: JSONDecodingError.self) { try decode(Options.self, text, .snakeCase) }
    #expect(error.path == path)
    #expect(error.location == SourceLocation(line: line, column: column))
    #expect(error.message == message)
  }

  @Test("gives errors of other code a path and a place as well")
  func foreignErrors() throws {
    let text = #"{"auth":{"header_name":"x"},"max_tokens":1,"mode":"quick","models":{}}"#
    let error = try #require(throws: JSONDecodingError.self) { try decode(Options.self, text, .snakeCase) }
    #expect(error.path == "mode")
    #expect(error.location == SourceLocation(line: 1, column: 51))
    #expect(error.description.hasPrefix("line 1, column 51: mode: "))

    struct Picky: Decodable {
      struct Refusal: Error, CustomStringConvertible { var description: String { "not today" } }
      init(from decoder: any Decoder) throws { throw Refusal() }
    }
    let refusal = try #require(throws: JSONDecodingError.self) { try decode(Picky.self, "1") }
    #expect(refusal.message == "not today")
  }

  @Test("reads scalars and arrays of every width")
  func widths() throws {
    #expect(try decode([Int8].self, "[-128,127]") == [-128, 127])
    #expect(try decode([UInt64].self, "[18446744073709551615]") == [UInt64.max])
    #expect(try decode([Float].self, "[0.5]") == [0.5])
    #expect(try decode([String?].self, #"["a",null]"#) == ["a", nil])
    #expect(try decode(Bool.self, "true"))
    #expect(try decode([[Int]].self, "[[1],[]]") == [[1], []])
    #expect(throws: JSONDecodingError.self) { try decode([UInt8].self, "[256]") }
    #expect(throws: JSONDecodingError.self) { try decode(Float.self, "1e39") }
    #expect(throws: JSONDecodingError.self) { try decode(Double.self, "1e309") }
  }

  @Test("reads what a type takes by hand: nested containers, classes, the end of an array")
  func byHand() throws {
    struct Point: Decodable {
      enum Key: CodingKey { case inner }
      enum InnerKey: CodingKey { case pair }
      var first: Int
      var second: Int
      var isAtEnd: Bool

      init(from decoder: any Decoder) throws {
        let outer = try decoder.container(keyedBy: Key.self)
        let inner = try outer.nestedContainer(keyedBy: InnerKey.self, forKey: .inner)
        var pair = try inner.nestedUnkeyedContainer(forKey: .pair)
        first = try pair.decode(Int.self)
        second = try pair.decode(Int.self)
        isAtEnd = pair.isAtEnd
      }
    }
    let point = try decode(Point.self, #"{"inner":{"pair":[1,2]}}"#)
    #expect(point.first == 1 && point.second == 2 && point.isAtEnd)
    let error = try #require(throws: JSONDecodingError.self) { try decode(Point.self, #"{"inner":{"pair":[1]}}"#) }
    #expect(error.path == "inner.pair")
    #expect(error.message == "expected more than 1 elements")

    class Base: Decodable {
      var a: Int
    }
    final class Derived: Base {
      enum Key: CodingKey { case b }
      var b: Int
      required init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        b = try container.decode(Int.self, forKey: .b)
        try super.init(from: container.superDecoder())
      }
    }
    let derived = try decode(Derived.self, #"{"b":2,"super":{"a":1}}"#)
    #expect(derived.a == 1 && derived.b == 2)
  }

  @Test(
    "respells names both ways",
    arguments: [
      ("headerName", "header_name"), ("a", "a"), ("aB", "a_b"), ("maxTokens2", "max_tokens2"), ("_private", "_private"),
      ("x1Y", "x1_y"), ("", ""), ("oneTwoThree", "one_two_three"),
    ])
  func respelling(_ camel: String, _ snake: String) {
    #expect(SnakeCase.from(camel) == snake)
    #expect(SnakeCase.toCamelCase(snake) == camel)
  }

  @Test("capitals in a row are one word", arguments: [("myURLPath", "my_url_path"), ("URL", "url"), ("aURL", "a_url")])
  func acronyms(_ camel: String, _ snake: String) {
    #expect(SnakeCase.from(camel) == snake)
  }
}

@Suite("Encoding nodes")
struct EncoderTests {
  @Test("gives what decoding takes, in the order of the properties")
  func roundTrip() throws {
    let options = Options(
      auth: Options.Auth(headerName: "x", allowOverride: nil), maxTokens: 5, temperature: 0.1, mode: .slow,
      models: ["bB": [1], "a_a": []], extra: ["keepThis": [1, nil]])
    let node = try JSONNodeEncoder(keySpelling: .snakeCase).encode(options)
    #expect(
      node.serializedString()
        == #"{"auth":{"header_name":"x"},"max_tokens":5,"temperature":0.1,"mode":"slow","models":{"a_a":[],"bB":[1]},"extra":{"keepThis":[1,null]}}"#
    )
    #expect(try JSONNodeDecoder(keySpelling: .snakeCase).decode(Options.self, from: node) == options)
    let declared = try JSONNodeEncoder().encode(options)
    #expect(declared["maxTokens"] == 5)
    #expect(try JSONNodeDecoder().decode(Options.self, from: declared) == options)
  }

  @Test("writes scalars, and floats by their own digits")
  func scalars() throws {
    let encoder = JSONNodeEncoder()
    #expect(try encoder.encode([Float(0.1), 2]).serializedString() == "[0.1,2]")
    #expect(try encoder.encode([0.1, 1e20, -3]).serializedString() == "[0.1,1e+20,-3]")
    #expect(try encoder.encode(["a", nil]).serializedString() == #"["a",null]"#)
    #expect(try encoder.encode(UInt64.max).serializedString() == "18446744073709551615")
    #expect(try encoder.encode(true).serializedString() == "true")
    #expect(try encoder.encode([[Int]]()).serializedString() == "[]")
    #expect(throws: EncodingError.self) { try encoder.encode(Double.nan) }
    #expect(throws: EncodingError.self) { try encoder.encode(["a": Float.infinity]) }
  }

  @Test("a type without properties is an empty object")
  func empty() throws {
    struct Empty: Codable {}
    #expect(try JSONNodeEncoder().encode(Empty()) == [:])
    #expect(try JSONNodeEncoder().encode([Empty(), Empty()]) == [[:], [:]])
  }

  @Test("writes what a type gives by hand")
  func byHand() throws {
    struct Point: Encodable {
      enum Key: CodingKey { case innerPart, list }
      func encode(to encoder: any Encoder) throws {
        var outer = encoder.container(keyedBy: Key.self)
        var inner = outer.nestedContainer(keyedBy: Key.self, forKey: .innerPart)
        try inner.encode(1, forKey: .list)
        var list = outer.nestedUnkeyedContainer(forKey: .list)
        try list.encode("a")
        var nested = list.nestedUnkeyedContainer()
        try nested.encodeNil()
        try list.encode(2)
        #expect(list.count == 3)
      }
    }
    #expect(
      try JSONNodeEncoder(keySpelling: .snakeCase).encode(Point()).serializedString()
        == #"{"inner_part":{"list":1},"list":["a",[null],2]}"#)
  }
}
