import Testing

/// Texts that are JSON, and texts that are not (RFC 8259), each named by what it tries.
struct GrammarCase: CustomTestStringConvertible, Sendable {
  let name: String
  let bytes: [UInt8]

  init(_ name: String, _ text: String) {
    self.name = name
    bytes = Array(text.utf8)
  }

  init(_ name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// Puts bytes between quotes.
  init(_ name: String, inString bytes: [UInt8]) {
    self.init(name, bytes: [0x22] + bytes + [0x22])
  }

  var testDescription: String { name }
}

extension GrammarCase {
  /// Must be read.
  static let accepted: [GrammarCase] = [
    // Structure
    .init("empty array", "[]"), .init("empty object", "{}"), .init("array with space", "[ ]"),
    .init("object with space", "{ }"), .init("nested empty arrays", "[[],[[]]]"),
    .init("array of everything", #"[null,true,false,1,"a",[],{}]"#),
    .init("object of everything", #"{"a":null,"b":true,"c":false,"d":1,"e":"x","f":[],"g":{}}"#),
    .init("empty member name", #"{"":0}"#), .init("two members", #"{"a":1,"b":2}"#),
    .init("escaped member name", #"{"a\u0000b":1}"#), .init("nested objects", #"{"a":{"b":{"c":[]}}}"#),
    .init("leading white space", " \t\r\n[]"), .init("trailing white space", "[] \t\r\n"),
    .init("white space everywhere", " { \"a\" : [ 1 , 2 ] , \"b\" : { } } "),
    .init("byte order mark", bytes: [0xEF, 0xBB, 0xBF, 0x5B, 0x5D]),
    .init("byte order mark and space", bytes: [0xEF, 0xBB, 0xBF, 0x20, 0x31]),
    // Lonely scalars
    .init("lonely true", "true"), .init("lonely false", "false"), .init("lonely null", "null"),
    .init("lonely number", "42"), .init("lonely negative number", "-1"), .init("lonely string", #""asd""#),
    .init("lonely empty string", #""""#),
    // Numbers
    .init("zero", "0"), .init("minus zero", "-0"), .init("minus zero with fraction", "-0.0"),
    .init("one digit", "7"), .init("many digits", "1234567890123456789012345678901234567890"),
    .init("fraction", "1.5"), .init("fraction with zeros", "1.000"), .init("small fraction", "0.0000001"),
    .init("exponent", "1e2"), .init("capital exponent", "1E2"), .init("plus exponent", "1e+2"),
    .init("minus exponent", "1e-2"), .init("exponent with zeros", "1e0002"), .init("zero exponent", "0e1"),
    .init("zero plus exponent", "0e+1"), .init("fraction and exponent", "123.456e78"),
    .init("huge exponent", "1e99999"), .init("tiny exponent", "1e-99999"), .init("close to zero", "-0.000000000001"),
    .init("number after space", "[ 4]"), .init("negative integer", "[-123]"), .init("number in object", #"{"a":1}"#),
    // Strings
    .init("simple escapes", #""\"\\\/\b\f\n\r\t""#), .init("unicode escape", #""\u0041""#),
    .init("unicode escape with small letters", #""\u00e9""#), .init("unicode escape with capitals", #""\u00E9""#),
    .init("escaped control character", #""\u0012""#), .init("escaped null", #""\u0000""#),
    .init("escaped noncharacter U+FFFF", #""\uFFFF""#), .init("surrogate pair", #""\uD834\uDD1E""#),
    .init("two surrogate pairs", #""\ud83d\ude39\ud83d\udc8d""#), .init("escaped backslash and u", #""\\u0000""#),
    .init("escaped quote", #""a\"b""#), .init("delete", inString: [0x7F]),
    .init("comment in string", #""a/*b*/c/*d//e""#),
    .init("two bytes", "\"é\""), .init("three bytes", "\"人\""), .init("four bytes", "\"😀\""),
    .init("first of two bytes", inString: [0xC2, 0x80]), .init("last of two bytes", inString: [0xDF, 0xBF]),
    .init("first of three bytes", inString: [0xE0, 0xA0, 0x80]),
    .init("last before surrogates", inString: [0xED, 0x9F, 0xBF]),
    .init("first after surrogates", inString: [0xEE, 0x80, 0x80]),
    .init("last of three bytes", inString: [0xEF, 0xBF, 0xBF]),
    .init("first of four bytes", inString: [0xF0, 0x90, 0x80, 0x80]),
    .init("last scalar", inString: [0xF4, 0x8F, 0xBF, 0xBF]), .init("line separator", "\"\u{2028}\u{2029}\""),
    .init("byte order mark in string", "\"\u{FEFF}\""), .init("noncharacter", inString: [0xF4, 0x8F, 0xBF, 0xBE]),
    .init("member name of three bytes", "{\"人\":\"工\"}"), .init("string of fifteen bytes", #""123456789012345""#),
    .init("string of sixteen bytes", #""1234567890123456""#),
    .init("string of seventeen bytes", #""12345678901234567""#),
    .init("escape at the sixteenth byte", #""12345678901234\n6""#), .init("spaces in string", #""   ""#),
    // Left to the reader by RFC 8259 §8.2 and §6, and taken here.
    .init("lone high surrogate", #""\uD800""#), .init("lone low surrogate", #""\uDC00""#),
    .init("high surrogate and letter", #""\uD800a""#), .init("high surrogate and escape", #""\uD800\n""#),
    .init("two high surrogates", #""\uD800\uD800""#), .init("surrogates the wrong way round", #""\uDD1E\uD834""#),
    .init("number beyond double", "123123e100000"), .init("integer beyond 64 bits", "-18446744073709551616"),
  ]

  /// Must be refused.
  static let refused: [GrammarCase] = [
    // Nothing, or too much
    .init("nothing", ""), .init("only space", " "), .init("only byte order mark", bytes: [0xEF, 0xBB, 0xBF]),
    .init("half a byte order mark", bytes: [0xEF, 0xBB]),
    .init("two byte order marks", bytes: [0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF, 0x31]),
    .init("two values", "1 2"), .init("two arrays", "[][]"), .init("comma after the value", "[],"),
    .init("bracket after the value", "[]]"), .init("brace after the value", "{}}"),
    .init("word after the value", "[]x"),
    .init("zero byte after the value", "[]\u{0}"), .init("quote after the value", #"{"a":1}""#),
    .init("hash after the value", #"{"a":"b"}#"#), .init("comment after the value", #"{"a":1}//"#),
    .init("comment before the value", "/**/1"), .init("UTF-16", bytes: [0xFF, 0xFE, 0x5B, 0x00, 0x5D, 0x00]),
    .init("UTF-16 without mark", bytes: [0x00, 0x5B, 0x00, 0x5D]),
    // White space
    .init("form feed", "[\u{0C}]"), .init("vertical tab", "[\u{0B}]"), .init("no-break space", "[\u{A0}]"),
    .init("zero byte", "[\u{0}]"), .init("word joiner", "[\u{2060}]"), .init("delete between values", "[\u{7F}]"),
    .init("control character", "\u{1}1"),
    // Arrays
    .init("open array", "["), .init("closed array", "]"), .init("open array with value", "[1"),
    .init("open array with comma", "[1,"), .init("comma at the end", "[1,]"), .init("comma at the start", "[,1]"),
    .init("only comma", "[,]"), .init("two commas", "[1,,2]"), .init("commas at the end", "[1,,]"),
    .init("no comma", "[1 2]"), .init("no comma between strings", #"["a" "b"]"#), .init("colon in array", #"["a":1]"#),
    .init("brace in array", "[1}"), .init("array in array open", "[[1]"), .init("word in array", "[a]"),
    .init("line feed in open array", "[1\n"), .init("star", "[*]"),
    // Objects
    .init("open object", "{"), .init("closed object", "}"), .init("open object with name", #"{"a""#),
    .init("open object with colon", #"{"a":"#), .init("open object with member", #"{"a":1"#),
    .init("open object with comma", #"{"a":1,"#), .init("object with comma at the end", #"{"a":1,}"#),
    .init("object with comma at the start", #"{,"a":1}"#), .init("object with two commas", #"{"a":1,,"b":2}"#),
    .init("no colon", #"{"a" 1}"#), .init("comma for colon", #"{"a",1}"#), .init("two colons", #"{"a"::1}"#),
    .init("name alone", #"{"a"}"#), .init("no name", "{:1}"), .init("number as name", "{1:1}"),
    .init("word as name", "{a:1}"),
    .init("null as name", "{null:1}"), .init("array as name", "{[]:1}"), .init("single quotes", "{'a':1}"),
    .init("no value", #"{"a":}"#), .init("no value but comma", #"{"a":,"b":1}"#),
    .init("bracket in object", #"{"a":1]"#),
    .init("no comma between members", #"{"a":1 "b":2}"#), .init("only commas in object", "{,}"),
    .init("equals sign", #"{"a"=1}"#), .init("name not closed", #"{"a:1}"#), .init("emoji outside", "{😀}"),
    // Words
    .init("tru", "tru"), .init("fals", "fals"), .init("nul", "nul"), .init("trues", "trues"), .init("nulll", "nulll"),
    .init("True", "True"), .init("FALSE", "FALSE"), .init("None", "None"), .init("undefined", "undefined"),
    .init("NaN", "NaN"), .init("-NaN", "-NaN"), .init("Infinity", "Infinity"), .init("-Infinity", "-Infinity"),
    .init("truE", "truE"), .init("t", "t"), .init("full-width 1", "１"), .init("n with zero byte", "n\u{0}ll"),
    // Numbers
    .init("minus", "-"), .init("plus", "+1"), .init("two minuses", "--1"), .init("minus and plus", "-+1"),
    .init("minus and space", "- 1"), .init("leading zero", "01"), .init("two zeros", "00"),
    .init("minus leading zero", "-01"),
    .init("minus two zeros", "-00"), .init("no digit before point", ".5"), .init("minus and point", "-.5"),
    .init("no digit after point", "1."), .init("point and exponent", "1.e2"), .init("two points", "1.2.3"),
    .init("no exponent digits", "1e"), .init("plus without exponent digits", "1e+"),
    .init("minus without exponent digits", "1e-"),
    .init("zero without exponent digits", "0e"), .init("two exponents", "1e2e3"),
    .init("exponent with two signs", "1e+-2"),
    .init("fraction in exponent", "1e2.5"), .init("hexadecimal", "0x1F"), .init("hexadecimal letter", "1F"),
    .init("underscore", "1_000"), .init("space in number", "1 000"), .init("letter after number", "1a"),
    .init("minus after number", "1-1"), .init("minus letter", "-a"), .init("expression", "1+2"),
    .init("byte after number", bytes: [0x31, 0xE5]), .init("inf", "1e1inf"), .init("zero point", "0."),
    .init("only e", "e1"),
    // Strings
    .init("open string", "\""), .init("open string with text", "\"a"), .init("open string with escape", "\"\\"),
    .init("closing quote escaped", #""\""#), .init("open string with escaped backslashes", #""\\\""#),
    .init("unknown escape", #""\a""#), .init("escaped x", #""\x00""#), .init("escaped zero", #""\0""#),
    .init("escaped single quote", #""\'""#), .init("escaped capital U", #""\U0041""#),
    .init("escaped space", "\"\\ \""),
    .init("escaped line feed", "\"\\\n\""), .init("escaped emoji", "\"\\😀\""),
    .init("escaped zero byte", "\"\\\u{0}\""),
    .init("no digits", #""\u""#), .init("one digit after u", #""\u1""#), .init("three digits", #""\u123""#),
    .init("letter g", #""\u123g""#),
    .init("plus in digits", #""\u+041""#), .init("space in digits", #""\u 041""#),
    .init("quote in digits", #""\u00"0""#),
    .init("half a low surrogate", #""\uD834\u""#), .init("half a low surrogate with digit", #""\uD834\uD""#),
    .init("digits cut off", #""\u00"#), .init("escape cut off", #"["\u"#),
    .init("line feed in string", "\"a\nb\""), .init("tab in string", "\"\t\""),
    .init("zero byte in string", "\"\u{0}\""),
    .init("unit separator in string", "\"\u{1F}\""), .init("carriage return in string", "\"\r\""),
    .init("control character late in string", "\"12345678901234567890\u{1}\""),
    .init("single quoted string", "'a'"), .init("no quotes", "abc"), .init("backquotes", "`a`"),
    .init("continuation alone", inString: [0x80]), .init("last continuation alone", inString: [0xBF]),
    .init("overlong slash in two bytes", inString: [0xC0, 0xAF]), .init("overlong delete", inString: [0xC1, 0xBF]),
    .init("overlong in three bytes", inString: [0xE0, 0x9F, 0xBF]),
    .init("overlong in four bytes", inString: [0xF0, 0x8F, 0xBF, 0xBF]),
    .init("encoded high surrogate", inString: [0xED, 0xA0, 0x80]),
    .init("encoded low surrogate", inString: [0xED, 0xBF, 0xBF]),
    .init("beyond the last scalar", inString: [0xF4, 0x90, 0x80, 0x80]),
    .init("five bytes", inString: [0xF8, 0x88, 0x80, 0x80, 0x80]),
    .init("byte FE", inString: [0xFE]), .init("byte FF", inString: [0xFF]), .init("Latin-1", inString: [0xE9]),
    .init("two bytes cut off", inString: [0xC3]), .init("three bytes cut off", inString: [0xE4, 0xBA]),
    .init("four bytes cut off", inString: [0xF0, 0x9F, 0x98]),
    .init("letter for a continuation", inString: [0xC3, 0x41]),
    .init("letter for the third byte", inString: [0xE4, 0xBA, 0x41, 0x41]),
    .init("first byte for the second", inString: [0xE4, 0xE4, 0x80, 0x80]),
    .init("cut off at the end of the text", bytes: [0x22, 0xE4, 0xBA]),
    .init("invalid in a member name", bytes: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]),
    .init("invalid after long text", inString: Array(repeating: 0x61, count: 40) + [0xFF]),
  ]
}
