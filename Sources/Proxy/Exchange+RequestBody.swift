import CToriiPlugin
import EventLoop
import Glibc
import HTTP
import PluginHost

/// request_body: the request's content on its way from the client, through the plugins, to the upstream.
extension Exchange {
  /// A view in it is valid until the next piece is read.
  @safe enum BodyPiece {
    /// Content, perhaps empty; `last` when the body is complete with it.
    case data(UnsafeRawBufferPointer, last: Bool)
    /// Nothing is there yet.
    case nothing
    /// The client will send no more, though the body is not complete.
    case ended
    case malformed(HTTPError)
  }

  var requestHasBody: Bool {
    switch head.body {
    case .none, .untilClose, .length(0): false
    case .length, .chunked: true
    }
  }

  static let bodyTooLarge = HTTPError(status: 413, reason: "Payload too large")

  /// Takes the next piece of the body from what was read, or reads. The view is valid until the next call.
  func readBodyPiece() -> BodyPiece {
    guard requestHasBody else { return unsafe .data(UnsafeRawBufferPointer(start: nil, count: 0), last: true) }
    while true {
      if let slab = requestBytes.leftover, !slab.isEmpty { return piece(of: slab, isHeadSlab: true) }
      if let slab = unsafe client.input, !slab.isEmpty { return piece(of: slab, isHeadSlab: false) }
      // Asked for before it is waited for: the client may send nothing else.
      sendContinue()
      // An upload that waits holds no memory, and one of which much is to come takes more of it at a time.
      unsafe client.releaseInputIfEmpty()
      guard unsafe client.mayRead else { return .nothing }
      switch unsafe client.fill(expected: bodyRemaining) {
      case .filled: continue
      case .nothing: return .nothing
      case .end, .failed: return .ended
      }
    }
  }

  private func piece(of slab: Slab, isHeadSlab: Bool) -> BodyPiece {
    let taken: Int
    let view: UnsafeRawBufferPointer
    let last: Bool
    switch head.body {
    case .length:
      let available = unsafe slab.readable
      taken = Int(min(UInt64(available.count), bodyRemaining))
      unsafe view = unsafe UnsafeRawBufferPointer(rebasing: available[..<taken])
      bodyRemaining &-= UInt64(taken)
      last = bodyRemaining == 0
    case .chunked:
      let start = unsafe slab.base + slab.start
      let available = unsafe UnsafeMutableRawBufferPointer(start: start, count: slab.count)
      switch unsafe chunkedRequest().chunks.decode(available) {
      case .progress(let consumed, let data):
        taken = consumed
        unsafe view = unsafe UnsafeRawBufferPointer(start: start, count: data)
        last = false
      case .finished(let consumed, let data):
        taken = consumed
        unsafe view = unsafe UnsafeRawBufferPointer(start: start, count: data)
        last = true
      case .failed(let error): return .malformed(error)
      }
      chunkedLength &+= UInt64(view.count)
      let limit = unsafe worker.settings.clientMaxBodySize
      if limit > 0, chunkedLength > limit { return .malformed(Self.bodyTooLarge) }
    case .none, .untilClose:
      return unsafe .data(UnsafeRawBufferPointer(start: nil, count: 0), last: true)
    }
    // The memory stays as it is until the next read into the slab, which is after the piece has been used.
    if isHeadSlab { slab.start &+= taken } else { slab.consumed(taken) }
    receivedBytes &+= UInt64(taken)
    return unsafe .data(view, last: last)
  }

  /// The client waits to be told to go on (RFC 9110 §10.1.1).
  func sendContinue() {
    guard head.expectsContinue, !continueSent, !headSent else { return }
    continueSent = true
    let text: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"
    _ = unsafe client.send(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  // MARK: Whole

  func beginCollecting() {
    requestState = .collecting
    if case .length(let length) = head.body, length > wholeBodyLimit {
      wholeBodyTooLarge = true
      runWholeBody(from: 0)
      return
    }
    var expected = 0
    if case .length(let length) = head.body { expected = Int(min(length, 1 << 20)) }
    wholeBody = unsafe worker.buffers.take(expecting: expected)
    collect()
  }

  private var wholeBodyLimit: UInt64 {
    let wanted = chain.wholeRequestBody.limit
    return unsafe wanted > 0 ? wanted : worker.settings.wholeBodyLimit
  }

  func collect() {
    unsafe client.deadline.set(milliseconds: worker.settings.clientBodyTimeout)
    while requestState == .collecting, !isFinished {
      switch readIntoWholeBody() ?? readBodyPiece() {
      case .data(let piece, let last):
        if UInt64((wholeBody?.count ?? 0) + piece.count) > wholeBodyLimit {
          wholeBodyTooLarge = true
          wholeBody?.removeAll()
          unsafe client.deadline.clear()
          runWholeBody(from: 0)
          return
        }
        unsafe wholeBody?.append(piece)
        if last {
          unsafe client.deadline.clear()
          unsafe client.releaseInputIfEmpty()
          requestState = .awaitingUpstream
          runWholeBody(from: 0)
          return
        }
      case .nothing: return
      case .ended:
        clientGone()
        return
      case .malformed(let error):
        refuseBody(error)
        return
      }
    }
  }

  /// Reads what is still to come of a body of known length to where it is collected, when nothing of it lies elsewhere: it needs
  /// no slab between. The piece is empty: it is in its place already.
  private func readIntoWholeBody() -> BodyPiece? {
    guard case .length = head.body, bodyRemaining > 0, let body = wholeBody, requestBytes.leftover?.isEmpty ?? true,
      unsafe client.input?.isEmpty ?? true
    else { return nil }
    sendContinue()
    unsafe client.releaseInputIfEmpty()
    guard unsafe client.mayRead else { return .nothing }
    switch unsafe client.read(to: body, atMost: bodyRemaining) {
    case .bytes(let count):
      bodyRemaining &-= UInt64(count)
      receivedBytes &+= UInt64(count)
      return unsafe .data(UnsafeRawBufferPointer(start: nil, count: 0), last: bodyRemaining == 0)
    case .wouldBlock: return .nothing
    case .endOfStream, .failed: return .ended
    }
  }

  /// Gives the whole body to each plugin that wants it, in order.
  func runWholeBody(from start: Int) {
    var index = start
    while index < chain.requestBody.count {
      let link = chain.requestBody[index]
      // Of a body that is too large only those hear that wanted it whole: the others were shown nothing of it.
      if wholeBodyTooLarge, link.instance.requestBodyMode != TORII_BODY_WHOLE {
        index &+= 1
        continue
      }
      // One that only observes changes nothing, and limits of others are not its business.
      emitLink = link.instance.requestBodyMode == TORII_BODY_OBSERVE ? -1 : link.position
      emittedAny = false
      dropStaged()
      let piece = unsafe wholeBody?.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0)
      var flags = UInt32(1)
      if wholeBodyTooLarge { flags |= 2 }
      let action = unsafe link.instance.call(
        TORII_PHASE_REQUEST_BODY, self, state: state(of: link), piece: piece, flags: flags)
      emitLink = -1
      let drops = action == TORII_HOLD && link.instance.requestBodyMode != TORII_BODY_OBSERVE
      takeEmitted(into: &wholeBody, keepOriginal: !drops)
      switch action {
      case TORII_CONTINUE, TORII_DONE, TORII_HOLD: index &+= 1
      case TORII_PAUSE:
        pauseNow(.requestBody, link: link, next: index &+ 1)
        return
      case TORII_RESPOND:
        respondFromPlugin(link)
        return
      default:
        pluginFailed(link, TORII_PHASE_REQUEST_BODY, action)
        return
      }
    }
    if wholeBodyTooLarge {
      respondWithError(status: 413, message: "Payload too large")
      return
    }
    requestState = .awaitingUpstream
    startUpstream()
  }

  /// What the plugin emitted takes the place of what it was given.
  func takeEmitted(into body: inout ByteBuffer?, keepOriginal: Bool) {
    guard emittedAny || !keepOriginal else { return }
    let replacement = unsafe emitBuffer ?? worker.buffers.take()
    emitBuffer = nil
    if !emittedAny { replacement.removeAll() }
    if let old = body { unsafe worker.buffers.give(old) }
    body = replacement
    emittedAny = false
  }

  // MARK: Piece by piece

  /// The client has sent something, or can be read again.
  func clientReadable() {
    if responseState == .tunnel {
      pumpTunnel()
      return
    }
    switch requestState {
    case .collecting: collect()
    case .streaming: pumpRequestBody()
    case .discarding: discardBody()
    default: break
    }
  }

  /// Moves content from the client to the upstream for as long as both go along.
  func pumpRequestBody() {
    while requestState == .streaming, !pause.isPaused, !isFinished, let upstream, !upstream.hasPendingOutput {
      switch readBodyPiece() {
      case .data(let piece, let last):
        if chain.requestBody.isEmpty {
          unsafe sendUpstream(piece, last: last)
        } else {
          unsafe filterRequest(piece, last: last, from: 0)
        }
        if requestState == .complete { unsafe client.releaseInputIfEmpty() }
      case .nothing:
        sendUpstreamHeadIfPending()
        unsafe client.deadline.set(milliseconds: worker.settings.clientBodyTimeout)
        return
      case .ended:
        clientGone()
        return
      case .malformed(let error):
        refuseBody(error)
        return
      }
    }
  }

  /// Runs a piece through the plugins from a place in the chain on, and sends what comes out.
  func filterRequest(_ piece: UnsafeRawBufferPointer, last: Bool, from start: Int) {
    var current = unsafe piece
    var scratch: ByteBuffer?
    defer { if let scratch { unsafe worker.buffers.give(scratch) } }
    var index = start
    while index < chain.requestBody.count {
      let link = chain.requestBody[index]
      let bit = UInt64(1) << UInt64(link.position)
      if doneRequestLinks & bit != 0 || (current.count == 0 && !last) {
        index &+= 1
        continue
      }
      emitLink = link.instance.requestBodyMode == TORII_BODY_OBSERVE ? -1 : link.position
      emittedAny = false
      dropStaged()
      let action = unsafe link.instance.call(
        TORII_PHASE_REQUEST_BODY, self, state: state(of: link), piece: current, flags: last ? 1 : 0)
      emitLink = -1
      switch action {
      case TORII_CONTINUE, TORII_DONE, TORII_HOLD, TORII_PAUSE:
        if action == TORII_DONE { doneRequestLinks |= bit }
        if emittedAny || (action == TORII_HOLD && link.instance.requestBodyMode != TORII_BODY_OBSERVE) {
          let output = unsafe emitBuffer ?? worker.buffers.take()
          emitBuffer = nil
          if !emittedAny { output.removeAll() }
          if let scratch { unsafe worker.buffers.give(scratch) }
          scratch = output
          unsafe current = unsafe output.bytes
        }
        index &+= 1
        if action == TORII_PAUSE {
          pauseNow(.requestBody, link: link, next: index)
          unsafe pause.keep(current, flags: last ? BodyFlags.last : 0, from: worker.buffers)
          return
        }
      case TORII_RESPOND:
        respondFromPlugin(link)
        return
      default:
        pluginFailed(link, TORII_PHASE_REQUEST_BODY, action)
        return
      }
    }
    unsafe sendUpstream(current, last: last)
  }

  // MARK: Not at all

  /// The response is out; the rest of the request is read and dropped, so that the connection can be used again.
  func discardBody() {
    while requestState == .discarding {
      switch readBodyPiece() {
      case .data(let piece, let last):
        discardBudget -= piece.count
        if last {
          requestState = .complete
          unsafe client.releaseInputIfEmpty()
          leave(keepAlive: keepAlive)
          return
        }
        if discardBudget < 0 {
          leave(keepAlive: false)
          return
        }
      case .nothing:
        unsafe client.deadline.set(milliseconds: worker.settings.lingeringTimeout)
        return
      case .ended, .malformed:
        leave(keepAlive: false)
        return
      }
    }
  }

  /// The body's coding is malformed: the connection cannot be read any further.
  private func refuseBody(_ error: HTTPError) {
    keepAlive = false
    requestState = .complete
    unsafe client.deadline.clear()
    if headSent { abortResponse() } else { respondWithError(status: error.status, message: error.reason) }
  }
}
