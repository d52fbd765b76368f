import Testing

@testable import FileLog

@Suite("The path of a log file")
struct LogPathTests {
  @Test(
    "is taken or refused as Kong does",
    arguments: [
      ("/tmp/a", true), ("ab", true), ("/var/log/torii/requests.log", true), ("/tmp/with space.log", true),
      ("/tmp/ü", true),
      ("", false), ("a", false), (" /tmp/a", false), ("/tmp/a ", false), ("/tmp/a\n", false), ("/tmp/*", false),
      ("/tmp/a&b", false), ("/tmp/%d", false), ("/tmp/a\\b", false), ("/tmp/`a`", false), ("/tmp/\u{0}a", false),
    ])
  func validity(path: String, isValid: Bool) {
    #expect(LogPath.isValid(path) == isValid)
  }
}
