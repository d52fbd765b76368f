import Testing

@testable import JSON

@Suite("The grammar of RFC 8259")
struct GrammarTests {
  @Test("accepts what is JSON", arguments: GrammarCase.accepted)
  func accepts(_ grammarCase: GrammarCase) throws {
    try JSONReader().withValue(of: grammarCase.bytes) { _ in }
    _ = try JSONNode(parsing: grammarCase.bytes)
  }

  @Test("refuses what is not JSON", arguments: GrammarCase.refused)
  func refuses(_ grammarCase: GrammarCase) {
    #expect(throws: JSONSyntaxError.self) { try JSONReader().withValue(of: grammarCase.bytes) { _ in } }
    #expect(throws: JSONSyntaxError.self) { try JSONNode(parsing: grammarCase.bytes) }
  }

  @Test("has each case once")
  func casesDiffer() {
    let cases = GrammarCase.accepted + GrammarCase.refused
    #expect(Set(cases.map(\.bytes)).count == cases.count)
    #expect(Set(cases.map(\.name)).count == cases.count)
  }

  @Test("refuses every text that is cut short")
  func refusesEveryPrefix() throws {
    let text = Array(#"{"name":["é人😀\u00e9\uD83D\uDE00\n",-12.5e+3,true,false,null,{"a":{}}],"other":{"b":[[]]}}"#.utf8)
    let reader = JSONReader()
    try reader.withValue(of: text) { _ in }
    for end in 0..<text.count {
      #expect(throws: JSONSyntaxError.self, "cut at \(end)") { try reader.withValue(of: Array(text[..<end])) { _ in } }
    }
  }

  @Test("a text in which one byte was changed is read the same or refused with a place in the text")
  func survivesEveryByteAtEveryPlace() throws {
    let text = Array(#"{"key":["é人\u00e9\n",-1.5e+3,true,null,{"a":{}}]}"#.utf8)
    let reader = JSONReader()
    for place in 0..<text.count {
      for byte in UInt8.min...UInt8.max {
        var changed = text
        changed[place] = byte
        do {
          try reader.withValue(of: changed) { root in
            #expect(unsafe Array(root.rawText) == changed)
          }
        } catch let error as JSONSyntaxError {
          #expect(error.offset <= text.count)
          #expect(error.location.line >= 1 && error.location.column >= 1)
          #expect(!error.message.isEmpty)
        }
      }
    }
  }

  @Test("nesting is taken to the limit and refused beyond it", arguments: [1, 2, 10, 512])
  func depth(_ limit: Int) throws {
    let reader = JSONReader(maximumDepth: limit)
    func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
      Array((String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)).utf8)
    }
    try reader.withValue(of: nested(limit, "[", "]")) { _ in }
    try reader.withValue(of: nested(limit, #"{"a":"#, "}")) { _ in }
    #expect(throws: JSONSyntaxError.self) { try reader.withValue(of: nested(limit + 1, "[", "]")) { _ in } }
    #expect(throws: JSONSyntaxError.self) { try reader.withValue(of: nested(limit + 1, #"{"a":"#, "}")) { _ in } }
    #expect(throws: JSONSyntaxError.self) { try reader.withValue(of: nested(100_000, "[", "]")) { _ in } }
  }

  @Test("values beside each other are not nested")
  func width() throws {
    let reader = JSONReader(maximumDepth: 2)
    try reader.withValue(of: Array("[[],[],{},[],{}]".utf8)) { #expect($0.count == 5) }
  }

  @Test("a node's depth has a limit of its own")
  func nodeDepth() throws {
    let depth = JSONNode.greatestDepth
    let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    _ = try JSONNode(parsing: text, maximumDepth: .max)
    #expect(throws: JSONSyntaxError.self) { try JSONNode(parsing: "[" + text + "]", maximumDepth: .max) }
  }
}
