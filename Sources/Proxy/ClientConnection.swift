import EventLoop
import HTTP

/// A client's connection: reads requests one after the other and gives each to an exchange.
final class ClientConnection: Connection {
  enum State {
    /// Waiting for the first byte of a request, or in the middle of a head.
    case head
    /// An exchange is under way.
    case busy
    /// Everything is said; reading until the client closes, so that a reset does not take the response from it.
    case lingering
  }

  /// Reads in one go while lingering.
  private static let lingeringReads = 64

  let listener: ProxyListener
  let peer: SocketAddress
  var state = State.head
  var exchange: Exchange?
  /// Requests begun on this connection.
  var requestCount = 0
  /// Monotonic nanoseconds at which the first byte of the current request came.
  var requestStart: UInt64 = 0
  /// Monotonic nanoseconds at which lingering ends, whatever the client still sends.
  private var lingerEnd: UInt64 = 0
  private(set) var listIndex = -1

  init(worker: ProxyWorker, descriptor: Int32, peer: SocketAddress, listener: ProxyListener, tls: TLSSession?) {
    self.listener = listener
    self.peer = peer
    super.init(worker: worker, descriptor: descriptor, tls: tls)
  }

  /// The peer's address as text; made when it is first asked for.
  private(set) lazy var peerText: [UInt8] = Array(peer.host.utf8)
  /// Whether the peer's X-Forwarded fields are believed.
  private(set) lazy var isTrusted: Bool = {
    guard unsafe !worker.settings.trustedAddresses.isEmpty, let address = peer.bytes else { return false }
    return unsafe worker.settings.trustedAddresses.contains { $0.contains(address) }
  }()
  /// The server name the client asked for in its handshake.
  private(set) lazy var serverName: [UInt8] = Array((transport.tls?.serverName ?? "").utf8)

  func placed(at index: Int) { listIndex = index }

  override func ready(_ events: Events) {
    if isHandshaking {
      shakeHands()
      return
    }
    noteReadable(events)
    if hasPendingOutput {
      switch flush() {
      case .sent:
        deadline.clear()
        drained()
      case .pending: unsafe deadline.set(milliseconds: worker.settings.sendTimeout)
      case .failed: gone()
      }
      if isClosed { return }
    }
    switch state {
    case .head: readHead()
    case .lingering: linger()
    case .busy:
      guard let exchange else { return }
      if exchange.wantsClientBytes { exchange.clientReadable() }
    }
    if isEnding { leaveIfOwed() }
  }

  /// How long a connection on which nothing was said yet is kept when the worker drains, in milliseconds.
  private static let drainPatience = 500

  /// The worker takes no new requests: the connection ends, but for a request that has been sent on it already.
  func drain() {
    if !isHandshaking {
      mayRead = true
      readHead()
    }
    guard state == .head, exchange == nil, !isClosed else { return }
    // A client that has only just come is about to say something; one that was answered before may come again elsewhere.
    if requestCount == 0 { deadline.set(milliseconds: Self.drainPatience) } else { close() }
  }

  /// The client has ended its side: nobody waits for a response that is still to be made.
  func leaveIfOwed() {
    guard isEnding, state == .busy, !isClosed, let exchange, !exchange.wantsClientBytes else { return }
    exchange.clientGone()
  }

  private func shakeHands() {
    guard let tls = transport.tls else { return }
    switch tls.handshake() {
    case .done:
      isHandshaking = false
      mayRead = true
      readHead()
    case .wantRead, .wantWrite: break
    case .failed(let error):
      unsafe worker.log(.info, "client \(peer.host): TLS handshake failed: \(error.message)")
      close()
    }
  }

  /// Output that waited is out.
  private func drained() {
    switch state {
    case .busy: exchange?.clientWritable()
    case .lingering: transport.shutdownWrite()
    case .head: break
    }
  }

  private func gone() {
    if let exchange { exchange.clientGone() } else { close() }
  }

  // MARK: Reading a head

  /// Reads and parses until a head is complete, or nothing is there.
  func readHead() {
    while state == .head, !isClosed {
      if let slab = input, !slab.isEmpty, exchange != nil || beginRequest() {
        guard let exchange else { return }
        switch unsafe exchange.parser.parse(slab.readable, fields: exchange.fields) {
        case .complete(let length):
          input = nil
          state = .busy
          deadline.clear()
          exchange.headComplete(slab, length)
          return
        case .failed(let error):
          state = .busy
          input = nil
          exchange.headRefused(slab, error)
          return
        case .needMore:
          if slab.space == 0 {
            if slab.start > 0 {
              slab.compact()
            } else {
              state = .busy
              input = nil
              exchange.headRefused(slab, Exchange.headTooLarge)
              return
            }
          }
        }
      }
      guard mayRead else { break }
      switch fill() {
      case .filled: continue
      case .nothing: break
      case .end, .failed:
        abandonHead()
        return
      }
    }
    if state == .head, !isClosed, exchange == nil {
      // Between requests: nothing is held but the socket.
      unsafe deadline.set(
        milliseconds: requestCount == 0 ? worker.settings.clientHeaderTimeout : worker.settings.keepaliveTimeout)
    }
  }

  private func beginRequest() -> Bool {
    requestStart = unsafe worker.loop.now
    requestCount &+= 1
    exchange = unsafe worker.takeExchange(for: self)
    unsafe deadline.set(milliseconds: worker.settings.clientHeaderTimeout)
    return true
  }

  private func abandonHead() {
    if let exchange {
      self.exchange = nil
      unsafe worker.giveExchange(exchange)
    }
    close()
  }

  // MARK: After an exchange

  /// The exchange is over. `leftover` holds bytes behind its request.
  func exchangeFinished(keepAlive: Bool, leftover: Slab?) {
    exchange = nil
    if let leftover { put(back: leftover) }
    guard keepAlive, unsafe !worker.isDraining else {
      beginLingering()
      return
    }
    state = .head
    if sawEnd, input == nil {
      close()
      return
    }
    // A pipelined request is begun on a fresh turn of the loop's stack, not deeper in this one.
    if input != nil || mayRead {
      unsafe worker.loop.deferUntilTurnEnd(furtherReading)
    } else {
      unsafe deadline.set(milliseconds: worker.settings.keepaliveTimeout)
    }
  }

  /// Made when it is first needed: by a client that pipelines, or one that does not stop sending.
  private lazy var furtherReading = FurtherReading(connection: self)

  /// Goes on with what a client has already sent.
  fileprivate func readFurther() {
    switch state {
    case .head: readHead()
    case .lingering: linger()
    case .busy: break
    }
  }

  private func put(back slab: Slab) {
    guard !slab.isEmpty else {
      unsafe worker.slabs.give(slab)
      return
    }
    if input == nil { input = slab } else { unsafe worker.slabs.give(slab) }
  }

  /// Says nothing more; waits for the client to close, for a while.
  func beginLingering() {
    guard !isClosed else { return }
    state = .lingering
    if !hasPendingOutput { transport.shutdownWrite() }
    if sawEnd {
      close()
      return
    }
    lingerEnd = unsafe worker.loop.now &+ UInt64(worker.settings.lingeringTime) &* 1_000_000
    unsafe deadline.set(milliseconds: worker.settings.lingeringTimeout)
    if mayRead { linger() }
  }

  /// Reads and drops. A client that still sends a body has not looked at the response yet, however much it is: only
  /// time bounds it.
  private func linger() {
    var reads = 0
    while mayRead, !isClosed {
      if reads == Self.lingeringReads {
        // The others' turn.
        unsafe worker.loop.deferUntilTurnEnd(furtherReading)
        return
      }
      reads &+= 1
      switch fill() {
      case .filled:
        input?.clear()
        releaseInputIfEmpty()
        let now = unsafe worker.loop.now
        if now >= lingerEnd {
          close()
          return
        }
        let rest = Int((lingerEnd &- now) / 1_000_000)
        unsafe deadline.set(milliseconds: min(worker.settings.lingeringTimeout, rest))
      case .nothing: break
      case .end, .failed:
        close()
        return
      }
    }
  }

  override func deadlinePassed() {
    switch state {
    case .head:
      if let exchange {
        state = .busy
        exchange.headTimedOut()
      } else {
        close()
      }
    case .busy: exchange?.clientTimedOut()
    case .lingering: close()
    }
  }

  override func bytesWritten(_ count: Int) { exchange?.responseBytes &+= UInt64(truncatingIfNeeded: count) }

  func close() {
    closeSocket()
    unsafe worker.removeClient(self)
  }
}

/// Goes on with what a client has already sent.
private final class FurtherReading: DeferredTask {
  private weak var connection: ClientConnection?

  init(connection: ClientConnection) { self.connection = connection }

  override func run() {
    if let connection, !connection.isClosed { connection.readFurther() }
  }
}
