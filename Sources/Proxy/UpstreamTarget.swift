import EventLoop

/// Where requests can be sent: scheme, host and port, with the idle connections to it. Lives as long as its worker, so
/// that connections survive a change of configuration.
final class UpstreamTarget {
  unowned(unsafe) let worker: ProxyWorker
  let isTLS: Bool
  let host: String
  let port: UInt16
  /// The host when it is an address; names are resolved when they are needed.
  let literal: SocketAddress?
  /// `nil` for plain connections.
  let tls: TLSContext?
  /// Idle connections; the one used last is taken first.
  private var idle: [UpstreamConnection] = []

  /// What tells targets apart: everything that decides whether a connection may be shared.
  struct Key: Hashable {
    var isTLS: Bool
    var host: String
    var port: UInt16
    var verification: UpstreamVerification
  }

  init(worker: ProxyWorker, key: Key, tls: TLSContext?) {
    unsafe self.worker = worker
    isTLS = key.isTLS
    host = key.host
    port = key.port
    self.tls = tls
    literal = SocketAddress(host: key.host, port: key.port)
  }

  /// An idle connection, if there is one.
  func takeIdle() -> UpstreamConnection? {
    guard let connection = idle.popLast() else { return nil }
    connection.idleIndex = -1
    connection.deadline.clear()
    return connection
  }

  /// Keeps a connection for the next request.
  func keep(_ connection: UpstreamConnection) {
    guard unsafe idle.count < worker.settings.upstreamKeepalivePoolSize,
      unsafe connection.requestCount < worker.settings.upstreamKeepaliveMaxRequests
    else {
      connection.closeSocket()
      return
    }
    connection.idleIndex = idle.count
    idle.append(connection)
    unsafe connection.deadline.set(milliseconds: worker.settings.upstreamKeepaliveIdleTimeout)
  }

  /// Forgets an idle connection that is no longer good.
  func removeIdle(_ connection: UpstreamConnection) {
    let index = connection.idleIndex
    guard index >= 0, index < idle.count, idle[index] === connection else { return }
    let last = idle.removeLast()
    if last !== connection {
      idle[index] = last
      last.idleIndex = index
    }
    connection.idleIndex = -1
  }

  /// Closes all idle connections.
  func closeIdle() {
    for connection in idle {
      connection.idleIndex = -1
      connection.closeSocket()
    }
    idle.removeAll()
  }

  /// Begins a connection to one address.
  func connect(to address: SocketAddress, user: any UpstreamUser) throws -> UpstreamConnection {
    let (descriptor, _) = try Sockets.connect(to: address)
    let session: TLSSession?
    do {
      session = try tls.map { try TLSSession.connect($0, descriptor: descriptor, host: host, port: port) }
    } catch {
      Sockets.close(descriptor)
      throw error
    }
    let connection = UpstreamConnection(target: self, descriptor: descriptor, tls: session)
    unsafe connection.user = user
    unsafe worker.loop.register(connection)
    return connection
  }
}

/// How an upstream's certificate is checked, and which certificate is shown to it.
struct UpstreamVerification: Hashable {
  var verify: Bool
  /// How many certificates may stand between the upstream's and a trusted one; `nil`: as many as OpenSSL allows.
  var depth: Int?
  /// Certificates trusted instead of the gateway's own (PEM).
  var trusted: [String] = []
  /// The certificate shown to the upstream.
  var shown: TLSCertificate?
}
