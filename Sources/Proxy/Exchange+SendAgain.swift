import CToriiPlugin
import EventLoop
import HTTP
import PluginHost

/// The request goes upstream once more, because a plugin does not want the answer that has come.
extension Exchange {
  /// How often one request may be sent again: one that failed at once each time would otherwise go round for ever.
  private static let sendAgainLimit = 32

  /// While a callback of a plugin runs that may call send_again(), and whether it did.
  struct SendAgain {
    /// The place of the plugin in the chain; -1 when none may.
    var link = -1
    /// From here on the upstream request may be changed, and what is emitted is its body.
    var isBegun = false
    var count = 0
  }

  /// `send_again` of `torii.upstream/1`.
  func sendAgain(_ instance: torii_instance_id) -> torii_status {
    guard !headSent else { return TORII_E_SENT }
    guard !isFinished, let link = chain.link(of: instance), link.position == again.link, requestState == .complete,
      responseState == .headerFilter || responseState == .streaming, !isSwitchingProtocols,
      !pause.isPaused || pause.instance == instance
    else { return TORII_E_PHASE }
    // A body that went through piece by piece is gone.
    guard !requestHasBody || chain.wholeRequestBody.wanted else { return TORII_E_UNSUPPORTED }
    guard again.count < Self.sendAgainLimit else { return TORII_E_LIMIT }
    again.isBegun = true
    emitLink = link.position
    emittedAny = false
    return TORII_OK
  }

  /// The callback has returned: what it wants, and nothing of it is left.
  func takeSendAgain(_ action: torii_action) -> Bool {
    let isBegun = again.isBegun
    again.link = -1
    again.isBegun = false
    guard isBegun else { return false }
    if action == TORII_SEND_AGAIN { return true }
    // It has changed its mind: what it emitted was for the upstream.
    emittedAny = false
    return false
  }

  /// Gives up the answer that there is and sends the request with the body that was emitted.
  func sendRequestAgain() {
    again.count += 1
    let body = emittedAny ? emitBuffer : nil
    if emittedAny { emitBuffer = nil }
    emittedAny = false
    giveUpAnswer()
    if let old = wholeBody { unsafe worker.buffers.give(old) }
    // Always one, if an empty one: nothing is asked of the client, nor of request_body, a second time.
    wholeBody = unsafe body ?? worker.buffers.take()
    forgetSentBody()
    attempt = UpstreamAttempt()
    upstreamURI.removeAll(keepingCapacity: true)
    requestBodySent = 0
    requestState = .awaitingUpstream
    startUpstream()
  }

  private func giveUpAnswer() {
    if let last = tries.indices.last {
      if tries[last].code == 0 { tries[last].code = upstreamStatus }
      tries[last].isNext = true
    }
    if pause.isPaused {
      if let timer = pause.timer { unsafe worker.loop.timers.cancel(timer) }
      if let piece = pause.piece { unsafe worker.buffers.give(piece) }
      for entry in pause.queued { unsafe worker.buffers.give(entry.bytes) }
      pause.reset()
    }
    dropUpstream()
    attempt.resolution?.cancel()
    unsafe worker.resumeTimers(of: self)
    clearResponse()
    responseHead = ResponseHead()
    responseState = .none
    responseStatus = 0
    upstreamStatus = 0
    source = .service
    upstreamResponseEnded = false
    responseRemaining = 0
    doneResponseLinks = 0
    barredResponseLinks = 0
    bodyFilterSawLast = false
    bodyFilterEnded = false
    headerFilterRan = false
    wasProxied = false
    fellSilent = false
    failureText = nil
  }
}
