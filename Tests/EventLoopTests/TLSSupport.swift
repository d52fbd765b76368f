import Testing

@testable import EventLoop

/// One end of a TLS connection that shakes hands, collects what it receives, and sends what it is given as far as the socket
/// takes it.
final class TLSEndpoint: EventSource {
  let session: TLSSession
  var transport: Transport
  var isEstablished = false
  var failure: TLSError?
  var received: [UInt8] = []
  /// What each read gave.
  var readSizes: [Int] = []
  /// How the stream ended.
  var end: IOResult?
  var readsAreOn = true
  var outgoing: [UInt8] = []
  var sent = 0
  var timesBlocked = 0

  init(_ session: TLSSession, descriptor: Int32) {
    self.session = session
    transport = Transport(descriptor: descriptor, tls: session)
    super.init(descriptor: descriptor)
  }

  var isDecided: Bool { isEstablished || failure != nil }

  override func ready(_ events: Events) { pump() }

  func pump() {
    if !isEstablished {
      guard failure == nil else { return }
      switch session.handshake() {
      case .done: isEstablished = true
      case .wantRead, .wantWrite: return
      case .failed(let error):
        failure = error
        return
      }
    }
    write()
    read()
  }

  func write() {
    while sent < outgoing.count {
      let result = unsafe outgoing.withUnsafeBytes { bytes in
        unsafe transport.write(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
      }
      guard case .bytes(let count) = result else {
        if result == .wouldBlock { timesBlocked += 1 }
        return
      }
      sent += count
    }
  }

  func read() {
    while readsAreOn && end == nil {
      let (result, bytes) = receive(&transport)
      switch result {
      case .bytes:
        received.append(contentsOf: bytes)
        readSizes.append(bytes.count)
      case .wouldBlock: return
      case .endOfStream, .failed: end = result
      }
    }
  }
}

/// A client and a server on one loop.
struct TLSPair {
  let loop: EventLoop
  let client: TLSEndpoint
  let server: TLSEndpoint

  init(
    client clientContext: TLSContext, server serverContext: TLSContext, host: String = "a.test", port: UInt16 = 443,
    loop: EventLoop? = nil
  ) throws {
    let loop = try loop ?? EventLoop()
    let pair = try connectedPair()
    client = try TLSEndpoint(
      TLSSession.connect(clientContext, descriptor: pair.client, host: host, port: port), descriptor: pair.client)
    server = try TLSEndpoint(TLSSession.accept(serverContext, descriptor: pair.server), descriptor: pair.server)
    self.loop = loop
    loop.register(client)
    loop.register(server)
  }

  /// Shakes hands until both sides know how it ended.
  func handshake() throws {
    try loop.run { client.isDecided && server.isDecided }
  }

  func close() {
    loop.close(client)
    loop.close(server)
  }
}
