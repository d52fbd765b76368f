import Testing

@testable import Routing

@Suite("Paths")
struct PathTests {
  static let vectors: [(String, String)] = [
    ("/", "/"), ("", ""), ("/a", "/a"), ("/a/", "/a/"), ("//", "/"), ("///a//b///", "/a/b/"), ("/.", "/"), ("/..", "/"),
    ("/./", "/"),
    ("/../", "/"), ("/a/.", "/a/"), ("/a/..", "/"), ("/a/b/..", "/a/"), ("/a/b/../", "/a/"), ("/a/./b", "/a/b"),
    ("/a/../b", "/b"),
    ("/../../a", "/a"), ("/a/b/../../../c", "/c"), ("/a//../b", "/b"), ("/a/.b", "/a/.b"), ("/a/b.", "/a/b."),
    ("/a/..b", "/a/..b"),
    ("/a/b..", "/a/b.."), ("/...", "/..."), ("/.../", "/.../"), ("/.a/..b/", "/.a/..b/"), ("/%41", "/A"),
    ("/%61%7e", "/a~"),
    ("/%2f", "/%2F"), ("/a%2fb", "/a%2Fb"), ("/%2e%2e/a", "/a"), ("/a/%2e", "/a/"), ("/a/%2E%2e/b", "/b"),
    ("/%20", "/ "), ("/%c3%A9", "/é"),
    ("/%25", "/%25"), ("/%252f", "/%252f"), ("/%3f%23", "/%3F%23"), ("/%", "/%"), ("/%4", "/%4"), ("/%zz", "/%zz"),
    ("/%5B%5d", "/%5B%5D"),
    ("/%21%24%26%27%28%29%2a%2b%2c%3a%3b%3d%40", "/%21%24%26%27%28%29%2A%2B%2C%3A%3B%3D%40"),
    ("/%22%3c%3e%5c%5e%60%7b%7c%7d", "/\"<>\\^`{|}"),
    ("a/b", "a/b"), ("../a", "a"), ("./a", "a"), (".", ""), ("..", ""), (".././a/../b", "/b"), ("/a;x=1/../b", "/b"),
    ("/a/b/c/../../d/./e", "/a/d/e"),
  ]

  @Test("are brought into normal form", arguments: vectors)
  func normalize(_ path: String, _ expected: String) {
    #expect(Call.normalize(path) == expected)
    if path.hasPrefix("/") {
      // Nothing is missed by the check that saves the work.
      #expect(Call.needsNormalization(Array(path.utf8)) || path == expected)
      if path == expected, !path.contains("%") { #expect(!Call.needsNormalization(Array(path.utf8))) }
    }
  }

  @Test("in normal form stay as they are, whatever bytes they are made of")
  func idempotence() {
    var generator = SplitMix(seed: 7)
    let alphabet = Array("/./.%2e2fF/a%~25".utf8) + [0xff, 0x80]
    for _ in 0..<20_000 {
      let path = [UInt8(ascii: "/")] + (0..<Int(generator.next() % 14)).map { _ in generator.pick(alphabet) }
      let once = Call.normalize(path)
      #expect(once.count <= path.count)
      #expect(once.first == UInt8(ascii: "/"))
      if !Call.needsNormalization(path) { #expect(once == path) }
      // Decoding `%252e` leaves `%252e`: a second pass would see the same escapes again.
      #expect(Call.normalize(once) == once)
    }
  }

  @Test(
    "with broken escapes, NUL, or a way above the root are bad requests",
    arguments: [
      ("/%", true), ("/%4", true), ("/%zz", true), ("/%00", true), ("/a\0", true), ("/..", true), ("/a/../..", true),
      ("/../a", true),
      ("/%2e%2e/a", true), ("/a/../../b", true), ("/a/..", false), ("/a/b/../../c", false), ("/%41", false),
      ("/...", false), ("/./a", false),
      ("/a%2f..", false), ("//a", false),
    ])
  func malformed(_ path: String, _ isMalformed: Bool) {
    #expect((Call.check(path) == .malformed) == isMalformed)
  }

  struct Upstream: Sendable {
    var service: String, path: String, matched: Int, strip: Bool, expected: String
    init(_ service: String, _ path: String, _ matched: Int, _ strip: Bool, _ expected: String) {
      (self.service, self.path, self.matched, self.strip, self.expected) = (service, path, matched, strip, expected)
    }
  }

  static let upstream: [Upstream] = [
    // Stripped; the base ends in a slash.
    .init("", "/a", 2, true, "/"), .init("/", "/a", 2, true, "/"), .init("/", "/a/", 2, true, "/"),
    .init("", "/a/", 3, true, "/"),
    .init("/svc/", "/a", 2, true, "/svc"), .init("/svc/", "/a/", 3, true, "/svc/"),
    .init("/svc/", "/a/", 2, true, "/svc/"),
    .init("/svc/", "/a/b", 2, true, "/svc/b"), .init("/svc/", "/ab", 2, true, "/svc/b"),
    .init("", "/a/b", 2, true, "/b"),
    // Stripped; it does not.
    .init("/svc", "/a", 2, true, "/svc"), .init("/svc", "/a/", 3, true, "/svc/"), .init("/svc", "/", 1, true, "/svc"),
    .init("/svc", "/a/b", 2, true, "/svc/b"), .init("/svc", "/abc", 2, true, "/svc/bc"),
    .init("/anything", "/anything/v1/messages", 9, true, "/anything/v1/messages"),
    .init("/anything", "/anything/", 9, true, "/anything/"),
    // Stripped, but no path matched: only the root goes.
    .init("/svc", "/a/b", 0, true, "/svc/a/b"), .init("", "/a", 0, true, "/a"), .init("/svc/", "/", 0, true, "/svc/"),
    // Not stripped.
    .init("/svc/", "/a", 2, false, "/svc/a"), .init("/svc/", "/", 1, false, "/svc/"),
    .init("", "/a/b", 2, false, "/a/b"), .init("", "/", 1, false, "/"),
    .init("/svc", "/", 1, false, "/svc"), .init("/svc", "/a/", 2, false, "/svc/a/"),
    .init("/anything", "/anything/x", 9, false, "/anything/anything/x"),
    // What the cut leaves must not climb.
    .init("/svc", "/a.", 2, true, "/svc"), .init("/svc", "/a..", 2, true, "/svc"),
    .init("/svc", "/a../b", 2, true, "/svc/b"), .init("/svc", "/a./b", 2, true, "/svc/b"),
    .init("/svc/", "/a../b", 2, true, "/svc/b"), .init("/svc", "/a...", 2, true, "/svc/..."),
    .init("/svc", "/a.b", 2, true, "/svc/.b"), .init("/svc", "/a..b", 2, true, "/svc/..b"),
    // Escapes.
    .init("/b x", "/a/é\"<>\\^`{|} ", 2, true, "/b%20x/%C3%A9%22%3C%3E%5C%5E%60%7B%7C%7D%20"),
    .init("/b%20x", "/a/%2F", 2, true, "/b%20x/%2F"),
    .init("", "/!#$&'()*+,/:;=?@[]~_-.%", 0, false, "/!#$&'()*+,/:;=?@[]~_-.%"), .init("", "", 0, true, "/"),
    .init("", "/\u{7f}\u{1}", 0, true, "/%7F%01"),
  ]

  @Test("go upstream joined to the service's, escaped", arguments: upstream)
  func upstreamPath(_ vector: Upstream) {
    let target = Call.upstream(
      service: vector.service, path: Array(vector.path.utf8), matched: vector.matched, strip: vector.strip)
    #expect(target == vector.expected)
  }
}

/// A generator whose numbers are the same in every run.
struct SplitMix {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}
