import EventLoop
import Glibc
import HTTP

/// The request's head is there, or will not come.
extension Exchange {
  func begin(_ connection: ClientConnection) {
    unsafe client = connection
    startTime = connection.requestStart
  }

  /// A complete head stands at the front of `slab`, which is ours now.
  func headComplete(_ slab: Slab, _ length: Int) {
    noteTimes()
    head = parser.head
    requestBytes.take(slab, length: length)
    receivedBytes = UInt64(length)
    keepAlive = head.keepAlive
    switch head.body {
    case .length(let count): bodyRemaining = count
    case .chunked: chunkedRequest().chunks.reset()
    case .none, .untilClose: break
    }
    if case .length(0) = head.body { requestBodyIsEmpty() }
    requestIdentifier = unsafe worker.identifiers.next()
    route()
  }

  private func requestBodyIsEmpty() { bodyRemaining = 0 }

  /// The decoder of the request's body, made for the first chunked body that the exchange meets.
  func chunkedRequest() -> RequestDecoder {
    if let requestDecoder { return requestDecoder }
    let decoder = unsafe RequestDecoder(limits: worker.limits)
    requestDecoder = decoder
    return decoder
  }

  /// The head is malformed: say so and close.
  func headRefused(_ slab: Slab, _ error: HTTPError) {
    noteTimes()
    // The bytes cannot be trusted to hold a head; nothing of them is looked at again.
    requestBytes.take(slab, length: 0)
    slab.clear()
    fields.removeAll()
    head = RequestHead()
    requestIdentifier = unsafe worker.identifiers.next()
    requestState = .complete
    keepAlive = false
    chain = unsafe worker.generation.globalChain
    register()
    respondWithError(status: error.status, message: error.reason)
  }

  /// The client took too long over its head.
  func headTimedOut() {
    noteTimes()
    fields.removeAll()
    head = RequestHead()
    requestIdentifier = unsafe worker.identifiers.next()
    requestState = .complete
    keepAlive = false
    chain = unsafe worker.generation.globalChain
    register()
    respondWithError(status: 408, message: "Request timeout")
  }

  private func noteTimes() {
    headTime = unsafe worker.loop.now
    let wall = unsafe worker.loop.wallClock
    let sinceFirstByte = headTime &- startTime
    startWall = UInt64(wall.seconds) &* 1_000_000_000 &+ UInt64(wall.nanoseconds) &- sinceFirstByte
  }

  /// Gives the request an id that plugins can use, and memory for their state.
  func register() {
    guard !chain.links.isEmpty else { return }
    unsafe worker.plugins.requests.add(self)
    if chain.stateSize > 0 {
      let memory = UnsafeMutableRawPointer.allocate(byteCount: chain.stateSize, alignment: 16)
      unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: chain.stateSize)
      unsafe pluginState = unsafe memory
    }
  }

  func state(of link: PluginHostLink) -> UnsafeMutableRawPointer? {
    unsafe pluginState.map { unsafe $0 + link.stateOffset }
  }
}
