import Configuration
import EventLoop
import Glibc
import JSON
import PluginHost
import Testing

@testable import Proxy

/// A worker with its loop, an upstream on the same loop, and clients that are driven by hand.
final class TestGateway {
  let loop: EventLoop
  let runtime: PluginRuntime
  let worker: ProxyWorker
  let upstream: TestUpstream
  let address: SocketAddress
  /// Lines of the gateway's log.
  var lines: [String] { log.lines }
  private let log = Lines()

  private final class Lines { var lines: [String] = [] }

  /// - Parameter plugins: configurations of the scripted plugin, in the order they run: at most two.
  init(_ plugins: [String] = [], settings change: (inout ProxySettings) -> Void = { _ in }) throws {
    loop = try EventLoop()
    runtime = PluginRuntime(version: "test")
    var settings = ProxySettings()
    change(&settings)
    let log = log
    worker = ProxyWorker(loop: loop, settings: settings, plugins: runtime) { _, text in log.lines.append(text) }
    upstream = try TestUpstream(loop: loop)
    let listener = try Sockets.listen(on: .loopback(port: 0))
    address = try Sockets.localAddress(listener)
    worker.listen(descriptor: listener, port: address.port, tls: nil, isShared: false)
    try commit(plugins, number: 1)
  }

  deinit { shutDown() }

  func commit(_ plugins: [String], number: Int) throws {
    let names = ["scripted", "second"]
    let paths = try plugins.isEmpty ? [] : [Scripted.first.get(), Scripted.second.get()]
    let port = upstream.address.port
    func parse(_ text: String) throws -> JSONNode { try JSONNode(parsing: Array(text.utf8)) }
    let configuration = GatewayConfiguration(entities: [
      .services: [
        try parse(
          #"{"id":"s","name":"up","protocol":"http","host":"127.0.0.1","port":\#(port),"retries":2,"enabled":true}"#)
      ],
      .routes: [
        try parse(
          #"{"id":"r","name":"all","paths":["/"],"protocols":["http","https"],"strip_path":false,"service":{"id":"s"}}"#
        )
      ],
      .plugins: try plugins.enumerated().map { index, config in
        try parse(
          #"{"id":"p\#(index)","name":"\#(names[index])","protocols":["http","https"],"enabled":true,"config":\#(config)}"#
        )
      },
    ])
    let runtime = runtime
    let prepared = try worker.prepare(configuration, number: number) { plugin in
      let library = try runtime.load(path: paths[plugin.name == "second" ? 1 : 0])
      return try runtime.makeInstance(
        of: library, PluginInstanceSettings(configuration: plugin.config.serialized(), entityID: plugin.id))
    }
    worker.commit(prepared)
  }

  /// Runs the loop until a condition holds.
  func run(until condition: () -> Bool, sourceLocation: Testing.SourceLocation = #_sourceLocation) {
    let limit = ProcessClock.monotonicNanoseconds() + 8_000_000_000
    while !condition() {
      guard ProcessClock.monotonicNanoseconds() < limit else {
        Issue.record("it did not happen; the log: \(lines)", sourceLocation: sourceLocation)
        return
      }
      loop.runOnce(timeoutMilliseconds: 50)
    }
  }

  func client() throws -> TestClient { try TestClient(self) }

  /// Sends a request on a connection of its own and returns everything that comes until the gateway closes.
  func exchange(_ request: String) throws -> String {
    let client = try client()
    client.send(request)
    run { client.isClosed }
    return client.text
  }

  /// How often the plugins said something.
  func count(_ line: String) -> Int { lines.count { $0.hasSuffix(line) } }

  /// Everything that a request holds has been given back.
  func expectNothingHeld(sourceLocation: Testing.SourceLocation = #_sourceLocation) {
    run { worker.connectionCount == 0 }
    #expect(runtime.requests.count == 0, sourceLocation: sourceLocation)
    #expect(worker.slabs.takenCount == 0, "slabs are out", sourceLocation: sourceLocation)
  }

  /// Ends the generation and the plugins.
  func shutDown() {
    worker.retireAll()
    runtime.shutdown()
  }
}

/// A connection to the gateway.
final class TestClient: EventSource {
  private unowned let gateway: TestGateway
  var received: [UInt8] = []
  var isClosed = false
  var reads = true
  var text: String { String(decoding: received, as: UTF8.self) }

  init(_ gateway: TestGateway) throws {
    self.gateway = gateway
    let (descriptor, _) = try Sockets.connect(to: gateway.address)
    super.init(descriptor: descriptor)
    gateway.loop.register(self)
  }

  override func ready(_ events: Events) { if reads { drain() } }

  func drain() {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while descriptor >= 0 {
      let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
      if count > 0 {
        received += buffer[..<count]
      } else if count < 0, errno == EAGAIN {
        return
      } else {
        isClosed = true
        gateway.loop.close(self)
      }
    }
  }

  func send(_ text: String) {
    let bytes = Array(text.utf8)
    var sent = 0
    gateway.run {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.send(
          self.descriptor, $0.baseAddress.map { unsafe $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count > 0 { sent += count }
      return sent == bytes.count || (count < 0 && errno != EAGAIN)
    }
  }

  func leave() { gateway.loop.close(self) }
}

/// An upstream that does what a test says with each connection's bytes.
final class TestUpstream: EventSource {
  private let loop: EventLoop
  let address: SocketAddress
  var connections: [TestUpstreamConnection] = []
  /// Called when bytes have come.
  var onBytes: (TestUpstreamConnection) -> Void = { connection in
    if connection.text.contains("\r\n\r\n") {
      connection.answer("HTTP/1.1 200 OK\r\nX-Up: stream\r\nContent-Length: 5\r\n\r\nhello")
    }
  }

  init(loop: EventLoop) throws {
    self.loop = loop
    let listener = try Sockets.listen(on: .loopback(port: 0))
    address = try Sockets.localAddress(listener)
    super.init(descriptor: listener)
    loop.register(self, interest: .readLevel)
  }

  override func ready(_ events: Events) {
    guard case .connection(let accepted, _) = Sockets.accept(descriptor) else { return }
    let connection = TestUpstreamConnection(loop: loop, upstream: self, descriptor: accepted)
    connections.append(connection)
    loop.register(connection)
  }

  /// All bytes that came, connection by connection.
  var text: String { connections.map(\.allText).joined() }
}

final class TestUpstreamConnection: EventSource {
  private let loop: EventLoop
  private unowned let upstream: TestUpstream
  /// What has come since the last answer, and in all.
  var received: [UInt8] = []
  var all: [UInt8] = []
  var text: String { String(decoding: received, as: UTF8.self) }
  var allText: String { String(decoding: all, as: UTF8.self) }
  var isClosed = false

  init(loop: EventLoop, upstream: TestUpstream, descriptor: Int32) {
    self.loop = loop
    self.upstream = upstream
    super.init(descriptor: descriptor)
  }

  override func ready(_ events: Events) {
    var buffer = [UInt8](repeating: 0, count: 65536)
    while descriptor >= 0 {
      let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
      if count > 0 {
        received += buffer[..<count]
        all += buffer[..<count]
        upstream.onBytes(self)
      } else if count < 0, errno == EAGAIN {
        return
      } else {
        isClosed = true
        loop.close(self)
      }
    }
  }

  func answer(_ text: String) {
    received = []
    send(text)
  }

  func send(_ text: String) {
    let bytes = Array(text.utf8)
    _ = unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  func close() {
    isClosed = true
    loop.close(self)
  }
}
