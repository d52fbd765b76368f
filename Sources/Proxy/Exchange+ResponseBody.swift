import CToriiPlugin
import EventLoop
import Glibc
import HTTP
import PluginHost

/// body_filter: the response's content on its way from the upstream, through the plugins, to the client.
extension Exchange {
  /// Takes the next piece from what was read, or reads; false when there is nothing to go on with.
  func pumpResponseBody(_ upstream: UpstreamConnection) -> Bool {
    if let slab = responseBytesHead.leftover, !slab.isEmpty {
      takeContent(of: slab, isHeadSlab: true)
      return true
    }
    if let slab = upstream.input, !slab.isEmpty {
      takeContent(of: slab, isHeadSlab: false)
      return true
    }
    guard !upstreamResponseEnded else { return false }
    upstream.releaseInputIfEmpty()
    guard upstream.mayRead else {
      settleForWaiting()
      return false
    }
    switch upstream.fill(expected: responseRemaining) {
    case .filled:
      upstream.deadline.set(milliseconds: attempt.timeouts.read)
      return true
    case .nothing:
      settleForWaiting()
      return false
    case .end:
      if case .untilClose = responseHead.body {
        upstreamResponseEnded = true
        unsafe deliver(UnsafeRawBufferPointer(start: nil, count: 0), last: true)
      } else {
        retryOrFail(.closed)
      }
      return false
    case .failed(let code):
      if code == TLSFailure.truncated, case .untilClose = responseHead.body {
        retryOrFail(.tls("the connection was closed without close_notify: the response may be cut short"))
      } else {
        retryOrFail(.broken(code))
      }
      return false
    }
  }

  private func takeContent(of slab: Slab, isHeadSlab: Bool) {
    let start = unsafe slab.base + slab.start
    let available = slab.count
    let taken: Int
    let data: Int
    var last = false
    switch responseHead.body {
    case .length:
      taken = Int(min(UInt64(available), responseRemaining))
      data = taken
      responseRemaining &-= UInt64(taken)
      last = responseRemaining == 0
    case .chunked:
      switch unsafe responseDecoder.decode(UnsafeMutableRawBufferPointer(start: start, count: available)) {
      case .progress(let consumed, let content): (taken, data) = (consumed, content)
      case .finished(let consumed, let content):
        (taken, data) = (consumed, content)
        last = true
      case .failed(let error):
        unsafe worker.log(.error, "upstream: malformed chunked coding: \(error.reason)")
        failureText = "malformed chunked coding"
        // What came before the fault is passed on, whether or not it came in one piece with it.
        let content = responseDecoder.contentBeforeFailure
        if content > 0 { unsafe deliver(UnsafeRawBufferPointer(start: start, count: content), last: false) }
        if upstream != nil, responseState == .streaming, !isFinished { retryOrFail(.closed) }
        return
      }
    case .untilClose: (taken, data) = (available, available)
    case .none: (taken, data) = (available, 0)
    }
    // The memory stays as it is until the next read into the slab, which is after the content was passed on.
    if isHeadSlab { slab.start &+= taken } else { slab.consumed(taken) }
    if last {
      upstreamResponseEnded = true
      upstreamEndTime = unsafe worker.loop.now
    }
    if data > 0 || last { unsafe deliver(UnsafeRawBufferPointer(start: start, count: data), last: last) }
  }

  /// An open stream that waits holds no slab: heads move to memory of their own size.
  private func settleForWaiting() {
    if requestState == .complete, let slab = requestBytes.leftover, slab.isEmpty, let freed = requestBytes.detach() {
      fields.shrink()
      upstreamEdits.shrink()
      freed.clear()
      unsafe worker.slabs.give(freed)
    }
    if let slab = responseBytesHead.leftover, slab.isEmpty, let freed = responseBytesHead.detach() {
      responseFields.shrink()
      responseEdits.shrink()
      if let head = sentHead {
        let copy = ByteBuffer(capacity: head.count)
        unsafe copy.append(head.bytes)
        sentHead = copy
        unsafe worker.heads.give(head)
      }
      freed.clear()
      unsafe worker.slabs.give(freed)
    }
  }

  /// A piece of content, through the plugins, to the client.
  func deliver(_ piece: UnsafeRawBufferPointer, last: Bool) {
    if chain.bodyFilter.isEmpty || bodyFilterEnded {
      if bodyFilterEnded { return }
      unsafe sendResponse(piece, last: last)
    } else if chain.wholeResponseBody.wanted {
      unsafe collectResponse(piece, last: last)
    } else {
      unsafe filterResponse(piece, flags: last ? 1 : 0, from: 0)
    }
  }

  private func collectResponse(_ piece: UnsafeRawBufferPointer, last: Bool) {
    let buffer = unsafe wholeResponse ?? worker.buffers.take()
    wholeResponse = buffer
    let wanted = chain.wholeResponseBody.limit
    let limit = unsafe wanted > 0 ? wanted : worker.settings.wholeBodyLimit
    if UInt64(buffer.count + piece.count) > limit {
      buffer.removeAll()
      dropUpstream()
      unsafe filterResponse(UnsafeRawBufferPointer(start: nil, count: 0), flags: 1 | 2, from: 0)
      return
    }
    unsafe buffer.append(piece)
    if last { unsafe filterResponse(buffer.bytes, flags: 1, from: 0) }
  }

  /// Runs a piece through the plugins from a place in the chain on, and sends what comes out.
  /// - Parameters:
  ///   - flags: `TORII_BODY_…`
  ///   - ended: a plugin has ended the body with this piece.
  func filterResponse(_ piece: UnsafeRawBufferPointer, flags: UInt32, from start: Int, ended: Bool = false) {
    var current = unsafe piece
    var flags = flags
    if flags & 1 != 0 { bodyFilterSawLast = true }
    var scratch: ByteBuffer?
    defer { if let scratch { unsafe worker.buffers.give(scratch) } }
    var index = start
    var flush = false
    var ended = ended
    while index < chain.bodyFilter.count {
      let link = chain.bodyFilter[index]
      let bit = UInt64(1) << UInt64(link.position)
      if (doneResponseLinks | barredResponseLinks) & bit != 0 || (current.count == 0 && flags & 1 == 0) {
        index &+= 1
        continue
      }
      // Of a body that is too large only those hear that wanted it whole: the others were shown nothing of it.
      if flags & BodyFlags.tooLarge != 0, link.instance.responseBodyMode != TORII_BODY_WHOLE {
        index &+= 1
        continue
      }
      let observes = link.instance.responseBodyMode == TORII_BODY_OBSERVE
      emitLink = observes ? -1 : link.position
      emittedAny = false
      dropStaged()
      again.link = link.position
      let action = unsafe link.instance.call(
        TORII_PHASE_BODY_FILTER, self, state: state(of: link), piece: current, flags: flags)
      let isAgain = takeSendAgain(action)
      emitLink = -1
      switch action {
      case TORII_SEND_AGAIN where isAgain:
        sendRequestAgain()
        return
      case TORII_CONTINUE, TORII_DONE, TORII_HOLD, TORII_END, TORII_PAUSE:
        if action == TORII_DONE { doneResponseLinks |= bit }
        if !observes, emittedAny || action == TORII_HOLD || action == TORII_END {
          let output = unsafe emitBuffer ?? worker.buffers.take()
          emitBuffer = nil
          if !emittedAny { output.removeAll() }
          flush = flush || (emittedAny && output.isEmpty)
          if let scratch { unsafe worker.buffers.give(scratch) }
          scratch = output
          unsafe current = unsafe output.bytes
        }
        if action == TORII_END, !observes {
          flags = 1
          ended = true
          doneResponseLinks |= bit
        }
        index &+= 1
        if action == TORII_PAUSE {
          guard !pause.isPaused else {
            unsafe worker.plugins.misbehaved(
              "paused a request that another plugin has paused", id, instance: link.instance)
            continue
          }
          pauseNow(.bodyFilter, link: link, next: index)
          pause.ended = ended
          unsafe pause.keep(current, flags: flags, from: worker.buffers)
          return
        }
      case TORII_RESPOND:
        if headSent {
          unsafe worker.plugins.misbehaved("responded after the response head was sent", id, instance: link.instance)
          index &+= 1
        } else {
          barredResponseLinks |= bit
          respondFromPlugin(link)
          return
        }
      default:
        barredResponseLinks |= bit
        pluginFailed(link, TORII_PHASE_BODY_FILTER, action)
        return
      }
    }
    if ended {
      bodyFilterEnded = true
      if !upstreamResponseEnded { dropUpstream() }
    }
    if flags & 2 != 0, !headSent {
      respondWithError(status: 502, message: "The upstream's response is larger than a plugin accepts", proxied: true)
      return
    }
    if flags & 4 != 0, !ended {
      // The upstream broke off and nobody made an end of it: what there is goes out, then the connection is cut.
      if current.count == 0, !headSent {
        respondWithError(
          status: fellSilent ? 504 : 502,
          message: fellSilent
            ? "The upstream server is timing out" : "An invalid response was received from the upstream server",
          proxied: true)
        return
      }
      unsafe sendResponse(current, last: false)
      if !isFinished { abortResponse() }
      return
    }
    if current.count == 0, flags & 1 == 0, !flush { return }
    unsafe sendResponse(current, last: flags & 1 != 0)
  }

  // MARK: To the client

  /// Up to so many bytes, a copy behind the head or the chunk's size costs less than a second vector costs the kernel.
  private static let copiedPieceLimit = 2048

  /// Sends content, with the head before it if that has not been sent.
  func sendResponse(_ piece: UnsafeRawBufferPointer, last: Bool) {
    let out = unsafe worker.scratch
    out.removeAll()
    if !headSent { beginResponseHead(to: out, wholeLength: last && mayUseWholeLength ? piece.count : nil) }
    var piece = unsafe piece
    var tail = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    switch responseFraming {
    case .chunked:
      let text: StaticString
      if piece.count > 0 {
        out.append(hexadecimal: UInt64(piece.count))
        out.append("\r\n")
        text = last ? "\r\n0\r\n" : "\r\n"
      } else {
        text = last ? "0\r\n" : ""
      }
      let end = unsafe worker.tailScratch
      end.removeAll()
      end.append(text)
      if last {
        // As they came (RFC 9112 §7.1.2); not when plugins made another body.
        if source == .service, !chain.changesResponseBody, case .chunked = responseHead.body {
          Self.appendTrailers(of: responseDecoder, to: end)
        }
        end.append("\r\n")
      }
      unsafe tail = unsafe end.bytes
    case .length(let length):
      // HEAD, 304 and the like have a length but no content.
      if !contentIsAllowed { unsafe piece = unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
      // Never more than was announced: the client would take it for the next response.
      let room = length &- min(length, contentSent)
      if UInt64(piece.count) > room { unsafe piece = unsafe UnsafeRawBufferPointer(rebasing: piece[..<Int(room)]) }
      contentSent &+= UInt64(piece.count)
    case .none: unsafe piece = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    case .untilClose: break
    }
    if piece.count <= Self.copiedPieceLimit, out.count > 0 {
      unsafe out.append(piece)
      unsafe out.append(tail)
      unsafe piece = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
      unsafe tail = unsafe piece
    }
    let wasPending = unsafe client.hasPendingOutput
    switch unsafe client.send(out.bytes, piece, tail) {
    case .sent:
      if last { responseSent() }
    case .pending:
      if !wasPending { unsafe client.deadline.set(milliseconds: worker.settings.sendTimeout) }
      if last { responseState = .complete }
    case .failed:
      clientGone()
    }
  }

  /// Writes the head, once, and keeps it for the record, which shows it as it was sent.
  func beginResponseHead(to out: ByteBuffer, wholeLength: Int?) {
    headSent = true
    // The request will not be sent again; of one that was never sent, the record still says where it would have gone.
    if source == .service {
      pathOverride = nil
      queryOverride = nil
    }
    writeResponseHead(to: out, wholeLength: wholeLength)
    guard !chain.log.isEmpty else { return }
    let copy = unsafe worker.heads.take()
    unsafe copy.append(out.bytes)
    sentHead = copy
  }

  private var contentIsAllowed: Bool {
    head.method != .head && responseStatus != 304 && responseStatus != 204
  }

  /// The whole content in one piece: its length is known, whatever the upstream said, unless that is to stand.
  private var mayUseWholeLength: Bool {
    if source != .service { return true }
    if !contentIsAllowed { return false }
    return chain.changesResponseBody
  }

  /// Writes the trailer fields that a body came with.
  static func appendTrailers(of decoder: borrowing ChunkedDecoder, to out: ByteBuffer) {
    guard let trailers = decoder.trailers else { return }
    let bytes = decoder.trailerBytes
    for index in 0..<trailers.count {
      let line = trailers[index]
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe out.append(UnsafeRawBufferPointer(rebasing: bytes[Int(line.name.offset)..<Int(line.name.end)]))
        out.append(": ")
        unsafe out.append(UnsafeRawBufferPointer(rebasing: bytes[Int(line.value.offset)..<Int(line.value.end)]))
        out.append("\r\n")
      }
    }
  }

  /// What waited for the client is out.
  func clientWritable() {
    if responseState == .complete {
      responseSent()
    } else if responseState == .tunnel {
      pumpTunnel()
    } else {
      pumpResponse()
    }
  }

  /// The upstream broke off in the middle of its response.
  func upstreamBrokeOff(_ failure: UpstreamFailure) {
    failureText = failure.text
    fellSilent = failure.isTimeout
    upstreamEndTime = unsafe worker.loop.now
    unsafe worker.log(.error, "upstream \(attempt.target?.host ?? "?"): \(failure.text)")
    // A plugin that has paused it hears of it; what it holds cannot become a whole response any more.
    let wasPaused = pause.isPaused
    if wasPaused { tellAborted() }
    guard responseState == .streaming, !chain.bodyFilter.isEmpty, !bodyFilterEnded, !wasPaused else {
      if headSent {
        abortResponse()
      } else {
        respondWithError(
          status: failure.isTimeout ? 504 : 502,
          message: failure.isTimeout
            ? "The upstream server is timing out" : "An invalid response was received from the upstream server",
          proxied: true)
      }
      return
    }
    upstreamResponseEnded = true
    let collected = unsafe wholeResponse?.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0)
    unsafe filterResponse(collected, flags: 1 | 4, from: 0)
  }

  /// The response cannot be ended in order: the client must see that something is missing.
  func abortResponse() {
    guard !isFinished else { return }
    keepAlive = false
    dropUpstream()
    finish(complete: false)
    unsafe client.close()
  }
}
