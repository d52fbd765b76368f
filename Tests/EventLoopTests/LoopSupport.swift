import Glibc
import Testing

@testable import EventLoop

/// A source whose events go to a closure.
final class ClosureSource: EventSource {
  var handle: (ClosureSource, Events) -> Void
  var events: [Events] = []

  init(_ descriptor: Int32, _ handle: @escaping (ClosureSource, Events) -> Void = { _, _ in }) {
    self.handle = handle
    super.init(descriptor: descriptor)
  }

  override func ready(_ events: Events) {
    self.events.append(events)
    handle(self, events)
  }
}

final class ClosureTask: DeferredTask {
  let body: (ClosureTask) -> Void

  init(_ body: @escaping (ClosureTask) -> Void) {
    self.body = body
  }

  override func run() { body(self) }
}

final class ClosureTimer: Timer {
  let body: () -> Void

  init(_ body: @escaping () -> Void) {
    self.body = body
  }

  override func fire() { body() }
}

struct LoopTimeout: Error {}

extension EventLoop {
  /// Runs turns until a condition holds; a condition that never does fails the test after ten seconds.
  func run(until condition: () -> Bool) throws {
    let limit = ProcessClock.monotonicNanoseconds() + 10_000_000_000
    while !condition() {
      if ProcessClock.monotonicNanoseconds() > limit { throw LoopTimeout() }
      runOnce(timeoutMilliseconds: 100)
    }
  }
}

/// Both ends of a connection over the loopback interface, non-blocking.
func connectedPair() throws -> (client: Int32, server: Int32) {
  let listener = try Sockets.listen(on: .loopback(port: 0))
  defer { Sockets.close(listener) }
  let (client, _) = try Sockets.connect(to: Sockets.localAddress(listener))
  var poll = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
  while unsafe Glibc.poll(&poll, 1, 10_000) == 1 {
    switch Sockets.accept(listener) {
    case .connection(let server, _): return (client, server)
    case .wouldBlock: continue
    case .failed(let error): throw error
    }
  }
  throw LoopTimeout()
}

/// Writes all of `text`, which must fit into the socket's buffer.
func send(_ text: String, on descriptor: Int32) {
  var transport = Transport(descriptor: descriptor)
  let bytes = Array(text.utf8)
  let result = unsafe bytes.withUnsafeBytes { unsafe transport.write($0) }
  #expect(result == .bytes(bytes.count))
}

/// Reads at most `limit` bytes.
func receive(_ transport: inout Transport, limit: Int = 64 * 1024) -> (result: IOResult, bytes: [UInt8]) {
  var buffer = [UInt8](repeating: 0, count: limit)
  let result = unsafe buffer.withUnsafeMutableBytes { unsafe transport.read(into: $0) }
  if case .bytes(let count) = result { return (result, Array(buffer[..<count])) }
  return (result, [])
}
