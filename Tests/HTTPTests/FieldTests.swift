import HTTP
import Testing

@Suite("Fields")
struct FieldTests {
  private func lookup(_ name: String) -> FieldName {
    unsafe latin1(name).withUnsafeBytes { unsafe FieldName.lookup($0) }
  }

  private static let names = (1...UInt8.max).compactMap(FieldName.init(rawValue:))

  @Test("a known name is found in any case", arguments: names)
  func known(_ name: FieldName) {
    let text = "\(name.canonicalName)"
    #expect(lookup(text) == name && lookup(text.lowercased()) == name && lookup(text.uppercased()) == name)
  }

  @Test("what differs from a known name in any byte is another name", arguments: names)
  func different(_ name: FieldName) {
    let text = latin1("\(name.canonicalName)")
    for place in text.indices {
      for byte in UInt8.min...UInt8.max {
        var other = text
        other[place] = byte
        let isSame = String(decoding: other, as: UTF8.self).lowercased() == "\(name.canonicalName)".lowercased()
        let found = unsafe other.withUnsafeBytes { unsafe FieldName.lookup($0) }
        // One letter can make another known name of it: port and path differ in more, but not every pair has to.
        #expect((found == name) == isSame, "\(other)")
      }
    }
    #expect(lookup("\(name.canonicalName)x") != name && lookup("x\(name.canonicalName)") != name)
    #expect(lookup(String("\(name.canonicalName)".dropLast())) != name)
  }

  @Test("names fit the words the table marks them in, and the empty name is none of them")
  func bounds() {
    #expect(Self.names.count < 64 && lookup("") == .other && "\(FieldName.other.canonicalName)" == "")
    #expect(unsafe FieldName.lookup(UnsafeRawBufferPointer(start: nil, count: 0)) == .other)
  }

  @Test("a table that gives back its room keeps its lines, and grows again")
  func shrinking() {
    let table = FieldTable(capacity: 32)
    func line(_ place: Int) -> FieldLine {
      let range = ByteRange(offset: UInt32(place), length: 1)
      return FieldLine(name: range, value: range, known: .host)
    }
    for place in 0..<5 { table.append(line(place)) }
    table.shrink()
    table.shrink()
    for place in 5..<40 { table.append(line(place)) }
    #expect((0..<40).allSatisfy { table[$0].name.offset == $0 && table[$0].value.end == $0 + 1 })
    #expect(table.first(.host) == 0 && table.count == 40)
    table.removeAll()
    table.shrink()
    table.append(line(1))
    #expect(table.count == 1)
  }

  @Test("a table keeps order, grows, finds names and is emptied")
  func table() {
    let table = FieldTable(capacity: 1)
    for index in 0..<100 {
      let known: FieldName = index % 10 == 3 ? .via : .other
      let range = ByteRange(offset: UInt32(index), length: 1)
      table.append(FieldLine(name: range, value: range, known: known))
    }
    #expect(table.count == 100 && table[99].name.offset == 99 && table[0].name.end == 1)
    #expect(table.first(.via) == 3 && table.index(of: .via, from: 4) == 13 && table.index(of: .via, from: 94) == nil)
    #expect(table.first(.cookie) == nil)
    table[50].known = .cookie
    #expect(table.first(.cookie) == 50)
    table[50].known = .other
    #expect(table.first(.cookie) == nil)
    table.removeAll()
    #expect(table.count == 0 && table.first(.via) == nil)
  }

  @Test(
    "texts are compared without regard to ASCII case and nothing else",
    arguments: [
      ("Chunked", true), ("CHUNKED", true), ("chunke", false), ("chunkedd", false), ("chunkeD ", false), ("", false),
      ("chun\u{0B}ed", false), ("chunked\u{00}", false),
    ])
  func equality(_ text: String, _ same: Bool) {
    let bytes = latin1(text)
    #expect(unsafe bytes.withUnsafeBytes { unsafe FieldValue.equalsIgnoringCase($0, "chunked") } == same)
    let result = unsafe bytes.withUnsafeBytes { left in
      unsafe latin1("cHunked").withUnsafeBytes { unsafe FieldValue.equalsIgnoringCase(left, $0) }
    }
    #expect(result == same)
  }

  @Test("case is only ignored for letters")
  func onlyLetters() {
    for (one, other) in [("[", "{"), ("@", "`"), ("^", "~"), ("\u{00}", " "), ("\u{0D}", "-"), ("À", "à")] {
      let result = unsafe latin1(one).withUnsafeBytes { left in
        unsafe latin1(other).withUnsafeBytes { unsafe FieldValue.equalsIgnoringCase(left, $0) }
      }
      #expect(!result, "\(one) \(other)")
    }
  }

  @Test(
    "an element of a list is found whole",
    arguments: [
      ("gzip", true), ("deflate, GZIP", true), ("\tgzip ,br", true), (",,gzip,,", true), ("gzip;q=1", false),
      ("xgzip", false), ("gzi p", false), ("", false), (",", false), ("gzip2,gz", false),
    ])
  func lists(_ list: String, _ found: Bool) {
    #expect(unsafe latin1(list).withUnsafeBytes { unsafe FieldValue.listContains($0, "gzip") } == found)
  }

  @Test(
    "names and values that could not be sent are told from those that could",
    arguments: [
      ("X-Y", true, true), ("", false, true), ("a b", false, true), ("a:b", false, true), (" a", false, false),
      ("a\t", false, false), ("a\r\nb", false, false), ("a\u{00}", false, false), ("é", false, true),
      ("0123456789", true, true), ("abcdefgh\u{01}", false, false), ("a\tb", false, true),
    ])
  func validity(_ text: String, _ name: Bool, _ value: Bool) {
    let bytes = latin1(text)
    #expect(unsafe bytes.withUnsafeBytes { unsafe FieldValue.isValidName($0) } == name)
    #expect(unsafe bytes.withUnsafeBytes { unsafe FieldValue.isValidValue($0) } == value)
  }
}
