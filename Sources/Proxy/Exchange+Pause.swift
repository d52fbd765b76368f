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
  /// In a body phase: the piece that was held, and whether it is the last.
  var piece: ByteBuffer?
  var isLast = false
  var timer: PauseTimer?
  /// Set while resuming: the loop over the response must be entered again.
  var resumesResponse = false

  var isPaused: Bool { phase != .none }
  /// The client is not read meanwhile.
  var holdsRequest: Bool { phase == .requestBody || phase == .access }
  /// The upstream is not read meanwhile.
  var holdsResponse: Bool { phase == .headerFilter || phase == .bodyFilter }

  mutating func keep(_ bytes: UnsafeRawBufferPointer, last: Bool, from pool: ByteBufferPool) {
    let buffer = pool.take()
    unsafe buffer.append(bytes)
    piece = buffer
    isLast = last
  }

  mutating func reset() {
    phase = .none
    instance = 0
    next = 0
    piece = nil
    isLast = false
    resumesResponse = false
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
    if phase == .requestBody { sendUpstreamHeadIfPending() }
    pause.phase = phase
    pause.instance = link.instance.id
    pause.next = next
    let timer = pause.timer ?? PauseTimer(exchange: self)
    pause.timer = timer
    unsafe worker.loop.timers.arm(timer, afterMilliseconds: worker.settings.pauseTimeout)
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
        unsafe filterRequest(piece?.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0), last: state.isLast, from: state.next)
        if let piece { unsafe worker.buffers.give(piece) }
        if !isFinished { pumpRequestBody() }
      }
    case .headerFilter:
      pause.resumesResponse = true
      runHeaderFilter(from: state.next)
      pause.resumesResponse = false
    case .bodyFilter:
      let piece = state.piece
      unsafe filterResponse(
        piece?.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0), flags: state.isLast ? 1 : 0, from: state.next)
      if let piece { unsafe worker.buffers.give(piece) }
      if !isFinished { pumpResponse() }
    }
  }

  func pauseTimedOut() {
    guard pause.isPaused, !isFinished, let link = chain.link(of: pause.instance) else { return }
    unsafe worker.plugins.misbehaved("paused a request for longer than pause_timeout", id, instance: link.instance)
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
    responded = false
    emittedAny = false
    emitLink = link.position
    let action = unsafe instance.call(event: event, id, state: state(of: link))
    emitLink = -1
    let emitted = emittedAny ? emitBuffer : nil
    if emittedAny { emitBuffer = nil }
    emittedAny = false
    defer { if let emitted { unsafe worker.buffers.give(emitted) } }
    guard isOwner else {
      if let emitted { passOn(emitted, from: link, last: false) }
      return
    }
    switch action {
    case TORII_PAUSE:
      if let emitted { passOn(emitted, from: link, last: false) }
    case TORII_CONTINUE, TORII_DONE: 
      if let emitted, let piece = pause.piece {
        piece.removeAll()
        unsafe piece.append(emitted.bytes)
      }
      continueAfterPause()
    case TORII_HOLD:
      pause.piece?.removeAll()
      if let emitted { unsafe pause.piece?.append(emitted.bytes) }
      continueAfterPause()
    case TORII_RESPOND where !headSent:
      if let timer = pause.timer { unsafe worker.loop.timers.cancel(timer) }
      pause.reset()
      respondFromPlugin(link)
    default:
      if let timer = pause.timer { unsafe worker.loop.timers.cancel(timer) }
      pause.reset()
      pluginFailed(link, TORII_PHASE_EVENT, action)
    }
  }

  /// Bytes that a plugin made outside of its body_filter go through the plugins behind it.
  private func passOn(_ buffer: ByteBuffer, from link: PluginHostLink, last: Bool) {
    guard responseState == .streaming, !bodyFilterEnded,
      let index = chain.bodyFilter.firstIndex(where: { $0.position == link.position })
    else { return }
    if buffer.isEmpty {
      if !headSent { unsafe sendResponse(buffer.bytes, last: false) }
    } else {
      unsafe filterResponse(buffer.bytes, flags: 0, from: index + 1)
    }
  }
}
