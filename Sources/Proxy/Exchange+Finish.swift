import CLinux
import CToriiPlugin
import EventLoop
import Glibc
import HTTP
import PluginHost

/// The end of an exchange, whatever way it went: the upstream connection goes back, the log phase runs once.
extension Exchange {
  /// The last byte of the response is with the kernel.
  func responseSent() {
    guard !isFinished else { return }
    responseState = .complete
    if responseFraming == .untilClose { keepAlive = false }
    if case .length(let length) = responseFraming, head.method != .head, responseStatus != 304, contentSent < length {
      // Less than was announced: only the end of the connection can say so.
      keepAlive = false
    }
    releaseUpstream()
    finish(complete: true)
    if requestState == .discarding, keepAlive {
      discardBody()
    } else if requestState == .streaming || requestState == .collecting || requestState == .awaitingUpstream {
      // Answered before the request was complete.
      requestState = requestHasBody ? .discarding : .complete
      if requestState == .discarding { discardBody() } else { leave(keepAlive: keepAlive) }
    } else {
      leave(keepAlive: keepAlive && requestState != .discarding)
    }
  }

  /// Gives the upstream connection back to the pool if it can be used again.
  private func releaseUpstream() {
    guard let connection = upstream else { return }
    upstream = nil
    unsafe connection.user = nil
    let clean =
      upstreamResponseEnded && responseHead.keepAlive && responseHead.body != .untilClose && requestState == .complete
      && !connection.hasPendingOutput && !connection.sawEnd && !connection.isEnding
      && (connection.input?.isEmpty ?? true) && (responseBytesHead.leftover?.isEmpty ?? true)
      && !connection.sawWriteFailure
    guard clean else {
      connection.closeSocket()
      return
    }
    connection.releaseInputIfEmpty()
    connection.target.keep(connection)
  }

  /// The client left before it had its response.
  func clientGone() {
    guard !isFinished else {
      unsafe client.close()
      return
    }
    isClientGone = true
    keepAlive = false
    let wasInBody = requestState == .collecting || requestState == .streaming
    // The record says that the response was not wanted any more, whatever status it began with; a tunnel has no other end.
    if !isSwitchingProtocols || !headSent { responseStatus = wasInBody && !headSent ? 400 : 499 }
    if pause.isPaused { tellAborted() }
    dropUpstream()
    finish(complete: false)
    leaveClosed()
  }

  /// The client neither reads nor writes.
  func clientTimedOut() {
    if unsafe client.hasPendingOutput || headSent {
      clientGone()
    } else if requestState == .collecting || requestState == .streaming {
      if pause.isPaused || (upstream?.hasPendingOutput ?? false) {
        unsafe client.deadline.set(milliseconds: worker.settings.clientBodyTimeout)
        return
      }
      keepAlive = false
      requestState = .complete
      respondWithError(status: 408, message: "Request timeout")
    } else if requestState == .discarding {
      leave(keepAlive: false)
    }
  }

  /// Runs the log phase and lets go of everything but the connection.
  func finish(complete: Bool) {
    guard !isFinished else { return }
    isFinished = true
    isComplete = complete
    finishTime = unsafe worker.loop.now
    unsafe worker.requestsServed &+= 1
    unsafe clinux_board_count(worker.times.request, finishTime &- startTime)
    if upstreamHeadTime > upstreamStartTime {
      unsafe clinux_board_count(worker.times.upstream, upstreamHeadTime &- upstreamStartTime)
    }
    attempt.resolution?.cancel()
    attempt.resolution = nil
    forgetSentBody()
    if id != 0 { runLog() }
  }

  private func runLog() {
    for link in chain.log {
      let status = unsafe link.instance.call(TORII_PHASE_LOG, self, state: state(of: link))
      if status < 0 {
        unsafe worker.log(.warn, "plugin \(link.instance.library.name): log failed with status \(status)")
      } else if status > 0 {
        unsafe worker.plugins.misbehaved("returned \(status) from log, which is no status", id, instance: link.instance)
      }
    }
    for link in chain.links { unsafe link.instance.requestEnd(self, state: state(of: link)) }
    for operation in operations { operation.cancel() }
    operations.removeAll(keepingCapacity: true)
    pause.reset()
    unsafe worker.resumeTimers(of: self)
    unsafe worker.plugins.requests.remove(self)
    unsafe pluginState?.deallocate()
    unsafe pluginState = nil
  }

  /// Leaves the connection to its next request, or to its end.
  func leave(keepAlive: Bool) {
    let leftover = detach()
    let connection: ClientConnection = unsafe client
    unsafe worker.giveExchange(self)
    connection.exchangeFinished(keepAlive: keepAlive, leftover: leftover)
  }

  private func leaveClosed() {
    if let slab = detach() {
      slab.clear()
      unsafe worker.slabs.give(slab)
    }
    let connection: ClientConnection = unsafe client
    connection.exchange = nil
    unsafe worker.giveExchange(self)
    connection.close()
  }

  /// Gives up both heads; what follows the request's in its slab is the connection's.
  private func detach() -> Slab? {
    if let slab = responseBytesHead.release() {
      slab.clear()
      unsafe worker.slabs.give(slab)
    }
    return requestBytes.release()
  }

  /// The process ends: the request is logged as it stands.
  func abandonForExit() {
    if !isFinished, requestState != .head {
      isClientGone = true
      if responseStatus == 0 { responseStatus = 499 }
      finish(complete: false)
    }
    // Instances are destroyed when nothing refers to them any more.
    generation = nil
    entry = nil
    chain = unsafe worker.emptyChain
  }

  /// Called when the connection goes away with an exchange that is over but was not left yet.
  func abandon() {
    if let slab = detach() {
      slab.clear()
      unsafe worker.slabs.give(slab)
    }
  }
}
