import EventLoop
import Foundation
import JSON

@testable import Control

/// An Admin API on a loopback port that answers what it was told to, and keeps what it was asked.
final class ScriptedAdmin: @unchecked Sendable {
  /// A request that came.
  struct Request: Equatable {
    var line: String
    var body: String
  }

  /// What it answers: a status and a body; a status of 0 closes the connection.
  typealias Answer = (status: Int, body: String)

  private let descriptor: Int32
  private let lock = NSLock()
  private let finished = DispatchSemaphore(value: 0)
  private var answers: [Answer]
  private var received: [Request] = []
  let port: UInt16

  var address: String { "http://127.0.0.1:\(port)" }

  /// - Parameter answers: One for each request; the last one for all that follow.
  init(_ answers: [Answer]) throws {
    self.answers = answers
    descriptor = try Sockets.listen(on: .loopback(port: 0))
    port = try Sockets.localAddress(descriptor).port
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    let (descriptor, finished) = (descriptor, finished)
    Thread.detachNewThread { [weak self] in
      while true {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0 else { break }
        self?.serve(connection)
        close(connection)
      }
      finished.signal()
    }
  }

  deinit {
    _ = shutdown(descriptor, Int32(SHUT_RDWR))
    finished.wait()
    close(descriptor)
  }

  var requests: [Request] { lock.withLock { received } }

  /// Reads one request and answers it; its connection is closed then.
  private func serve(_ connection: Int32) {
    _ = fcntl(connection, F_SETFL, fcntl(connection, F_GETFL) & ~O_NONBLOCK)
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(connection, $0.baseAddress, $0.count, 0) }
      guard count > 0 else { return }
      bytes += chunk[..<count]
      let text = String(decoding: bytes, as: UTF8.self)
      guard let end = text.range(of: "\r\n\r\n") else { continue }
      let body = String(text[end.upperBound...])
      let length = text.components(separatedBy: "Content-Length: ").dropFirst().first.map {
        Int($0.prefix { $0.isNumber })
      }
      if body.utf8.count < (length ?? 0) ?? 0 { continue }
      let line = text.components(separatedBy: " HTTP/1.1\r\n")[0]
      let answer = lock.withLock {
        received.append(Request(line: line, body: body))
        return answers.count > 1 ? answers.removeFirst() : answers[0]
      }
      guard answer.status > 0 else { return }
      let response =
        "HTTP/1.1 \(answer.status) X\r\nContent-Type: application/json\r\nContent-Length: \(answer.body.utf8.count)\r\nConnection: close\r\n\r\n\(answer.body)"
      let out = Array(response.utf8)
      _ = unsafe out.withUnsafeBytes { unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      return
    }
  }
}

/// A terminal that a test scripts: each wait ends with the next event, and with time passing when there is none.
final class ScriptedTerminal: OperateTerminal {
  var size = (columns: 80, rows: 24)
  var events: [OperateTerminalEvent] = []
  /// What was called, in order.
  private(set) var calls: [String] = []
  var clock: ScriptedClock?

  func begin(takesKeys: Bool) { calls.append(takesKeys ? "begin with keys" : "begin") }
  func end() { calls.append("end") }
  func suspend() { calls.append("suspend") }

  func wait(_ seconds: Double) -> OperateTerminalEvent {
    let event = events.isEmpty ? .elapsed : events.removeFirst()
    if event == .elapsed { clock?.time += seconds }
    return event
  }
}

/// Time that passes only when somebody waits.
final class ScriptedClock {
  var time: Double
  init(_ time: Double) { self.time = time }
  var clock: OperateClock { OperateClock(now: { self.time }, pause: { self.time += $0 }) }
}

/// Runs commands against a scripted Admin API.
struct OperateRun {
  var code: Int32
  var out: String
  var error: String

  static let now = 1_790_000_000.0

  /// - Parameter address: Where to; `nil` for no flag.
  init(
    _ verb: String, _ arguments: [String] = [], at address: String?, environment: [String: String] = [:],
    isTerminal: Bool = false, terminal: ScriptedTerminal = ScriptedTerminal()
  ) {
    var (out, error) = ("", "")
    let clock = ScriptedClock(Self.now)
    terminal.clock = clock
    let console = CommandConsole(out: { out += $0 }, error: { error += $0 }, isTerminal: isTerminal)
    code = OperateCommand.run(
      verb, arguments + (address.map { ["--admin-addr", $0] } ?? []), environment: environment, console: console,
      clock: clock.clock, terminal: terminal)
    (self.out, self.error) = (out, error)
  }
}
