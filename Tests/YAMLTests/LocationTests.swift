import JSON
import Testing
import YAML

@Suite("every value and every name knows its place")
struct LocationTests {
  /// The places of a value, as `path name-place value-place`.
  private func places(_ node: JSONNode, _ path: String = "$") -> [String] {
    switch node.content {
    case .array(let elements):
      elements.enumerated().flatMap { index, element in
        ["\(path)[\(index)] \(text(element.location))"] + places(element, "\(path)[\(index)]")
      }
    case .object(let members):
      members.flatMap { member in
        ["\(path).\(member.name) \(text(member.nameLocation)) \(text(member.value.location))"]
          + places(member.value, "\(path).\(member.name)")
      }
    default: []
    }
  }

  private func text(_ location: JSON.SourceLocation?) -> String {
    location.map { "\($0.line):\($0.column)" } ?? "nowhere"
  }

  private func places(of yaml: String) throws -> [String] {
    try places(YAML.parse(Array(yaml.utf8)))
  }

  @Test("block collections and scalars of every style")
  func block() throws {
    let yaml = """
      # comment
      a: plain
      "b":   'quoted'
      c:
        - 1
        -   - x
            - y: z
      d: |
        text
      e:
      - f:   &anchor !!str g
        h:
          i
      ? j
      : k
      """
    #expect(
      try places(of: yaml) == [
        "$.a 2:1 2:4", "$.b 3:1 3:8", "$.c 4:1 5:3", "$.c[0] 5:5", "$.c[1] 6:7", "$.c[1][0] 6:9", "$.c[1][1] 7:9",
        "$.c[1][1].y 7:9 7:12", "$.d 8:1 8:4", "$.e 10:1 11:1", "$.e[0] 11:3", "$.e[0].f 11:3 11:22",
        "$.e[0].h 12:3 13:5", "$.j 14:3 15:3",
      ])
  }

  @Test("flow collections over lines")
  func flow() throws {
    let yaml = """
      a: [b, {c: d,
        "e":f}, g: h,
        ? i : j]
      """
    #expect(
      try places(of: yaml) == [
        "$.a 1:1 1:4", "$.a[0] 1:5", "$.a[1] 1:8", "$.a[1].c 1:9 1:12", "$.a[1].e 2:3 2:7", "$.a[2] 2:11",
        "$.a[2].g 2:11 2:14", "$.a[3] 3:3", "$.a[3].i 3:5 3:9",
      ])
  }

  @Test("columns count characters of Unicode, not bytes, and a byte order mark is none")
  func characters() throws {
    #expect(
      try places(of: "\u{FEFF}\u{FC}\u{1F600}: [\u{592A}, x]") == [
        "$.\u{FC}\u{1F600} 1:1 1:5", "$.\u{FC}\u{1F600}[0] 1:6", "$.\u{FC}\u{1F600}[1] 1:9",
      ])
  }

  @Test("CRLF and CR count as one line break")
  func lineBreaks() throws {
    #expect(
      try places(of: "a: 1\r\nb: 2\rc: 3\n\nd: 4") == ["$.a 1:1 1:4", "$.b 2:1 2:4", "$.c 3:1 3:4", "$.d 5:1 5:4"])
  }

  @Test("an alias is where it stands, and its parts are where the anchor is; so are merged members")
  func aliases() throws {
    #expect(
      try places(of: "a: &x {b: c}\nd: *x\ne:\n  <<: *x\n") == [
        "$.a 1:1 1:7", "$.a.b 1:8 1:11", "$.d 2:1 2:4", "$.d.b 1:8 1:11", "$.e 3:1 4:3", "$.e.b 1:8 1:11",
      ])
  }

  @Test("an empty value is where its indicator ends, or at its tag")
  func empty() throws {
    #expect(try places(of: "a: !!str\nb: {c: }\n") == ["$.a 1:1 1:4", "$.b 2:1 2:4", "$.b.c 2:5 2:8"])
    let node = try YAML.parse([])
    #expect(node.location == JSON.SourceLocation(line: 1, column: 1))
  }
}
