import Glibc
import HTTP
import Testing

@Suite("Dates and status codes")
struct HTTPDateTests {
  private func date(_ seconds: Int64) -> String {
    var bytes = [UInt8](repeating: UInt8(ascii: "#"), count: 31)
    unsafe bytes.withUnsafeMutableBytes {
      unsafe HTTPDate.write(unixSeconds: seconds, into: UnsafeMutableRawBufferPointer(rebasing: $0[1..<30]))
    }
    #expect(bytes[0] == UInt8(ascii: "#") && bytes[30] == UInt8(ascii: "#"))
    return String(decoding: bytes[1..<30], as: UTF8.self)
  }

  @Test(
    "are written as IMF-fixdate",
    arguments: [
      (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
      (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
      (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"), (1_709_251_200, "Fri, 01 Mar 2024 00:00:00 GMT"),
      (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
      (Int64.max, "Fri, 31 Dec 9999 23:59:59 GMT"), (Int64.min, "Sat, 01 Jan 0000 00:00:00 GMT"),
    ])
  func written(_ seconds: Int64, _ text: String) {
    #expect(date(seconds) == text)
  }

  @Test("agree with another calendar on every day of four centuries")
  func calendar() {
    var parts = unsafe tm()
    for day in stride(from: Int64(-73_000), through: 73_000, by: 1) {
      var seconds = time_t(day * 86_400 + 45_296)
      var expected = [CChar](repeating: 0, count: 40)
      unsafe gmtime_r(&seconds, &parts)
      unsafe strftime(&expected, 40, "%a, %d %b %Y %H:%M:%S GMT", &parts)
      let text = String(decoding: expected.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      guard date(Int64(seconds)) == text else {
        Issue.record("\(date(Int64(seconds))) is not \(text)")
        return
      }
    }
  }

  @Test(
    "status codes have their registered phrase, others none",
    arguments: [
      (200, "OK"), (404, "Not Found"), (413, "Content Too Large"), (431, "Request Header Fields Too Large"),
      (502, "Bad Gateway"), (599, ""), (0, ""), (418, ""),
    ] as [(UInt16, String)])
  func phrases(_ status: UInt16, _ phrase: String) {
    #expect("\(StatusCode.reason(status))" == phrase)
  }

  @Test("errors are equal when status and sentence are")
  func errors() {
    let one = HTTPError(status: 400, reason: "a sentence")
    #expect(one == HTTPError(status: 400, reason: "a sentence") && one != HTTPError(status: 401, reason: "a sentence"))
    #expect(one != HTTPError(status: 400, reason: "b sentence") && one != HTTPError(status: 400, reason: "a"))
  }
}
