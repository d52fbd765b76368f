/// Further attempts, as long as the client has not got a byte.
///
/// The gateway sends a request once. When that attempt fails, the answer is held back in `header_filter`, and further ones are
/// made as call-outs, which bring a whole answer: it is told as a stream if the client wants one, but all at once.
extension Exchange {
  /// What is needed of the client's request for another attempt.
  struct Retained {
    var body: [UInt8]
    var path: String
    var query: String
  }

  /// What is to be done next.
  enum RetryStep: Equatable {
    /// Nothing: the answer that there is goes to the client.
    case none
    /// Wait so many milliseconds, then call ``callOut(value:)``.
    case wait(UInt64)
  }

  private var resilience: AIProxyConfiguration.Resilience { instance.configuration.resilience }

  /// An attempt has brought an answer, or none.
  /// - Parameters:
  ///   - status: what the client would see.
  ///   - upstreamStatus: what the upstream answered; 0 if it did not.
  ///   - retryAfter: its `Retry-After`, in seconds.
  func attemptEnded(status: Int, upstreamStatus: Int, retryAfter: Int?, now: UInt64) -> RetryStep {
    guard isForwarded, !isAnswered, let target else { return .none }
    let hasFailed =
      upstreamStatus == 0 ? [502, 503, 504].contains(status) : resilience.statuses.contains(upstreamStatus)
    guard hasFailed else {
      // A refusal is an answer too: the target is well.
      if upstreamStatus != 0 { instance.pool.noteSuccess(target) }
      // One that is refused may have to be said in other words.
      if upstreamStatus != 400 { retained = nil }
      return .none
    }
    self.retryAfter = retryAfter
    instance.pool.noteFailure(target, pause: retryAfter, now: now)
    guard retained != nil, attemptCount <= resilience.retries, !isCorrected else { return .none }
    let backoff = UInt64(clamping: resilience.backoff) << UInt64(min(attemptCount - 1, 10))
    let wait = max(backoff, UInt64(clamping: min(retryAfter ?? 0, 86_400)) &* 1000)
    leaveTarget()
    if let next = instance.pool.next(tried: triedTargets, now: now) {
      take(next)
      return .wait(0)
    }
    // The same again, if it does not ask for more patience than there is.
    guard wait <= max(backoff, UInt64(clamping: resilience.longestWait)), instance.pool.again(target) else {
      return .none
    }
    take(target)
    return .wait(wait)
  }

  /// The exchange is over: its target is free for others.
  func leaveTarget() {
    if let target { instance.pool.end(target) }
    target = nil
  }

  /// Notes which target the next attempt goes to.
  func take(_ index: Int) {
    target = index
    attemptCount += 1
    if !triedTargets.contains(index) { triedTargets.append(index) }
  }

  /// The request for the next attempt, or `nil` when it cannot be made.
  func callOut(value: (ModelNameTemplate.Source, String) -> String?) -> ForwardedRequest? {
    guard let retained, let target else { return nil }
    do throws(Failure) {
      settings = try instance.settings(of: target, value: value)
      plan = instance.plan(of: target)
      let name = configuration.authentication.headerName
      return try forward(
        retained.body.span, path: retained.path, query: retained.query,
        hasOwnCredential: name.map { value(.headers, $0) != nil } ?? false)
    } catch {
      return nil
    }
  }

  /// A call-out has brought an answer: turns it into the client's.
  func answer(status: Int, body: [UInt8], contentType: String?, isCompressed: Bool, now: UInt64) -> LocalResponse {
    path = .none
    var response = LocalResponse(
      status: status,
      headers: responseHead(status: status, upstreamStatus: status, isCompressed: isCompressed, now: now), body: [])
    if let contentType, !response.headers.contains(where: { $0.name == "content-type" }) {
      response.headers.append(.init("content-type", contentType))
    }
    switch responsePiece(body.span, isLast: true, now: now) {
    case .pass: response.body = body
    case .replace, .end: response.body = takeOutput()
    case .respond(let other), .askAgain(let other): response = other
    }
    isStreaming = false
    isAnswered = true
    endTime = endTime ?? now
    return response
  }

  /// No target has answered.
  func giveUp(now: UInt64) -> LocalResponse {
    endTime = now
    isAnswered = true
    upstreamStatus = 0
    return refuse(Failure(.api, "No target of this route could be reached.", status: 502))
  }

  /// `Retry-After` in seconds (RFC 9110 §10.2.3); dates are passed over, as clocks differ.
  static func retryAfter(_ text: String?) -> Int? {
    guard let text, let seconds = Int(text), seconds >= 0 else { return nil }
    return seconds
  }
}
