import CConformance
import CToriiPlugin

/// One request on its way through one instance, a callback at a time, so that a check can do something in between.
@safe final class ScriptedExchange {
  /// What is to be done next.
  enum Stage: Equatable {
    case access
    case requestBody(Int)
    case headerFilter
    case responseBody(Int)
    case log
    case requestEnd
    case done
  }

  let instance: HostedInstance
  let request: ScriptedRequest
  var stage = Stage.access
  /// Where a pause holds the request; `nil` when none does.
  var pausedIn: Int32?
  var pausedSince: UInt64 = 0
  /// The piece of a paused body phase, and where it goes on.
  var heldPiece: [UInt8] = []
  var hasTimedOut = false
  var responsePieces: [Bytes]
  /// What reached the upstream and the client.
  var requestOutput: [UInt8] = []
  var responseOutput: [UInt8] = []
  var requestDone = false
  var responseDone = false
  var headerFilterRan = false
  /// The actions in order, for comparison.
  var actions: [String] = []
  /// How long the longest callback took, and which one it was.
  var longest: (nanoseconds: UInt64, name: String) = (0, "")
  var measures = false
  /// For whole bodies: as though the limit were exceeded.
  var exceedsLimit = false
  /// Called for each piece in place of the script's, when endless bodies are played.
  var isPausable = true

  var host: ScriptedHost { instance.host }
  var image: PluginImage { instance.plugin.image }

  init(_ instance: HostedInstance, _ script: RequestScript) {
    self.instance = instance
    request = unsafe instance.host.makeRequest(
      script, stateSize: Int(instance.plugin.image.descriptor.pointee.request_state_size))
    responsePieces = script.upstream.pieces
  }

  var isDone: Bool { stage == .done }

  // MARK: Callbacks

  private func phaseArguments(_ phase: Int32) -> torii_phase_args {
    unsafe torii_phase_args(
      struct_size: UInt32(MemoryLayout<torii_phase_args>.size), phase: UInt32(phase),
      plugin_data: instance.plugin.pluginData, instance: instance.id, instance_data: instance.data,
      request: request.id, request_state: request.state)
  }

  private func around(_ name: StaticString, _ body: () -> torii_action) -> torii_action {
    unsafe conformance_note_step(UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self))
    // Where others want the processor, too, that is not the callback's fault.
    let waited = measures ? conformance_kept_waiting() : 0
    let start = measures ? conformance_now() : 0
    host.meter?.callbackBegins()
    let action = body()
    host.meter?.callbackEnds("\(name)")
    if measures {
      let passed = conformance_now() &- start
      let took = passed - min(passed, conformance_kept_waiting() &- waited)
      if took > longest.nanoseconds { longest = (took, "\(name)") }
    }
    host.callbackReturned()
    if host.options.traces {
      actions.append("\(name) \(action)")
      host.note("\(name) -> \(action)")
    }
    return action
  }

  private func call(_ phase: Int32, _ name: StaticString) -> torii_action {
    let function =
      switch phase {
      case TORII_PHASE_ACCESS: unsafe image.callbacks.access
      case TORII_PHASE_HEADER_FILTER: unsafe image.callbacks.header_filter
      default: unsafe image.callbacks.log
      }
    guard let function = unsafe function else { return TORII_CONTINUE }
    request.staged = nil
    var arguments = unsafe phaseArguments(phase)
    return around(name) { unsafe host.withArguments(&arguments) { unsafe function($0) } }
  }

  func call(_ phase: Int32, _ name: StaticString, pieces: [Bytes], flags: UInt32) -> torii_action {
    let isRequest = phase == TORII_PHASE_REQUEST_BODY
    guard let function = unsafe isRequest ? image.callbacks.request_body : image.callbacks.body_filter else {
      return TORII_CONTINUE
    }
    request.staged = nil
    request.emitted = nil
    let mode = isRequest ? instance.requestBodyMode : instance.responseBodyMode
    host.isObserving = mode == TORII_BODY_OBSERVE
    request.mayEmit = mode == TORII_BODY_STREAM || mode == TORII_BODY_WHOLE
    defer {
      host.isObserving = false
      request.mayEmit = false
    }
    var slices = unsafe pieces.filter { $0.count > 0 }.map { unsafe host.view($0) }
    return unsafe slices.withUnsafeMutableBufferPointer { buffer in
      var arguments = unsafe torii_body_args(
        struct_size: UInt32(MemoryLayout<torii_body_args>.size), phase: UInt32(phase),
        plugin_data: instance.plugin.pluginData, instance: instance.id, instance_data: instance.data,
        request: request.id, request_state: request.state,
        parts: buffer.isEmpty ? nil : UnsafePointer(buffer.baseAddress),
        part_count: UInt32(buffer.count), flags: flags)
      return around(name) { unsafe host.withArguments(&arguments) { unsafe function($0) } }
    }
  }

  /// Brings an event; what it answers takes effect when the request was paused.
  func deliver(_ kind: Int32, operation: Operation? = nil, outcome: CalloutOutcome = .success, token: UInt64 = 0) {
    guard let function = unsafe image.callbacks.event, !isDone else { return }
    let event = outcome.event
    let body = Bytes(kind == TORII_EVENT_HTTP ? event.body : "")
    let message = Bytes(kind == TORII_EVENT_HTTP ? event.message : "")
    request.graveyard += [body, message]
    request.staged = nil
    request.emitted = nil
    let isOwner = pausedIn != nil
    let isStreaming: Bool = if case .responseBody = stage { headerFilterRan } else { false }
    request.mayEmit =
      (pausedIn == TORII_PHASE_REQUEST_BODY && instance.requestBodyMode != TORII_BODY_OBSERVE)
      || ((isStreaming || pausedIn == TORII_PHASE_BODY_FILTER) && instance.responseBodyMode >= TORII_BODY_STREAM
        && image.has(TORII_PHASE_BODY_FILTER) && (!request.sawLast || pausedIn == TORII_PHASE_BODY_FILTER))
    request.mayChangeUpstream =
      pausedIn == TORII_PHASE_ACCESS
      || (pausedIn == TORII_PHASE_REQUEST_BODY && instance.requestBodyMode == TORII_BODY_WHOLE)
    var arguments = unsafe torii_event_args()
    unsafe arguments.struct_size = unsafe UInt32(MemoryLayout<torii_event_args>.size)
    unsafe arguments.kind = UInt32(kind)
    unsafe arguments.plugin_data = unsafe instance.plugin.pluginData
    unsafe arguments.instance = instance.id
    unsafe arguments.instance_data = unsafe instance.data
    unsafe arguments.request = request.id
    unsafe arguments.request_state = unsafe request.state
    unsafe arguments.operation = operation?.id ?? 0
    unsafe arguments.token = operation?.token ?? token
    unsafe arguments.status = kind == TORII_EVENT_HTTP ? event.status : TORII_OK
    if kind == TORII_EVENT_HTTP {
      unsafe arguments.http_status = event.http
      if body.count > 0 { unsafe arguments.body = unsafe host.view(body) }
      if message.count > 0 { unsafe arguments.message = unsafe host.view(message) }
      host.currentCallout = event.status == TORII_OK ? [Field("Content-Type", "application/json")] : []
    }
    let action = around("event") { unsafe host.withArguments(&arguments) { unsafe function($0) } }
    host.currentCallout = nil
    request.mayEmit = false
    request.mayChangeUpstream = false
    guard isOwner else {
      if let emitted = request.emitted, !request.responseEnded { pass(emitted) }
      return
    }
    answered(action)
  }

  private func pass(_ bytes: [UInt8]) {
    request.headSent = true
    if !host.options.dropsOutput { responseOutput += bytes }
  }

  // MARK: Steps

  /// Runs the next callback. Not while it is paused.
  func step() {
    guard pausedIn == nil else { return }
    switch stage {
    case .access: runAccess()
    case .requestBody(let index): runRequestBody(index)
    case .headerFilter: runHeaderFilter()
    case .responseBody(let index): runResponseBody(index)
    case .log: runLog()
    case .requestEnd: runEnd()
    case .done: break
    }
  }

  private func runAccess() {
    request.mayChangeUpstream = true
    let action = image.has(TORII_PHASE_ACCESS) ? call(TORII_PHASE_ACCESS, "access") : TORII_CONTINUE
    request.mayChangeUpstream = false
    stage = .requestBody(0)
    switch action {
    case TORII_CONTINUE: break
    case TORII_PAUSE: pause(TORII_PHASE_ACCESS)
    case TORII_RESPOND: respondStaged("access")
    default: fail("access", action)
    }
  }

  private func runRequestBody(_ index: Int) {
    let pieces = request.script.pieces
    let mode = instance.requestBodyMode
    guard !pieces.isEmpty, mode != TORII_BODY_NONE, image.has(TORII_PHASE_REQUEST_BODY), !requestDone else {
      for piece in pieces.dropFirst(index) where !host.options.dropsOutput { requestOutput += piece.array }
      stage = .headerFilter
      return
    }
    let isWhole = mode == TORII_BODY_WHOLE
    let given = isWhole ? (exceedsLimit ? [] : pieces) : [pieces[index]]
    let isLast = isWhole || index == pieces.count - 1
    request.mayChangeUpstream = isWhole
    let flags: UInt32 = (isLast ? 1 : 0) | (isWhole && exceedsLimit ? 2 : 0)
    let action = call(TORII_PHASE_REQUEST_BODY, "request_body", pieces: given, flags: flags)
    request.mayChangeUpstream = false
    stage = isLast ? .headerFilter : .requestBody(index + 1)
    heldPiece = host.options.dropsOutput ? [] : given.flatMap(\.array)
    switch action {
    case TORII_CONTINUE, TORII_DONE, TORII_HOLD:
      if action == TORII_DONE { requestDone = true }
      takeRequestOutput(drops: action == TORII_HOLD && mode != TORII_BODY_OBSERVE)
      if isWhole, exceedsLimit { respondLocally(413) }
    case TORII_PAUSE: pause(TORII_PHASE_REQUEST_BODY)
    case TORII_RESPOND: respondStaged("request_body")
    default: fail("request_body", action)
    }
  }

  private func takeRequestOutput(drops: Bool) {
    if let emitted = request.emitted { requestOutput += emitted } else if !drops { requestOutput += heldPiece }
    request.emitted = nil
    heldPiece = []
  }

  /// The response head of the upstream is there.
  private func receiveHead() {
    guard !request.hasResponseHead else { return }
    request.hasResponseHead = true
    request.upstreamStartedAt = host.clock
    request.status = request.script.upstream.status
    request.upstreamStatus = request.status
    request.responseFields = request.script.upstream.fields
  }

  private func runHeaderFilter() {
    receiveHead()
    let action =
      image.has(TORII_PHASE_HEADER_FILTER) && !headerFilterRan
      ? call(TORII_PHASE_HEADER_FILTER, "header_filter") : TORII_CONTINUE
    headerFilterRan = true
    stage = .responseBody(0)
    switch action {
    case TORII_CONTINUE: break
    case TORII_PAUSE: pause(TORII_PHASE_HEADER_FILTER)
    case TORII_RESPOND: respondStaged("header_filter")
    default: fail("header_filter", action)
    }
  }

  private func runResponseBody(_ index: Int) {
    let mode = instance.responseBodyMode
    let breaksOff = request.script.upstream.breaksOff && request.upstreamStatus != 0
    guard mode != TORII_BODY_NONE, image.has(TORII_PHASE_BODY_FILTER), !responseDone, !request.responseEnded else {
      if !request.responseEnded { for piece in responsePieces.dropFirst(index) { pass(piece.array) } }
      finish()
      return
    }
    let isWhole = mode == TORII_BODY_WHOLE
    let given =
      isWhole ? (exceedsLimit ? [] : responsePieces) : index < responsePieces.count ? [responsePieces[index]] : []
    let isLast = isWhole || index >= responsePieces.count - 1
    if isLast { request.sawLast = true }
    let flags: UInt32 = (isLast ? 1 : 0) | (isWhole && exceedsLimit ? 2 : 0) | (isLast && breaksOff ? 4 : 0)
    let action = call(TORII_PHASE_BODY_FILTER, "body_filter", pieces: given, flags: flags)
    stage = isLast ? .log : .responseBody(index + 1)
    heldPiece = host.options.dropsOutput ? [] : given.flatMap(\.array)
    switch action {
    case TORII_CONTINUE, TORII_DONE, TORII_HOLD, TORII_END: took(action)
    case TORII_PAUSE: pause(TORII_PHASE_BODY_FILTER)
    case TORII_RESPOND: respondStaged("body_filter")
    default: fail("body_filter", action)
    }
    if stage == .log, pausedIn == nil { finish() }
  }

  private func took(_ action: torii_action) {
    if let emitted = request.emitted {
      pass(emitted)
    } else if action != TORII_HOLD && action != TORII_END || instance.responseBodyMode == TORII_BODY_OBSERVE {
      if !heldPiece.isEmpty { pass(heldPiece) }
    }
    request.emitted = nil
    heldPiece = []
    if action == TORII_DONE { responseDone = true }
    if action == TORII_END {
      request.responseEnded = true
      stage = .responseBody(responsePieces.count)
    }
  }

  private func finish() {
    stage = .log
    request.headSent = true
    request.isComplete = !request.script.upstream.breaksOff
  }

  private func runLog() {
    request.finishedAt = host.clock
    if image.has(TORII_PHASE_LOG) { _ = call(TORII_PHASE_LOG, "log") }
    stage = .requestEnd
  }

  private func runEnd() {
    if let function = unsafe image.callbacks.request_end {
      var arguments = unsafe phaseArguments(TORII_PHASE_LOG)
      _ = around("request_end") {
        unsafe host.withArguments(&arguments) { unsafe function($0) }
        return TORII_CONTINUE
      }
    }
    host.operations.removeAll { $0.request == request.id }
    host.requests[request.id] = nil
    stage = .done
  }

  // MARK: What callbacks want

  private func pause(_ phase: Int32) {
    pausedIn = phase
    pausedSince = host.clock
  }

  /// An event of the plugin that paused has answered.
  private func answered(_ action: torii_action) {
    guard let phase = pausedIn, action != TORII_PAUSE else { return }
    pausedIn = nil
    let isBody = phase == TORII_PHASE_REQUEST_BODY || phase == TORII_PHASE_BODY_FILTER
    switch action {
    case TORII_CONTINUE: goOn(phase, action)
    case TORII_DONE where isBody, TORII_HOLD where isBody: goOn(phase, action)
    case TORII_END where phase == TORII_PHASE_BODY_FILTER: goOn(phase, action)
    case TORII_RESPOND where !request.headSent: respondStaged("event")
    default: fail("event", action)
    }
  }

  func resume() {
    guard let phase = pausedIn else { return }
    pausedIn = nil
    request.emitted = nil
    goOn(phase, TORII_CONTINUE)
  }

  private func goOn(_ phase: Int32, _ action: torii_action) {
    if phase == TORII_PHASE_REQUEST_BODY {
      if action == TORII_DONE { requestDone = true }
      takeRequestOutput(drops: action == TORII_HOLD)
    } else if phase == TORII_PHASE_BODY_FILTER {
      let wasLast = stage == .log
      took(action)
      if wasLast { finish() }
    }
  }

  private func respondStaged(_ phase: String) {
    guard let staged = request.staged else {
      host.violate(.response, "\(phase) returned TORII_RESPOND without respond()")
      respondLocally(500)
      return
    }
    request.staged = nil
    begin(staged.status, staged.fields, staged.body)
  }

  private func begin(_ status: UInt32, _ fields: [Field], _ body: Bytes) {
    guard !request.headSent else {
      stage = .log
      return
    }
    request.graveyard += request.responseFields.flatMap { [$0.name, $0.value] }
    request.status = status
    request.responseFields = fields
    request.hasResponseHead = true
    responsePieces = [body]
    pausedIn = nil
    responseDone = false
    request.responseEnded = false
    request.sawLast = false
    stage = headerFilterRan ? .responseBody(0) : .headerFilter
  }

  private func respondLocally(_ status: UInt32) {
    request.upstreamStatus = 0
    begin(status, [Field("Content-Type", "text/plain")], Bytes("error\n"))
  }

  private func fail(_ phase: String, _ action: torii_action) {
    if action < 0 {
      host.violate(.failure, "\(phase) returned the status \(action)")
    } else {
      host.violate(.action, "\(phase) returned \(action), which is no action of that phase")
    }
    if request.headSent || stage == .log { finish() } else { respondLocally(500) }
  }

  // MARK: What happens to it

  /// The client is gone.
  func abort() {
    guard !isDone, stage != .requestEnd else { return }
    request.clientGone = true
    request.isAborted = true
    if pausedIn != nil {
      host.operations.removeAll { $0.request == request.id }
      let paused = pausedIn
      deliver(TORII_EVENT_ABORTED)
      if paused != nil { pausedIn = nil }
    }
    host.operations.removeAll { $0.request == request.id }
    stage = .log
  }

  /// The plugin has paused for too long.
  func timeOut() {
    guard pausedIn != nil else { return }
    hasTimedOut = true
    let kind: Violation.Kind = request.hasCancelled ? .pauseAfterCancel : .pause
    host.violate(kind, "paused in \(Self.name(pausedIn ?? 0)), and nothing resumed it within 60 s")
    deliver(TORII_EVENT_PAUSE_TIMEOUT)
    pausedIn = nil
    if stage == .done { return }
    if request.headSent { finish() } else { respondLocally(504) }
  }

  static func name(_ phase: Int32) -> String {
    phase >= 1 && phase <= 5 ? PluginFacts.phaseNames[Int(phase) - 1] : "event"
  }
}
