import CToriiPlugin
import EventLoop
import PluginHost

/// Where a plugin has suspended the request.
struct PauseState {
  enum Phase { case none, access, requestBody, headerFilter, bodyFilter }

  var phase = Phase.none
  /// The instance that did, and the place in its phase's list where to go on.
  var instance: torii_instance_id = 0
  var next = 0
  /// In a body phase: the piece that was held, and its `TORII_BODY_…` flags.
  var piece: ByteBuffer?
  var flags: UInt32 = 0
  /// A plugin before this one has ended the response's body.
  var ended = false
  /// What plugins before this one emitted meanwhile, and where in the chain it goes on.
  var queued: [(bytes: ByteBuffer, next: Int, ends: Bool)] = []
  var timer: PauseTimer?

  var isPaused: Bool { phase != .none }
  /// It is not the upstream that is silent.
  var holdsResponse: Bool { phase == .headerFilter || phase == .bodyFilter }

  mutating func keep(_ bytes: UnsafeRawBufferPointer, flags: UInt32, from pool: ByteBufferPool) {
    let buffer = pool.take()
    unsafe buffer.append(bytes)
    piece = buffer
    self.flags = flags
  }

  mutating func reset() {
    phase = .none
    instance = 0
    next = 0
    piece = nil
    flags = 0
    ended = false
    if !queued.isEmpty { queued.removeAll() }
  }
}

/// The deadline of a pause.
final class PauseTimer: Timer {
  unowned let exchange: Exchange

  init(exchange: Exchange) { self.exchange = exchange }

  override func fire() { exchange.pauseTimedOut() }
}

extension Exchange {
  func pauseNow(_ phase: PauseState.Phase, link: PluginHostLink, next: Int) {
    pause.phase = phase
    pause.instance = link.instance.id
    pause.next = next
    let timer = pause.timer ?? PauseTimer(exchange: self)
    pause.timer = timer
    unsafe worker.loop.timers.arm(timer, afterMilliseconds: worker.settings.pauseTimeout)
    // The upstream need not wait for the head. Should that fail, it is found out when the plugin has resumed.
    if phase == .requestBody { sendUpstreamHeadIfPending() }
  }

  /// Goes on where the plugin stopped.
  func continueAfterPause() {
    guard pause.isPaused, !isFinished else { return }
    let state = pause
    if let timer = pause.timer { unsafe worker.loop.timers.cancel(timer) }
    pause.reset()
    switch state.phase {
    case .none: break
    case .access: runAccess(from: state.next)
    case .requestBody:
      if chain.wholeRequestBody.wanted {
        runWholeBody(from: state.next)
      } else {
        let piece = state.piece
        unsafe filterRequest(
          piece?.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0),
          last: state.flags & BodyFlags.last != 0, from: state.next)
        if let piece { unsafe worker.buffers.give(piece) }
      }
    case .headerFilter: runHeaderFilter(from: state.next)
    case .bodyFilter:
      let piece = state.piece
      // What was held before a plugin that has ended the body meanwhile is discarded, as all that comes to that one.
      if !state.queued.contains(where: { $0.ends && $0.next > state.next }) {
        unsafe filterResponse(
          piece?.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0), flags: state.flags, from: state.next,
          ended: state.ended)
      }
      if let piece { unsafe worker.buffers.give(piece) }
      goOnWithQueued(state.queued)
    }
    // While a plugin has paused it, the request moves in neither direction.
    if !isFinished { pumpRequestBody() }
    if !isFinished { pumpResponse() }
  }

  /// What came while the response was paused follows what was held.
  private func goOnWithQueued(_ queued: [(bytes: ByteBuffer, next: Int, ends: Bool)]) {
    for (index, entry) in queued.enumerated() {
      if isFinished { return }
      if pause.isPaused {
        pause.queued += queued[index...]
        return
      }
      unsafe filterResponse(
        entry.bytes.bytes, flags: entry.ends ? BodyFlags.last : 0, from: entry.next, ended: entry.ends)
      unsafe worker.buffers.give(entry.bytes)
    }
  }

  func pauseTimedOut() {
    guard pause.isPaused, !isFinished, let link = chain.link(of: pause.instance) else { return }
    unsafe worker.plugins.misbehaved(
      "paused a request for longer than plugin_pause_timeout", id, instance: link.instance)
    _ = unsafe link.instance.call(event: PluginEvent(kind: TORII_EVENT_PAUSE_TIMEOUT), id, state: state(of: link))
    pause.reset()
    failureText = "plugin \(link.instance.library.name) paused too long"
    respondWithError(status: 504, message: "A plugin did not answer in time", style: .negotiated)
  }

  /// The client or the upstream went away while a plugin had paused the request.
  func tellAborted() {
    guard let link = chain.link(of: pause.instance) else { return }
    if let timer = pause.timer { unsafe worker.loop.timers.cancel(timer) }
    pause.reset()
    _ = unsafe link.instance.call(event: PluginEvent(kind: TORII_EVENT_ABORTED), id, state: state(of: link))
  }

  // MARK: Events

  func resume(_ instance: torii_instance_id) -> torii_status {
    guard pause.isPaused, pause.instance == instance else { return TORII_E_PHASE }
    continueAfterPause()
    return TORII_OK
  }

  func deliver(_ event: PluginEvent, to instance: PluginInstance) {
    guard !isFinished, let link = chain.link(of: instance.id) else { return }
    let isOwner = pause.isPaused && pause.instance == instance.id
    dropStaged()
    emittedAny = false
    emitLink = mayEmit(fromEventOf: link, isOwner: isOwner) ? link.position : -1
    again.link = link.position
    let action = unsafe instance.call(event: event, id, state: state(of: link))
    let isAgain = takeSendAgain(action)
    emitLink = -1
    if isAgain {
      sendRequestAgain()
      return
    }
    let emitted = emittedAny ? emitBuffer : nil
    if emittedAny { emitBuffer = nil }
    emittedAny = false
    if isOwner, action != TORII_PAUSE {
      endPause(with: action, emitted, link)
    } else if action == TORII_END, mayEmit(fromEventOf: link, isOwner: isOwner) {
      doneResponseLinks |= UInt64(1) << UInt64(link.position)
      bodyFilterSawLast = true
      unsafe passOn(emitted ?? worker.buffers.take(), from: link, ends: true)
    } else if let emitted {
      passOn(emitted, from: link)
    }
  }

  /// While the plugin's own pause of the request's body lasts; towards the client, from the end of header_filter until
  /// its body_filter was told the end.
  private func mayEmit(fromEventOf link: PluginHostLink, isOwner: Bool) -> Bool {
    if isOwner, pause.phase == .requestBody { return link.instance.requestBodyMode != TORII_BODY_OBSERVE }
    guard responseState == .streaming, link.instance.responseBodyMode != TORII_BODY_OBSERVE,
      chain.bodyFilter.contains(where: { $0.position == link.position })
    else { return false }
    if isOwner, pause.phase == .bodyFilter { return true }
    return !bodyFilterEnded && !bodyFilterSawLast
  }

  /// The plugin that paused the request has answered its event.
  private func endPause(with action: torii_action, _ emitted: ByteBuffer?, _ link: PluginHostLink) {
    let isBody = pause.phase == .requestBody || pause.phase == .bodyFilter
    switch action {
    case TORII_CONTINUE: break
    case TORII_DONE where isBody:
      let bit = UInt64(1) << UInt64(link.position)
      if pause.phase == .bodyFilter { doneResponseLinks |= bit } else { doneRequestLinks |= bit }
    case TORII_HOLD where isBody: break
    case TORII_END where pause.phase == .bodyFilter:
      pause.flags = BodyFlags.last
      pause.ended = true
    default:
      if let emitted { unsafe worker.buffers.give(emitted) }
      if let timer = pause.timer { unsafe worker.loop.timers.cancel(timer) }
      pause.reset()
      if action == TORII_RESPOND, !headSent {
        respondFromPlugin(link)
      } else {
        pluginFailed(link, TORII_PHASE_EVENT, action)
      }
      return
    }
    if isBody, emitted != nil || action == TORII_HOLD || action == TORII_END {
      let replacement = unsafe emitted ?? worker.buffers.take()
      if pause.phase == .requestBody, chain.wholeRequestBody.wanted {
        if let old = wholeBody { unsafe worker.buffers.give(old) }
        wholeBody = replacement
      } else {
        if let old = pause.piece { unsafe worker.buffers.give(old) }
        pause.piece = replacement
      }
    } else if let emitted {
      unsafe worker.buffers.give(emitted)
    }
    continueAfterPause()
  }

  /// Bytes that a plugin made outside of its body_filter go through the plugins behind it.
  /// - Parameter ends: nothing follows them.
  private func passOn(_ buffer: ByteBuffer, from link: PluginHostLink, ends: Bool = false) {
    guard responseState == .streaming, let index = chain.bodyFilter.firstIndex(where: { $0.position == link.position })
    else {
      unsafe worker.buffers.give(buffer)
      return
    }
    if pause.phase == .bodyFilter, ends || pause.next > index + 1 {
      // A plugin behind this one holds what came before. An end waits for one before it, too.
      pause.queued.append((buffer, index + 1, ends))
      return
    }
    if ends {
      unsafe filterResponse(buffer.bytes, flags: BodyFlags.last, from: index + 1, ended: true)
    } else if buffer.isEmpty {
      if !headSent { unsafe sendResponse(buffer.bytes, last: false) }
    } else {
      unsafe filterResponse(buffer.bytes, flags: 0, from: index + 1)
    }
    unsafe worker.buffers.give(buffer)
  }
}
