import JSON
import Testing
import YAML

@Suite("what is written is read back as the same value")
struct SerializerTests {
  @Test("the layout is block style")
  func layout() throws {
    let node = try YAML.parse(
      Array(
        #"{"a":[{"b":1,"c":[]},[2,["x"]]],"d":{"e":{},"f":null},"g":"p\nq\n","h":"p\n\n","i":" p\nq","j":"p\nq"}"#.utf8)
    )
    #expect(
      YAML.serialize(node) == """
        a:
        - b: 1
          c: []
        - - 2
          - - x
        d:
          e: {}
          f: null
        g: |
          p
          q
        h: |+
          p

        i: " p\\nq"
        j: |-
          p
          q

        """)
  }

  @Test(
    "strings that a reader could take for something else are quoted",
    arguments: [
      "", "null", "Null", "~", "true", "FALSE", "yes", "No", "on", "OFF", "y", "n", "1", "-1", "+1", "1.5", "1e3", ".5",
      "0x1F", "0o7", "0b1", "1_000", "12:30:45", "2001-01-01", "2001-12-14t21:59:43.10-05:00", ".inf", "-.INF", ".nan",
      "=", "<<",
      "- a", "-", "? a", ": a", "a: b", "a:", "a #b", "#a", "&a", "*a", "!a", "|", ">", "'a", "\"a", "%a", "@a", "`a",
      "[a", "{a",
      "]", "}", ",", " a", "a ", "\ta", "a\tb", "---", "...", "... a", "a\r", "\u{85}", "\u{2028}", "\u{FEFF}a",
      "\u{7F}", "\u{0}",
    ])
  func quoted(_ text: String) throws {
    #expect(YAML.serialize(JSONNode(.string(text))).hasPrefix("\""))
    try expectRoundTrip(JSONNode(.string(text)))
    try expectRoundTrip(JSONNode(.object([JSONNode.Member(name: text, value: JSONNode(.string(text)))])))
  }

  @Test(
    "other strings are not",
    arguments: [
      "a", "a b", "/path/to", "http://a:80/b?c=d#e", "Bearer ${{ env \"X\" }}", "~/chat$", "a:b", "a#b", "x-y_z", "10s",
      "\u{592A}\u{90CE}", "\u{1F600}", "it's", "a, b", "a [b] {c}", "version 1.2",
    ])
  func plain(_ text: String) throws {
    #expect(YAML.serialize(JSONNode(.string(text))) == text + "\n")
    try expectRoundTrip(JSONNode(.string(text)))
  }

  @Test("long keys are explicit, as other readers limit implicit ones")
  func longKeys() throws {
    let name = String(repeating: "k", count: 1100)
    let node = JSONNode(
      .object([
        JSONNode.Member(name: name, value: JSONNode(.array([JSONNode(.number("1"))]))),
        JSONNode.Member(name: name + "2", value: JSONNode(.string("p\nq"))),
      ]))
    #expect(YAML.serialize(node).hasPrefix("? \"kkk"))
    try expectRoundTrip(node)
  }

  @Test("any value of any shape", arguments: 0..<400 as Range<UInt64>)
  func property(seed: UInt64) throws {
    var generator = ValueGenerator(seed: seed)
    try expectRoundTrip(generator.value(depth: 0))
  }

  private func expectRoundTrip(_ node: JSONNode) throws {
    let text = YAML.serialize(node)
    #expect(try jsonText(YAML.parse(Array(text.utf8))) == jsonText(node), "\(text)")
  }
}

/// Makes values from a seed, with strings from the characters that YAML gives a meaning.
private struct ValueGenerator {
  private var state: UInt64
  private static let characters = Array(
    " \t\n\r-?:,[]{}#&*!|>'\"%@`~=<._+0123456789aeinxyN\u{0}\u{85}\u{A0}\u{2028}\u{FEFF}\u{592A}\u{1F600}"
      .unicodeScalars)

  init(seed: UInt64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
  }

  private mutating func next(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(truncatingIfNeeded: state >> 33) % bound
  }

  mutating func value(depth: Int) -> JSONNode {
    switch next(depth < 5 ? 10 : 6) {
    case 0: return JSONNode(.null)
    case 1: return JSONNode(.boolean(next(2) == 0))
    case 2: return JSONNode(.number(["0", "-1", "12.50", "1e3", "-0.0", "123456789012345678901234567890"][next(6)]))
    case 3, 4, 5: return JSONNode(.string(text()))
    case 6, 7: return JSONNode(.array((0..<next(5)).map { _ in value(depth: depth + 1) }))
    default:
      var members: [JSONNode.Member] = []
      for _ in 0..<next(6) {
        let name = text()
        if members.contains(where: { $0.name == name }) { continue }
        members.append(JSONNode.Member(name: name, value: value(depth: depth + 1)))
      }
      return JSONNode(.object(members))
    }
  }

  private mutating func text() -> String {
    var text = ""
    for _ in 0..<next(12) {
      // Half of the characters are letters, so that some strings need no quotes.
      let scalar = next(2) == 0 ? "b" : ValueGenerator.characters[next(ValueGenerator.characters.count)]
      text.unicodeScalars.append(scalar)
    }
    return text
  }
}
