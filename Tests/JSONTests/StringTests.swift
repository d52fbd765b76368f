import Testing

@testable import JSON

@Suite("Strings")
struct StringTests {
  @Test(
    "are decoded, surrogates that stand alone as U+FFFD",
    arguments: [
      (#""""#, ""), (#""abc""#, "abc"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
      (#""\u0041\u00e9\u4EBA""#, "Aé人"), (#""\uD834\uDD1E""#, "𝄞"), (#""\ud83d\ude00x""#, "😀x"),
      (#""\udbff\udfff""#, "\u{10FFFF}"), (#""\ud800\udc00""#, "\u{10000}"), (#""\uD800""#, "\u{FFFD}"),
      (#""\uDC00""#, "\u{FFFD}"), (#""\uD800a""#, "\u{FFFD}a"), (#""\uD800\n""#, "\u{FFFD}\n"),
      (#""\uD800\uD834\uDD1E""#, "\u{FFFD}𝄞"), (#""\uDD1E\uD834""#, "\u{FFFD}\u{FFFD}"),
      (#""\uD800\u0041""#, "\u{FFFD}A"), (#""\uD800\\u""#, "\u{FFFD}\\u"), (#""\\u0041""#, "\\u0041"),
      (#""\u0000x""#, "\u{0}x"), (#""a\nb\nc""#, "a\nb\nc"), ("\"é人😀\"", "é人😀"),
      (#""\uFFFF\uFFFE""#, "\u{FFFF}\u{FFFE}"),
    ])
  func decoding(_ text: String, _ decoded: String) throws {
    try JSONReader().withValue(of: Array(text.utf8)) { value in
      #expect(value.string == decoded)
      var bytes = Array("before:".utf8)
      value.appendDecoded(to: &bytes)
      #expect(bytes == Array("before:\(decoded)".utf8))
      #expect(unsafe Array(decoded.utf8).withUnsafeBytes { unsafe value.equals(utf8: $0) })
      #expect(unsafe !Array("\(decoded)x".utf8).withUnsafeBytes { unsafe value.equals(utf8: $0) })
      #expect(
        unsafe !Array(decoded.utf8.dropLast()).withUnsafeBytes { unsafe value.equals(utf8: $0) } || decoded.isEmpty)
    }
    #expect(try JSONNode(parsing: text).string == decoded)
  }

  @Test("equal a literal by their decoded text")
  func equality() throws {
    try JSONReader().withValue(of: Array(#"["text","te\u0078t","text ","",1]"#.utf8)) { root in
      #expect(root.elements.map { $0.equals("text") } == [true, true, false, false, false])
      #expect(root.elements.map { $0.equals("") } == [false, false, false, true, false])
      #expect(root.elements.map { $0.equals("tex") } == [false, false, false, false, false])
    }
  }

  @Test("every scalar survives writing and reading, raw and escaped")
  func everyScalar() throws {
    let reader = JSONReader()
    let digits = Array("0123456789abcdef".utf8)
    for block in stride(from: UInt32(0), to: 0x110000, by: 0x400) {
      let scalars = (block..<(block + 0x400)).compactMap(Unicode.Scalar.init)
      var text = ""
      text.unicodeScalars.append(contentsOf: scalars)
      var escaped: [UInt8] = [0x22]
      for unit in text.utf16 {
        escaped += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
        for shift in [12, 8, 4, 0] as [UInt16] { escaped.append(digits[Int(unit >> shift & 15)]) }
      }
      escaped.append(0x22)
      var writer = JSONWriter()
      writer.string(text)
      try reader.withValue(of: writer.bytes) { #expect($0.string?.utf8.elementsEqual(text.utf8) == true) }
      try reader.withValue(of: escaped) { #expect($0.string?.utf8.elementsEqual(text.utf8) == true) }
    }
  }

  @Test("UTF-8 is checked as Swift checks it, for every sequence of up to three bytes and the edges of four")
  func utf8() {
    let reader = JSONReader()
    func isValid(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }
    func check(_ bytes: [UInt8]) -> Bool {
      // The bytes before and after put the sequence where words are looked at, and at the end.
      for after in [0, 5] {
        let text = [0x22] + bytes + [UInt8](repeating: 0x61, count: after) + [0x22]
        let isRead = (try? reader.withValue(of: text) { _ in }) != nil
        if isRead != isValid(bytes) { return false }
      }
      return true
    }
    let edges: [UInt8] = [0x61, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xED, 0xF0, 0xFF]
    for first in UInt8(0x80)...0xFF {
      #expect(check([first]))
      for second in edges {
        #expect(check([first, second]))
        #expect(edges.allSatisfy { check([first, second, $0]) })
        guard first >= 0xEF else { continue }
        for third in edges { #expect(edges.allSatisfy { check([first, second, third, $0]) }) }
      }
    }
  }
}
