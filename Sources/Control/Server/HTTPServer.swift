import EventLoop

/// A small HTTP/1.1 server on the controller's loop: the Admin API and the status listener are two of them.
///
/// It is made for few requests and for being right, not for speed. Not thread-safe: everything happens on the loop's thread.
final class HTTPServer {
  /// Answers a request: at once or later, exactly once, on the loop's thread.
  typealias Handler = (ServerRequest, @escaping (ServerResponse) -> Void) -> Void

  let loop: EventLoop
  let limits: ServerLimits
  let handler: Handler
  /// Adds the fields that every answer of this server has.
  let finish: (ServerRequest?, inout ServerResponse) -> Void
  /// What every connection reads into: nothing stays in it.
  var buffer = [UInt8](repeating: 0, count: 64 << 10)
  private var listeners: [ListeningSource] = []
  private var connections: [ObjectIdentifier: ServerConnection] = [:]
  private lazy var resumption = CallbackTimer { [weak self] in self?.resume() }

  /// Makes a server that listens nowhere yet.
  init(
    loop: EventLoop, limits: ServerLimits = ServerLimits(),
    finish: @escaping (ServerRequest?, inout ServerResponse) -> Void = { _, _ in }, handler: @escaping Handler
  ) {
    self.loop = loop
    self.limits = limits
    self.finish = finish
    self.handler = handler
  }

  /// Starts to accept connections.
  ///
  /// - Parameters:
  ///   - descriptor: A listening, non-blocking socket; it is closed by ``close()``.
  ///   - tls: With it the listener speaks TLS.
  func serve(descriptor: Int32, tls: TLSContext?) {
    let listener = ListeningSource(descriptor: descriptor, server: self, tls: tls)
    listeners.append(listener)
    loop.register(listener, interest: .readLevel)
  }

  /// Stops listening and closes all connections.
  func close() {
    loop.timers.cancel(resumption)
    for listener in listeners { loop.close(listener) }
    listeners = []
    for connection in connections.values { connection.close() }
  }

  /// How many connections are open.
  var connectionCount: Int { connections.count }

  fileprivate func accept(from listener: ListeningSource) {
    while true {
      guard connections.count < limits.connections else { return pause() }
      switch Sockets.accept(listener.descriptor) {
      case .connection(let descriptor, _):
        open(descriptor, tls: listener.tls)
      case .wouldBlock: return
      // Nothing is left to accept with: the level-triggered listener would wake the loop without end.
      case .failed: return pause()
      }
    }
  }

  private func open(_ descriptor: Int32, tls context: TLSContext?) {
    var session: TLSSession?
    if let context {
      do {
        session = try TLSSession.accept(context, descriptor: descriptor)
      } catch {
        return Sockets.close(descriptor)
      }
    }
    let connection = ServerConnection(descriptor: descriptor, tls: session, server: self)
    connections[ObjectIdentifier(connection)] = connection
    loop.register(connection)
    connection.start()
  }

  func forget(_ connection: ServerConnection) {
    connections[ObjectIdentifier(connection)] = nil
    if connections.count == limits.connections - 1 { resume() }
  }

  private func pause() {
    for listener in listeners { loop.unregister(listener) }
    loop.timers.arm(resumption, afterMilliseconds: 200)
  }

  private func resume() {
    for listener in listeners where !listener.isRegistered && listener.descriptor >= 0 {
      loop.register(listener, interest: .readLevel)
    }
  }
}

/// A listening socket of a server.
final class ListeningSource: EventSource {
  private unowned let server: HTTPServer
  let tls: TLSContext?

  init(descriptor: Int32, server: HTTPServer, tls: TLSContext?) {
    self.server = server
    self.tls = tls
    super.init(descriptor: descriptor)
  }

  override func ready(_ events: Events) { server.accept(from: self) }
}
