import Glibc
import Testing

@testable import JSON

@Suite("The writer")
struct WriterTests {
  private func text(_ body: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter()
    body(&writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test("places commas and colons")
  func structure() {
    let written = text { writer in
      writer.beginObject()
      writer.key("a")
      writer.beginArray()
      writer.integer(1)
      writer.beginArray()
      writer.endArray()
      writer.boolean(true)
      writer.boolean(false)
      writer.null()
      writer.beginObject()
      writer.endObject()
      writer.string("s")
      writer.endArray()
      writer.key(string: "b\n")
      writer.beginObject()
      writer.key("c")
      writer.double(1.5)
      writer.key("d")
      writer.string("")
      writer.endObject()
      writer.key("e")
      writer.integer(-1)
      writer.endObject()
    }
    #expect(written == #"{"a":[1,[],true,false,null,{},"s"],"b\n":{"c":1.5,"d":""},"e":-1}"#)
  }

  @Test("puts nothing between values at the top, so that frames may stand around them")
  func frames() {
    var writer = JSONWriter()
    for value in 1...2 {
      writer.bytes += Array("data: ".utf8)
      writer.beginObject()
      writer.key("n")
      writer.integer(value)
      writer.endObject()
      writer.bytes += Array("\n\n".utf8)
    }
    writer.integer(3)
    writer.string("x")
    #expect(writer.bytes == Array("data: {\"n\":1}\n\ndata: {\"n\":2}\n\n3\"x\"".utf8))
  }

  @Test("starts anew, even within a container")
  func removeAll() {
    var writer = JSONWriter()
    writer.beginArray()
    writer.integer(1)
    writer.removeAll()
    #expect(writer.depth == 0)
    writer.beginArray()
    writer.integer(2)
    writer.endArray()
    #expect(writer.bytes == Array("[2]".utf8))
  }

  @Test("allocates nothing while the capacity suffices")
  func capacity() {
    var writer = JSONWriter(reservingCapacity: 1000)
    func address() -> UnsafeRawPointer? { unsafe writer.bytes.withUnsafeBytes { $0.baseAddress } }
    writer.beginArray()
    let start = unsafe address()
    for number in 0..<20 {
      writer.integer(number)
      writer.string("text\n人")
      writer.double(0.1)
    }
    writer.endArray()
    #expect(writer.bytes.count < 1000)
    #expect(unsafe address() == start)
    writer.removeAll()
    #expect(writer.bytes.capacity >= 1000)
    writer.integer(1)
    #expect(unsafe address() == start)
  }

  @Test(
    "escapes what RFC 8259 demands and nothing else",
    arguments: [
      ("", #""""#), ("abc", #""abc""#), ("\"\\/", #""\"\\/""#), ("\u{8}\u{9}\u{A}\u{C}\u{D}", #""\b\t\n\f\r""#),
      ("\u{0}\u{1}\u{B}\u{1A}\u{1F}", #""\u0000\u0001\u000b\u001a\u001f""#),
      ("\u{7F}é人😀\u{2028}", "\"\u{7F}é人😀\u{2028}\""),
      ("<script>&'", #""<script>&'""#),
      ("long text before the quote\" and after it", #""long text before the quote\" and after it""#),
    ])
  func escapes(_ source: String, _ expected: String) {
    #expect(text { $0.string(source) } == expected)
    #expect(JSONNode(source).serializedString() == expected)
    #expect(text { $0.key(string: source) } == expected + ":")
  }

  @Test(
    "replaces what is not UTF-8 as Swift does",
    arguments: [
      [0xFF], [0x61, 0x80, 0x62], [0xC3], [0xC3, 0x28], [0xE4, 0xBA], [0xE4, 0xBA, 0x61], [0xF0, 0x9F, 0x98],
      [0xF0, 0x9F, 0x98, 0xE4, 0xBA, 0xBA],
      [0xED, 0xA0, 0x80], [0xC0, 0xAF], [0xF4, 0x90, 0x80, 0x80], [0xE0, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
      [0x80, 0x80, 0x80],
      Array(repeating: 0x61, count: 30) + [0xFF] + Array(repeating: 0x62, count: 30), [0xF1, 0x80, 0x80],
      [0xF0, 0x80, 0x80], [0xE4, 0x41],
    ] as [[UInt8]])
  func invalidUTF8(_ bytes: [UInt8]) throws {
    var writer = JSONWriter()
    unsafe bytes.withUnsafeBytes { unsafe writer.string(utf8: $0) }
    #expect(String(decoding: writer.bytes, as: UTF8.self) == "\"\(String(decoding: bytes, as: UTF8.self))\"")
    try JSONReader().withValue(of: writer.bytes) { _ in }
  }

  @Test("joins pieces into one string")
  func pieces() throws {
    let source = Array(#"["one\n",2]"#.utf8)
    try JSONReader().withValue(of: source) { root in
      var writer = JSONWriter()
      writer.beginArray()
      writer.beginString()
      if let first = root.element(0), let raw = unsafe first.rawString { unsafe writer.appendEscaped(raw) }
      writer.appendText("two \"2\"")
      writer.appendText(String("drei"))
      writer.endString()
      writer.null()
      writer.endArray()
      #expect(writer.bytes == Array(#"["one\ntwo \"2\"drei",null]"#.utf8))
    }
  }

  @Test("copies values and strings unchanged")
  func copies() throws {
    try JSONReader().withValue(of: Array(#"{"a": [1.50, "\u0041"] , "b":"\/"}"#.utf8)) { root in
      var writer = JSONWriter()
      writer.beginArray()
      for (key, value) in root.members {
        if let raw = unsafe key.rawString { unsafe writer.string(escaped: raw) }
        writer.value(value)
      }
      writer.endArray()
      #expect(writer.bytes == Array(#"["a",[1.50, "\u0041"],"b","\/"]"#.utf8))
    }
  }

  @Test("writes JSON text as the contents of a string")
  func nestedText() {
    var writer = JSONWriter()
    let source = Array("{\"a\": \"x\\n\\\"\",\n\t\"b\":1}".utf8)
    unsafe source.withUnsafeBytes { unsafe writer.stringContaining(jsonText: $0) }
    #expect(writer.bytes == Array(#""{\"a\": \"x\\n\\\"\",\n\t\"b\":1}""#.utf8))
  }

  @Test("writes every integer", arguments: [0, 1, -1, 9, 10, 99, 100, -12345, Int.max, Int.min])
  func integers(_ value: Int) {
    #expect(text { $0.integer(value) } == String(value))
  }

  @Test(
    "writes doubles with 14 digits, whole ones without a point",
    arguments: [
      (0, "0"), (-0.0, "0"), (1, "1"), (-3, "-3"), (0.1, "0.1"), (0.1 + 0.2, "0.3"), (1.5, "1.5"), (100, "100"),
      (1e14, "100000000000000"),
      (123_456_789_012_345, "123456789012345"), (1e15, "1e15"), (1e20, "1e20"), (1.5e300, "1.5e300"),
      (-2.5e-7, "-2.5e-7"), (0.0001, "0.0001"),
      (0.00001, "1e-5"), (0.00012345, "0.00012345"), (1_700_000_000.123, "1700000000.123"),
      (1.0 / 3, "0.33333333333333"), (2.0 / 3, "0.66666666666667"),
      (0.99999999999999999, "1"), (0.999999999999999, "1"), (9.99999999999999e22, "1e23"),
      (12345.678901234567, "12345.678901235"),
      (99999.9999999999, "100000"), (1234567890123.45, "1234567890123.4"), (12345678901234.5, "12345678901234"),
      (.leastNonzeroMagnitude, "4.9406564584125e-324"), (.nan, "null"), (.infinity, "null"),
    ])
  func doubles(_ value: Double, _ expected: String) {
    #expect(text { $0.double(value) } == expected)
  }

  @Test("doubles have the value that C's %.14g gives them")
  func doublesLikeC() throws {
    var random = SeededGenerator(seed: 3)
    var buffer = [CChar](repeating: 0, count: 64)
    for round in 0..<20_000 {
      var value = Double(bitPattern: random.next())
      if round % 2 == 0 { value = Double(Int64(truncatingIfNeeded: random.next()) >> 20) / 4096 }
      guard value.isFinite, value.rounded() != value else { continue }
      let count = unsafe withVaList([value]) { unsafe vsnprintf(&buffer, 64, "%.14g", $0) }
      let spelling = String(decoding: buffer.prefix(Int(count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
      let expected = try #require(Double(spelling))
      let written = text { $0.double(value) }
      #expect(Double(written) == expected, "\(value)")
    }
  }

  @Test("names and constant strings are escaped, however long")
  func constants() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key(string: "a\"\n")
    writer.string("\\é")
    writer.key("0123456789012345678901234567890123456789012345678901234567890123456789")
    writer.string("0123456789012345678901234567890123456789012345678901234567890123456789")
    writer.key("012345678901234567890123456789012345678901234567")
    writer.string("")
    writer.key("")
    writer.string("x")
    writer.endObject()
    let long = String(repeating: "0123456789", count: 7)
    #expect(
      String(decoding: writer.bytes, as: UTF8.self)
        == #"{"a\"\n":"\\é","\#(long)":"\#(long)","\#(long.prefix(48))":"","":"x"}"#)
  }
}
