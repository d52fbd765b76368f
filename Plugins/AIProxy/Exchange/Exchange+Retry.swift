/// Further attempts, as long as the client has not got a byte.
///
/// An attempt fails with its status, with a connection that breaks, or by silence. As long as nothing of an answer has gone to
/// the client, the gateway gives it up and sends the request again, to another target if there is one; what then comes
/// is an answer like any other, and a stream is one.
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
    /// Wait so many milliseconds, then call ``nextAttempt(now:value:)``.
    case wait(UInt64)
  }

  private var resilience: AIProxyConfiguration.Resilience { instance.configuration.resilience }

  /// An attempt has brought an answer, or none.
  /// - Parameters:
  ///   - status: what the client would see.
  ///   - upstreamStatus: what the upstream answered; 0 if it did not.
  ///   - retryAfter: its `Retry-After`, in seconds.
  func attemptEnded(status: Int, upstreamStatus: Int, retryAfter: Int?, now: UInt64) -> RetryStep {
    guard isForwarded, let target else { return .none }
    let hasFailed =
      upstreamStatus == 0 ? [502, 503, 504].contains(status) : resilience.statuses.contains(upstreamStatus)
    guard hasFailed else {
      // One that is refused may have to be said in other words; one that is good may still break off before it has begun.
      let isGood = (200...299).contains(upstreamStatus)
      if upstreamStatus != 400, !isGood || attemptCount > resilience.retries { retained = nil }
      // A refusal is an answer too: the target is well.
      if upstreamStatus != 0, !isGood { instance.pool.noteSuccess(target) }
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

  /// The request for the next attempt, or `nil` when this target cannot be asked: nothing has changed then.
  func nextAttempt(now: UInt64, value: (ModelNameTemplate.Source, String) -> String?) -> ForwardedRequest? {
    guard let retained, let target else { return nil }
    let before = (settings, plan, request, endpoint)
    do throws(Failure) {
      settings = try instance.settings(of: target, value: value)
      plan = instance.plan(of: target)
      let name = configuration.authentication.headerName
      let forwarded = try forward(
        retained.body.span, path: retained.path, query: retained.query,
        hasOwnCredential: name.map { value(.headers, $0) != nil } ?? false)
      beginAttempt(now: now)
      return forwarded
    } catch {
      (settings, plan, request, endpoint) = before
      return nil
    }
  }

  /// What is known of an answer is known of the one that was given up.
  private func beginAttempt(now: UInt64) {
    path = .none
    attemptTime = now
    firstTokenTime = nil
    endTime = nil
    finishTime = nil
    completionTime = nil
    decoder = nil
    lastPieceTime = 0
    lastOutputTime = 0
    isStreaming = false
    upstreamStatus = 0
    isGatewaysAnswer = false
    isKept = false
    retryAfter = nil
    output = []
    wholeUsage = nil
    recordedBody = nil
  }

  /// The answer broke off, or said that there is none, before the client had a byte of it: as ``attemptEnded(status:…)``.
  func answerFailed(_ failure: Failure, now: UInt64) -> RetryStep {
    // What the upstream has told with an event counts as if it had told it with a status.
    let isOwn = [502, 504].contains(failure.status)
    return attemptEnded(
      status: failure.status, upstreamStatus: isOwn ? 0 : failure.status, retryAfter: nil, now: now)
  }

  /// A byte is on its way to the client: what there is, is the answer. Only now is the target well: heads alone prove nothing.
  func keepAnswer() {
    retained = nil
    guard !isKept, let target else { return }
    isKept = true
    // What only another attempt would need is not held for as long as a stream takes.
    triedTargets = []
    sentHeaderNames = []
    withheldHeaderNames = []
    endpoint?.path = ""
    instance.pool.noteSuccess(target)
  }

  /// The answer broke off after it had begun: nothing can be done for it, but the target is not well.
  func noteBrokenAnswer(now: UInt64) {
    if let target { instance.pool.noteFailure(target, pause: nil, now: now) }
  }

  /// No further attempt can be made.
  func giveUp(now: UInt64) -> LocalResponse {
    endTime = now
    upstreamStatus = 0
    return refuse(Failure(.api, "No target of this route could be reached.", status: 502))
  }

  /// `Retry-After` in seconds from now (RFC 9110 §10.2.3).
  /// - Parameters:
  ///   - text: seconds, or a date.
  ///   - date: the answer's `Date`: what a date is counted from, as clocks differ.
  ///   - wallTime: nanoseconds since 1970, for an answer without a `Date`.
  static func retryAfter(_ text: String?, date: String? = nil, wallTime: UInt64 = 0) -> Int? {
    guard let text else { return nil }
    if let seconds = Int(text) { return seconds >= 0 ? seconds : nil }
    guard let time = HTTPDateReader.seconds(text) else { return nil }
    let now = date.flatMap(HTTPDateReader.seconds) ?? Int(wallTime / 1_000_000_000)
    return max(0, time - now)
  }
}
