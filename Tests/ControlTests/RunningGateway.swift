import Configuration
import EventLoop
import Foundation
import JSON

@testable import Control

/// A controller with an Admin API and a status listener on loopback ports, on a thread of its own.
final class RunningGateway: @unchecked Sendable {
  private let mailbox: Mailbox
  private let finished = DispatchSemaphore(value: 0)
  let adminPort: UInt16
  let statusPort: UInt16
  let folder: String

  var adminURL: String { "http://127.0.0.1:\(adminPort)" }

  init() throws {
    folder = NSTemporaryDirectory() + "torii-control-\(UUID().uuidString)"
    let admin = try Sockets.listen(on: .loopback(port: 0))
    let status = try Sockets.listen(on: .loopback(port: 0))
    adminPort = try Sockets.localAddress(admin).port
    statusPort = try Sockets.localAddress(status).port
    let started = DispatchSemaphore(value: 0)
    let box = Box()
    let (folder, finished) = (folder, finished)
    let thread = Thread {
      do {
        let loop = try EventLoop()
        let controller = Controller(
          loop: loop, settings: try GatewaySettings(SettingSources(environment: [:])),
          store: ConfigurationStore(folder: folder), publisher: try FakePublisher(), log: { _ in })
        controller.serveAdmin(descriptor: admin)
        controller.serveStatus(descriptor: status)
        controller.start { _ in }
        box.mailbox = loop.mailbox
        started.signal()
        loop.run()
        controller.close()
      } catch {
        started.signal()
      }
      finished.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
    started.wait()
    guard let mailbox = box.mailbox else { throw StoreError(operation: "start", reason: "the loop did not") }
    self.mailbox = mailbox
  }

  private final class Box: @unchecked Sendable { var mailbox: Mailbox? }

  deinit {
    _ = mailbox.post { $0.stop() }
    finished.wait()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// The answer to the bytes of one or more requests: everything until the server closes, or until so many bytes came.
  func exchange(_ text: String, port: UInt16? = nil, until end: String? = nil, halfClose: Bool = true) throws -> String
  {
    let connection = try RawConnection(port: port ?? adminPort)
    connection.send(Array(text.utf8))
    if halfClose { connection.endSending() }
    return connection.read(until: end)
  }

  /// Runs `torii gateway` against it.
  func gateway(
    _ arguments: String..., input: String = "", environment: [String: String] = [:], answer: String? = nil
  ) -> (code: Int32, out: String, error: String) {
    let texts = Texts()
    let console = CommandConsole(
      out: { texts.out += $0 }, error: { texts.error += $0 }, readAll: { Array(input.utf8) }, readLine: { answer })
    let code = GatewayCommand.run(
      arguments + ["--kong-addr", adminURL], environment: environment, console: console)
    return (code, texts.out, texts.error)
  }

  private final class Texts {
    var out = ""
    var error = ""
  }
}

/// A blocking connection that sends and reads bytes as they are.
final class RawConnection {
  private let descriptor: Int32

  init(port: UInt16) throws {
    let (descriptor, inProgress) = try Sockets.connect(to: .loopback(port: port))
    self.descriptor = descriptor
    if inProgress {
      var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      _ = unsafe poll(&entry, 1, 5000)
    }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) {
    var done = 0
    while done < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        let rest = unsafe UnsafeRawBufferPointer(rebasing: $0[done...])
        return unsafe Foundation.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
      }
      if count <= 0 { return }
      done += count
    }
  }

  func endSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

  /// What comes until a text was seen, or until the end.
  func read(until end: String? = nil) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
      if count <= 0 { break }
      bytes += chunk[..<count]
      if let end, String(decoding: bytes, as: UTF8.self).contains(end) { break }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
