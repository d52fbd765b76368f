import Glibc
import Testing

@testable import Supervision

@Suite("What systemd is told")
struct SystemdNotificationTests {
  @Test("messages are variables, one a line")
  func text() {
    #expect(SystemdNotification.text([.ready], monotonicMicroseconds: 7) == "READY=1")
    #expect(SystemdNotification.text([.stopping], monotonicMicroseconds: 7) == "STOPPING=1")
    #expect(SystemdNotification.text([.reloading], monotonicMicroseconds: 7) == "RELOADING=1\nMONOTONIC_USEC=7")
    #expect(
      SystemdNotification.text(
        [.ready, .status("serving"), .mainProcess(42), .watchdog, .extendTimeout(microseconds: 5)],
        monotonicMicroseconds: 7)
        == "READY=1\nSTATUS=serving\nMAINPID=42\nWATCHDOG=1\nEXTEND_TIMEOUT_USEC=5")
  }

  @Test("a status with line breaks sets no other variable")
  func oneLine() {
    #expect(
      SystemdNotification.text([.status("a\nMAINPID=1\r\u{0}é")], monotonicMicroseconds: 0) == "STATUS=a MAINPID=1  é")
  }

  @Test("the watchdog is fed twice as often as systemd looks, and only by the process it looks at")
  func watchdog() {
    func interval(_ microseconds: String?, _ process: String?) -> UInt64? {
      SystemdNotification.watchdogInterval(microseconds: microseconds, process: process, ownProcess: 7)
    }
    #expect(interval("30000000", nil) == 15_000_000_000)
    #expect(interval("30000000", "7") == 15_000_000_000)
    for (microseconds, process) in [
      (nil, nil), ("", nil), ("0", nil), ("-1", nil), ("x", nil), ("18446744073709551615", nil), ("30000000", "8"),
      ("30000000", "x"),
    ] as [(String?, String?)] { #expect(interval(microseconds, process) == nil) }
  }

  @Test("a datagram arrives at a path and at an abstract name", arguments: [false, true])
  func arrives(isAbstract: Bool) throws {
    let receiver = try Receiver(isAbstract: isAbstract)
    #expect(SystemdNotification.send("READY=1\nSTATUS=ü", to: receiver.name))
    #expect(receiver.next() == "READY=1\nSTATUS=ü")
  }

  @Test("it never waits: a manager that does not read costs the message, not the gateway")
  func neverWaits() throws {
    let receiver = try Receiver(isAbstract: true)
    var sent = 0
    while sent < 100_000, SystemdNotification.send("WATCHDOG=1", to: receiver.name) { sent += 1 }
    #expect((1..<100_000).contains(sent))
    #expect(receiver.next() == "WATCHDOG=1")
    #expect(SystemdNotification.send("WATCHDOG=1", to: receiver.name))
  }

  @Test(
    "what is no address gets nothing",
    arguments: ["", "@", "/", "relative", "/nowhere/at/all", "@" + String(repeating: "x", count: 200), "vsock:2:1"])
  func noAddress(name: String) { #expect(!SystemdNotification.send("READY=1", to: name)) }
}

/// A manager's socket.
private final class Receiver {
  let name: String
  private let descriptor: Int32

  init(isAbstract: Bool) throws {
    var random = SystemRandomNumberGenerator()
    let unique = "torii-notify-\(getpid())-\(random.next() as UInt64)"
    name = isAbstract ? "@" + unique : "/tmp/" + unique
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    let bound: Int32
    if isAbstract {
      bound = unsafe UnixAddress.withAbstract(unique) { unsafe bind(descriptor, $0, $1) }
    } else {
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let bytes = Array(name.utf8)
      unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in
        for (index, byte) in bytes.enumerated() { unsafe path[index] = byte }
      }
      bound = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
    }
    try #require(bound == 0)
  }

  deinit {
    close(descriptor)
    if name.hasPrefix("/") { unsafe unlink(name) }
  }

  func next() -> String? {
    var bytes = [UInt8](repeating: 0, count: 1000)
    let size = unsafe recv(descriptor, &bytes, bytes.count, 0)
    return size < 0 ? nil : String(decoding: bytes.prefix(size), as: UTF8.self)
  }
}
