import Testing

@testable import JSON

@Suite("Values read from a tape")
struct ReaderTests {
  private func read<Result>(_ text: String, _ body: (JSONValue) throws -> Result) throws -> Result {
    try JSONReader().withValue(of: Array(text.utf8), body)
  }

  @Test("have a kind, and give nothing for another")
  func kinds() throws {
    try read(#"[null,true,12,"s",[1],{"a":1}]"#) { root in
      let values = Array(root.elements)
      #expect(values.map(\.kind) == [.null, .boolean, .number, .string, .array, .object])
      #expect(values.map(\.boolean) == [nil, true, nil, nil, nil, nil])
      #expect(values.map(\.integer) == [nil, nil, 12, nil, nil, nil])
      #expect(values.map(\.double) == [nil, nil, 12, nil, nil, nil])
      #expect(values.map(\.string) == [nil, nil, nil, "s", nil, nil])
      #expect(values.map(\.count) == [0, 0, 0, 0, 1, 1])
      #expect(values.map { Array($0.elements).count } == [0, 0, 0, 0, 1, 0])
      #expect(values.map { Array($0.members).count } == [0, 0, 0, 0, 0, 1])
      #expect(values.map { $0["a"] != nil } == [false, false, false, false, false, true])
      #expect(values.map { unsafe $0.rawString != nil } == [false, false, false, true, false, false])
      #expect(values.map(\.isNull) == [true, false, false, false, false, false])
    }
  }

  @Test("keep the bytes of their text")
  func rawText() throws {
    try read(" { \"a\" : [ 1.50 , \"x\\u0041\" ] , \"b\":{ } } ") { root in
      func text(_ value: JSONValue?) -> String? {
        guard let value else { return nil }
        return unsafe String(decoding: value.rawText, as: UTF8.self)
      }
      #expect(text(root) == "{ \"a\" : [ 1.50 , \"x\\u0041\" ] , \"b\":{ } }")
      #expect(text(root["a"]) == "[ 1.50 , \"x\\u0041\" ]")
      #expect(text(root["a"]?.element(0)) == "1.50")
      #expect(text(root["a"]?.element(1)) == "\"x\\u0041\"")
      #expect(text(root["b"]) == "{ }")
      #expect(root["a"]?.element(2) == nil)
      #expect(root["a"]?.element(-1) == nil)
      #expect(root["a"]?.offset == 9)
    }
  }

  @Test("are found by the first member of a name, over what lies between")
  func lookup() throws {
    try read(#"{"x":{"b":1,"c":[[],{"b":2}]},"bb":3,"b":4,"\u0062":5,"":6}"#) { root in
      #expect(root["b"]?.integer == 4)
      #expect(root["bb"]?.integer == 3)
      #expect(root[""]?.integer == 6)
      #expect(root["c"] == nil)
      #expect(root["x"]?["c"]?.element(1)?["b"]?.integer == 2)
      #expect(root.count == 5)
      #expect(root.members.map { $0.key.string } == ["x", "bb", "b", "b", ""])
    }
  }

  @Test("a name written with escapes is found")
  func escapedName() throws {
    try read(#"{"\u0074\u0065xt\ud83d\ude00":1}"#) { #expect($0["text😀"]?.integer == 1) }
  }

  @Test("a reader is used again for other texts, smaller and larger")
  func reuse() throws {
    let reader = JSONReader()
    for count in [1000, 0, 3, 50_000, 1] {
      let text = "[" + (0..<count).map(String.init).joined(separator: ",") + "]"
      try reader.withValue(of: Array(text.utf8)) { root in
        #expect(root.count == count)
        #expect(root.elements.reduce(0) { $0 + ($1.integer ?? 0) } == count * (count - 1) / 2)
      }
      #expect(throws: JSONSyntaxError.self) { try reader.withValue(of: Array("[1,2".utf8)) { _ in } }
    }
    let grown = reader.tapeCapacity
    reader.releaseMemory(beyond: 4096)
    #expect(grown > 512)
    #expect(reader.tapeCapacity == 512)
    try reader.withValue(of: Array("[1,2]".utf8)) { #expect($0.count == 2) }
  }

  @Test("a text of the same size needs no more memory")
  func noGrowth() throws {
    let reader = JSONReader()
    let text = Array(("[" + (0..<5000).map { "{\"a\":\($0)}" }.joined(separator: ",") + "]").utf8)
    try reader.withValue(of: text) { _ in }
    let (capacity, tape) = unsafe (reader.tapeCapacity, reader.tape)
    for _ in 0..<10 { try reader.withValue(of: text) { _ in } }
    #expect(reader.tapeCapacity == capacity)
    #expect(unsafe reader.tape == tape)
  }

  @Test("strings of all lengths around a vector's width are scanned to their end")
  func stringLengths() throws {
    let reader = JSONReader()
    for length in 0..<150 {
      for (special, decoded) in [
        ("", ""), ("\\n", "\n"), ("é", "é"), ("人", "人"), ("😀", "😀"), ("\\u00e9", "é"), ("\\\\\\\"", "\\\""),
      ] {
        let before = String(repeating: "a", count: length)
        for after in ["", "b", String(repeating: "c", count: 20), String(repeating: "d", count: 70)] {
          let text = Array("[\"\(before)\(special)\(after)\"]".utf8)
          try reader.withValue(of: text) { root in
            #expect(root.element(0)?.string == before + decoded + after)
            #expect(root.element(0)?.hasEscapes == special.hasPrefix("\\"))
          }
        }
      }
    }
  }

  @Test("what follows a special byte is looked at, wherever both stand")
  func specialsInBlocks() throws {
    let reader = JSONReader()
    let pieces = ["\\n", "\\\\", "\\\"", "\\u00e9", "é", "人", "😀"]
    for length in 0..<80 {
      for gap in [0, 1, 13, 40] {
        for first in pieces {
          for second in pieces {
            let inside =
              String(repeating: "a", count: length) + first + String(repeating: "b", count: gap) + second
            let text = Array("[\"\(inside)\",\"\(String(repeating: "c", count: 64))\"]".utf8)
            try reader.withValue(of: text) { root in
              #expect(unsafe root.element(0)?.rawString?.elementsEqual(inside.utf8) == true)
              #expect(unsafe root.element(1)?.rawText.count == 66)
              #expect(root.count == 2)
            }
          }
        }
      }
    }
  }

  @Test("a bad byte in a string is found wherever it stands", arguments: [0, 1, 70])
  func badBytesInBlocks(_ rest: Int) {
    let bad: [(bytes: [UInt8], distance: Int)] = [
      ([0x0A], 0), ([0x00], 0), ([0x1F], 0), ([0xFF], 0), ([0xC3, 0x28], 0), ([0x5C, 0x78], 1), ([0x5C, 0x00], 1),
      ([0x5C, 0xE9], 1), ([0x5C, 0x1C], 1), ([0x5C, 0x34], 1), ([0x5C, 0x6F], 1), ([0x5C, 0xF4], 1),
      ([0x5C, 0x75, 0x30, 0x67], 3),
    ]
    for length in 0..<150 {
      for (bytes, distance) in bad {
        let text =
          Array("[\"".utf8) + [UInt8](repeating: 0x61, count: length) + bytes + [UInt8](repeating: 0x62, count: rest)
          + Array("\"]".utf8)
        do {
          try JSONReader().withValue(of: text) { _ in }
          Issue.record("\(bytes) after \(length) bytes was read")
        } catch let error as JSONSyntaxError {
          #expect(error.offset == 2 + length + distance, "\(bytes) after \(length) bytes")
        } catch {
          Issue.record("\(error)")
        }
      }
    }
  }

  @Test("a string of many megabytes is read")
  func hugeString() throws {
    let length = 8_000_000
    let text = [0x22] + [UInt8](repeating: 0x61, count: length) + [0x22]
    try JSONReader().withValue(of: text) { root in
      #expect(unsafe root.rawString?.count == length)
    }
  }

  @Test("values too long for one word of the tape take two", arguments: [0, 1, 2, 3, 5] as [UInt64])
  func longValues(_ longestShort: UInt64) throws {
    let reader = JSONReader(longestShort: longestShort)
    let text = #"{"a":"long \n text","long name":[1234567,true,null,[],{}],"b":[7],"":""}"#
    try reader.withValue(of: Array(text.utf8)) { root in
      #expect(root.count == 4)
      #expect(root.members.map { $0.key.string } == ["a", "long name", "b", ""])
      #expect(root["a"]?.string == "long \n text")
      #expect(root["long name"]?.count == 5)
      #expect(root["long name"]?.elements.map(\.kind) == [.number, .boolean, .null, .array, .object])
      #expect(root["long name"]?.element(0)?.integer == 1_234_567)
      #expect(root["b"]?.element(0)?.integer == 7)
      #expect(root[""]?.string == "")
      #expect(unsafe Array(root.rawText) == Array(text.utf8))
    }
  }

  @Test("a text of 4 GiB is refused before it is read")
  func tooLong() throws {
    // No byte of the memory may be looked at: there is only one.
    var byte: UInt8 = 0x31
    unsafe withUnsafeBytes(of: &byte) { bytes in
      let text = unsafe UnsafeRawBufferPointer(start: bytes.baseAddress, count: Int(UInt32.max))
      let failure = #expect(throws: JSONFailure.self) { unsafe try JSONReader().buildTape(text) }
      #expect(failure?.problem == .tooLong)
    }
  }
}
