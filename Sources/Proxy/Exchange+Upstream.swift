import EventLoop
import Glibc
import HTTP
import Routing

/// The balancer and the connection: where the request goes, and how it gets there.
extension Exchange: UpstreamUser {
  func startUpstream() {
    // When it is sent again, the attempts count together.
    if upstreamStartTime == 0 { upstreamStartTime = unsafe worker.loop.now }
    buildUpstreamURI()
    if let override = targetOverride {
      guard let target = try? unsafe worker.target(override.key) else {
        respondWithError(status: 500, message: "An unexpected error occurred", style: .negotiated)
        return
      }
      attempt.target = target
      attempt.hostField = override.hostField
      attempt.timeouts = override.timeouts
      attempt.retriesLeft = entry?.service?.service.retries ?? 5
    } else if let service = entry?.service {
      guard let choice = service.balancer.choose() else {
        respondWithError(status: 503, message: "failure to get a peer from the ring-balancer", style: .negotiated)
        return
      }
      attempt.target = choice.target
      attempt.hostField = choice.hostField
      attempt.timeouts = service.timeouts
      attempt.retriesLeft = service.service.retries
    } else {
      respondWithError(status: 503, message: "no Service found with those values", style: .negotiated)
      return
    }
    acquire(mayReuse: true)
  }

  /// Path and query of the upstream request (kong.md §2.8).
  func buildUpstreamURI() {
    if let pathOverride {
      upstreamURI.append(contentsOf: pathOverride)
    } else if let entry {
      let empty: [UInt8] = []
      unsafe (entry.service?.path ?? empty).withUnsafeBytes { servicePath in
        unsafe withPath { path in
          UpstreamURI.build(
            servicePath: servicePath, normalizedPath: path, matchedPrefixLength: match.matchedPrefixLength,
            stripPath: entry.route.stripPath, into: &upstreamURI)
        }
      }
    }
    if let queryOverride {
      if !queryOverride.isEmpty {
        upstreamURI.append(UInt8(ascii: "?"))
        upstreamURI.append(contentsOf: queryOverride)
      }
    } else if head.hasQuery {
      upstreamURI.append(UInt8(ascii: "?"))
      unsafe upstreamURI.append(contentsOf: requestBytes.view(head.query))
    }
  }

  /// An idle connection. What cannot be sent twice goes only to one that is known to live still: this makes the moment
  /// short in which it can die unseen.
  private func takeIdle(of target: UpstreamTarget) -> UpstreamConnection? {
    let isIdempotent = methodOverride == nil ? head.method.isIdempotent : overrideIsIdempotent
    let canRepeat = isIdempotent && (!requestHasBody || wholeBody != nil)
    while let connection = target.takeIdle() {
      if canRepeat || connection.isQuiet { return connection }
      connection.closeSocket()
    }
    return nil
  }

  /// Gets a connection: an idle one, or a new one to the next address.
  func acquire(mayReuse: Bool) {
    guard let target = attempt.target else { return }
    if mayReuse, let connection = takeIdle(of: target) {
      unsafe connection.user = self
      upstream = connection
      noteTry(connection.peer)
      upstreamOpened(connection)
      return
    }
    if let literal = target.literal {
      attempt.addresses.removeAll(keepingCapacity: true)
      attempt.addresses.append(literal)
      connectNext()
    } else if !attempt.addresses.isEmpty {
      connectNext()
    } else {
      resolve(target)
    }
  }

  private func resolve(_ target: UpstreamTarget) {
    attempt.resolution = unsafe worker.resolver.resolve(target.host, port: target.port) { [unowned self] result in
      self.resolved(result)
    }
  }

  /// The request is cancelled when the exchange ends, so that no answer comes to one that is over.
  private func resolved(_ result: Result<[SocketAddress], ResolutionError>) {
    attempt.resolution = nil
    guard !isFinished, requestState == .awaitingUpstream else { return }
    switch result {
    case .success(let addresses) where !addresses.isEmpty:
      attempt.addresses = addresses
      attempt.addressIndex = 0
      connectNext()
    case .success:
      failUpstream(.resolution("no addresses"))
    case .failure(let error):
      failUpstream(.resolution(error.reason))
    }
  }

  private func connectNext() {
    guard let target = attempt.target, !attempt.addresses.isEmpty else { return }
    let address = attempt.addresses[attempt.addressIndex % attempt.addresses.count]
    noteTry(address)
    do {
      let connection = try target.connect(to: address, user: self)
      connection.peer = address
      connection.deadline.set(milliseconds: attempt.timeouts.connect)
      upstream = connection
    } catch let error as SystemError {
      if error.code == EMFILE || error.code == ENFILE { unsafe worker.noteExhaustion() }
      retryOrFail(.connect(error.code))
    } catch {
      retryOrFail(.tls("\(error)"))
    }
  }

  private func noteTry(_ address: SocketAddress?) {
    let wall = unsafe worker.loop.wallClock
    tries.append(
      BalancerTry(
        address: address, startWall: UInt64(wall.seconds) &* 1_000_000_000 &+ UInt64(wall.nanoseconds), latency: 0))
  }

  // MARK: UpstreamUser

  func upstreamOpened(_ connection: UpstreamConnection) {
    connection.requestCount &+= 1
    connection.writeTimeout = attempt.timeouts.write
    connection.deadline.set(milliseconds: attempt.timeouts.read)
    responseParser.reset(requestMethodIsHEAD: upstreamMethodIs("HEAD"), requestIsCONNECT: false)
    responseState = .awaitingHead
    writeRequestHead()
    if let wholeBody {
      requestState = .complete
      unsafe sendUpstream(wholeBody.bytes, last: true)
    } else if let sent = attempt.sentBody, requestBodySent > 0 || attempt.bodyIsSent {
      repeatRequestBody(sent)
    } else if attempt.bodyIsSent {
      // It came to nothing, and the plugins have been told its end.
      requestState = .complete
      unsafe sendUpstream(UnsafeRawBufferPointer(start: nil, count: 0), last: true)
    } else if requestHasBody || !chain.requestBody.isEmpty {
      keepShortBody()
      requestState = .streaming
      sendContinue()
      pumpRequestBody()
    } else {
      requestState = .complete
      unsafe sendUpstream(UnsafeRawBufferPointer(start: nil, count: 0), last: true)
    }
    // A connection from the pool may have been closed in the meantime: what it has to say is there already.
    if let upstream, upstream === connection, connection.mayRead { pumpResponse() }
  }

  func upstreamReadable(_ connection: UpstreamConnection) {
    guard connection === upstream else { return }
    if responseState == .tunnel { pumpTunnel() } else { pumpResponse() }
  }

  func upstreamWritable(_ connection: UpstreamConnection) {
    guard connection === upstream else { return }
    if requestState == .complete { connection.deadline.set(milliseconds: attempt.timeouts.read) }
    if responseState == .tunnel { pumpTunnel() } else { pumpRequestBody() }
    // It may have left while its body waited here.
    unsafe client.leaveIfOwed()
  }

  func upstreamFailed(_ connection: UpstreamConnection, _ failure: UpstreamFailure) {
    guard connection === upstream else { return }
    // Still forwarding, or the client is slow: it is not the upstream that is silent.
    if case .readTimeout = failure, unsafe client.hasPendingOutput || requestState == .streaming || pause.holdsResponse
    {
      connection.deadline.set(milliseconds: attempt.timeouts.read)
      return
    }
    retryOrFail(failure)
  }

  // MARK: Bodies that are sent again

  private func keepShortBody() {
    guard attempt.sentBody == nil, case .length(let length) = head.body,
      unsafe length <= UInt64(worker.settings.repeatableBodyLimit)
    else { return }
    attempt.sentBody = unsafe worker.buffers.take()
  }

  /// The body, or its beginning, to another connection than the one that failed; the rest follows from the client.
  private func repeatRequestBody(_ sent: ByteBuffer) {
    attempt.isRepeating = true
    requestBodySent = 0
    requestState = .streaming
    unsafe sendUpstream(sent.bytes, last: attempt.bodyIsSent)
    attempt.isRepeating = false
    pumpRequestBody()
  }

  /// Keeps what is sent, for as long as it is short.
  func keepSentBody(_ piece: UnsafeRawBufferPointer, last: Bool) {
    if last { attempt.bodyIsSent = true }
    guard let sent = attempt.sentBody, !attempt.isRepeating else { return }
    if unsafe sent.count + piece.count <= worker.settings.repeatableBodyLimit {
      unsafe sent.append(piece)
    } else {
      forgetSentBody()
    }
  }

  func forgetSentBody() {
    guard let sent = attempt.sentBody else { return }
    attempt.sentBody = nil
    unsafe worker.buffers.give(sent)
  }

  // MARK: When it does not work

  /// Tries again where that is safe, or gives up.
  func retryOrFail(_ failure: UpstreamFailure) {
    if responseState == .tunnel {
      endTunnel()
      return
    }
    let failed = upstream
    let hasAnswered = !(upstream?.input?.isEmpty ?? true)
    dropUpstream()
    if responseState == .streaming || responseState == .headerFilter {
      upstreamBrokeOff(failure)
      return
    }
    let wasSent = failed.map { $0.state == .open } ?? false
    let bodyIsGone = wholeBody == nil && requestBodySent > 0 && attempt.sentBody == nil
    let status: UInt16 = failure.isTimeout ? 504 : 502
    if let last = tries.indices.last { tries[last].code = status }
    // A connection that was idle may die just as we use it: that says nothing about the upstream.
    // A request that may have had its effect is not sent again (RFC 9110 §9.2.2).
    let isIdempotent = methodOverride == nil ? head.method.isIdempotent : overrideIsIdempotent
    if let failed, wasSent, isIdempotent, !hasAnswered, failed.requestCount > 1, !attempt.poolRetried, !bodyIsGone,
      !failure.isTimeout
    {
      attempt.poolRetried = true
      tries.removeLast()
      requestState = .awaitingUpstream
      acquire(mayReuse: false)
      return
    }
    let mayRepeat = !wasSent || (isIdempotent && !bodyIsGone)
    if mayRepeat, attempt.retriesLeft > 0 {
      attempt.retriesLeft -= 1
      if let last = tries.indices.last { tries[last].isNext = true }
      requestState = .awaitingUpstream
      responseState = .none
      nextChoice()
      return
    }
    failUpstream(failure)
  }

  /// The next address of the name, or the next target of the balancer.
  private func nextChoice() {
    attempt.addressIndex += 1
    if targetOverride == nil, attempt.addressIndex >= attempt.addresses.count,
      let choice = entry?.service?.balancer.choose(), choice.target !== attempt.target
    {
      attempt.target = choice.target
      attempt.hostField = choice.hostField
      attempt.addresses.removeAll()
      attempt.addressIndex = 0
    }
    acquire(mayReuse: false)
  }

  /// Whether the upstream is asked with this method, which a plugin may have set.
  func upstreamMethodIs(_ name: StaticString) -> Bool {
    guard let methodOverride else { return unsafe Self.equals(requestBytes.view(head.methodRange), name) }
    return unsafe methodOverride.withUnsafeBytes { unsafe Self.equals($0, name) }
  }

  private static func equals(_ bytes: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
    unsafe bytes.count == text.utf8CodeUnitCount
      && bytes.elementsEqual(UnsafeRawBufferPointer(start: text.utf8Start, count: bytes.count))
  }

  private var overrideIsIdempotent: Bool {
    upstreamMethodIs("GET") || upstreamMethodIs("HEAD") || upstreamMethodIs("PUT") || upstreamMethodIs("DELETE")
      || upstreamMethodIs("OPTIONS")
  }

  private func failUpstream(_ failure: UpstreamFailure) {
    if pause.isPaused { tellAborted() }
    failureText = failure.text
    let where_ = attempt.target.map { "\($0.host):\($0.port)" } ?? "?"
    unsafe worker.log(.error, "upstream \(where_): \(failure.text)")
    upstreamEndTime = unsafe worker.loop.now
    if case .resolution = failure {
      respondWithError(status: 503, message: "name resolution failed", style: .negotiated)
    } else if failure.isTimeout {
      respondWithError(status: 504, message: "The upstream server is timing out", proxied: true)
    } else {
      respondWithError(status: 502, message: "An invalid response was received from the upstream server", proxied: true)
    }
  }

  /// Lets go of the connection without keeping it.
  func dropUpstream() {
    guard let connection = upstream else { return }
    upstream = nil
    unsafe connection.user = nil
    connection.closeSocket()
  }
}

extension Method {
  /// RFC 9110 §9.2.2.
  var isIdempotent: Bool {
    switch self {
    case .get, .head, .put, .delete, .options, .trace: true
    default: false
    }
  }
}
