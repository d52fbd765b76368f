import EventLoop
import HTTP

/// One connection of a client to the control plane: reads requests one after the other and answers them in that order.
///
/// While a request is being answered the next ones wait, unparsed, in the input or in the socket.
final class ServerConnection: EventSource {
  enum Phase {
    /// Between requests, or within a request head.
    case head
    /// Within a request body.
    case body
    /// The request is with the handler, or its answer is being written.
    case answering
    /// The last answer was written; what still comes is dropped until the client closes.
    case lingering
    case closed
  }

  private let server: HTTPServer
  private var transport: Transport
  private(set) var phase = Phase.head
  private var input: [UInt8] = []
  private var output: [UInt8] = []
  private var written = 0
  private var reader: MessageReader
  private var request: ServerRequest?
  private var keepsAlive = true
  private var mayRead = true
  private var hasEnded = false
  private var isProcessing = false
  /// Counts the requests: an answer to one that is gone is known by its number.
  private var exchange = 0
  /// Whether the handler has answered the current request.
  private var isAnswered = false
  private lazy var timer = CallbackTimer { [weak self] in self?.timeOut() }

  init(descriptor: Int32, tls: TLSSession?, server: HTTPServer) {
    self.server = server
    transport = Transport(descriptor: descriptor, tls: tls)
    reader = MessageReader(bodyLimit: server.limits.body)
    super.init(descriptor: descriptor)
  }

  func start() { arm(server.limits.head) }

  override func ready(_ events: Events) {
    guard phase != .closed, finishHandshake() else { return }
    if !output.isEmpty { flush() }
    mayRead = true
    advance()
  }

  /// Whether the TLS handshake, if there is one, is done.
  private func finishHandshake() -> Bool {
    guard let tls = transport.tls, !tls.isEstablished else { return true }
    switch tls.handshake() {
    case .done: return true
    case .wantRead, .wantWrite: return false
    case .failed:
      close()
      return false
    }
  }

  // MARK: Reading

  /// Reads and processes as far as possible.
  private func advance() {
    guard !isProcessing else { return }
    isProcessing = true
    defer { isProcessing = false }
    while phase != .closed {
      if phase == .lingering { return drain() }
      if phase == .answering {
        // A client that is gone is noticed by its socket; one that sends ahead waits.
        guard input.count < server.limits.readAhead, read() else { return }
        continue
      }
      if process() { continue }
      guard read() else { return }
    }
  }

  /// Reads once; `false` when nothing came.
  private func read() -> Bool {
    guard mayRead, !hasEnded else {
      if hasEnded, phase != .answering { endOfInput() }
      return false
    }
    // The transport writes at most as many bytes as the buffer has.
    let result = unsafe server.buffer.withUnsafeMutableBytes { unsafe transport.read(into: $0) }
    guard case .bytes(let count) = result else {
      switch result {
      case .wouldBlock: mayRead = false
      case .endOfStream:
        hasEnded = true
        if phase != .answering { endOfInput() }
      default: close()
      }
      return false
    }
    input += server.buffer[..<count]
    if phase == .body { arm(server.limits.progress) }
    return true
  }

  private func endOfInput() {
    if phase == .lingering || output.isEmpty { close() }
  }

  private func drain() {
    while phase == .lingering {
      input.removeAll(keepingCapacity: true)
      guard read() else { return }
    }
  }

  /// Takes what is there of a request; `true` when something changed and there may be more to do.
  private func process() -> Bool {
    let wasHead = phase == .head
    if wasHead, input.isEmpty { return false }
    switch reader.read(&input) {
    case .needMore:
      if reader.isReadingBody, wasHead {
        phase = .body
        arm(server.limits.progress)
        if reader.takeExpectation(), input.isEmpty { send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
      } else if wasHead, !reader.hasBegun {
        reader.hasBegun = true
        arm(server.limits.head)
      }
      return false
    case .complete(let request, let keepsAlive):
      self.keepsAlive = keepsAlive
      self.request = request
      server.loop.timers.cancel(timer)
      let number = begin()
      server.handler(request) { [weak self] response in self?.answer(response, to: number) }
      return true
    case .failed(let status, let reason):
      refuse(status, reason)
      return true
    }
  }

  /// Starts waiting for an answer; returns the request's number.
  private func begin() -> Int {
    phase = .answering
    exchange += 1
    isAnswered = false
    return exchange
  }

  /// Answers what is no request, and reads no further.
  private func refuse(_ status: Int, _ reason: String) {
    keepsAlive = false
    request = nil
    answer(.message(status, reason), to: begin())
  }

  // MARK: Answering

  private func answer(_ response: ServerResponse, to number: Int) {
    guard phase == .answering, number == exchange, !isAnswered else { return }
    isAnswered = true
    var response = response
    server.finish(request, &response)
    if response.closesConnection { keepsAlive = false }
    send(ResponseWriter.bytes(response, to: request, keepsAlive: keepsAlive, now: server.loop.wallClock.seconds))
  }

  private func send(_ bytes: [UInt8]) {
    output += bytes
    flush()
    if !isProcessing { advance() }
  }

  private func flush() {
    guard phase != .closed, finishHandshake() else { return }
    while written < output.count {
      // The rest of the output, which nothing changes meanwhile.
      let result = unsafe output.withUnsafeBytes { bytes in
        unsafe transport.write(UnsafeRawBufferPointer(rebasing: bytes[written...]))
      }
      switch result {
      case .bytes(let count): written += count
      case .wouldBlock: return arm(server.limits.progress)
      default: return close()
      }
    }
    output = []
    written = 0
    guard phase == .answering, isAnswered else { return }
    request = nil
    if keepsAlive, !(hasEnded && input.isEmpty) {
      phase = .head
      reader.reset()
      arm(input.isEmpty ? server.limits.idle : server.limits.head)
    } else {
      phase = .lingering
      transport.shutdownWrite()
      arm(server.limits.linger)
      if hasEnded { close() }
    }
  }

  // MARK: Ending

  private func arm(_ milliseconds: UInt64) {
    server.loop.timers.arm(timer, afterMilliseconds: milliseconds)
  }

  private func timeOut() {
    if phase == .body || (phase == .head && reader.hasBegun) {
      return refuse(408, "the request did not arrive in time")
    }
    close()
  }

  /// Closes the connection; does nothing the second time.
  func close() {
    guard phase != .closed else { return }
    phase = .closed
    server.loop.timers.cancel(timer)
    server.loop.close(self)
    server.forget(self)
  }
}
