import Glibc
import Testing

@testable import Supervision

@Suite("What processes of the gateway tell each other and the operator")
struct SupervisionTests {
  @Test("an inheritance survives its text")
  func inheritance() throws {
    var made = Inheritance(
      supervisor: 7, index: 2, meetingDescriptor: -1, meetingPoint: "torii-7-abc",
      sockets: [
        .init(descriptor: 200, purpose: .proxy, port: 8000, isTLS: false),
        .init(descriptor: 201, purpose: .status, port: 8443, isTLS: true),
      ])
    made.boardPlace = 3
    let read = try #require(Inheritance(made.text))
    #expect(read.text == made.text)
    #expect(read.supervisor == 7 && read.index == 2 && read.boardPlace == 3 && read.meetingDescriptor == -1)
    #expect(read.sockets.map(\.isTLS) == [false, true])
    #expect(read.sockets.map(\.port) == [8000, 8443])
  }

  @Test(
    "a text that is none is refused",
    arguments: [
      "", "1;2;3", "x;0;0;m;;-1;0;-1", "1;2;3;m;;-1;0;4,proxy,80,0", "1;2;3;m;abc;-1;0;-1;4,proxy,80,0",
      "1;2;3;m;;-1;0;-1;4,proxy,80", "1;2;3;m;;-1;0;-1;4,other,80,0", "1;2;3;m;;-1;x;-1",
    ])
  func refused(text: String) { #expect(Inheritance(text) == nil) }

  @Test("a log line is one line, without control characters")
  func line() {
    let log = GatewayLog(threshold: .info, process: "worker 0")
    let line = log.line(.warn, "a\r\nb\u{1B}[31m\u{2028}c\u{85}é", at: timespec(tv_sec: 0, tv_nsec: 7_000_000))
    #expect(line == "1970-01-01T00:00:00.007Z [warn] worker 0: a  b [31m c é")
  }
}
