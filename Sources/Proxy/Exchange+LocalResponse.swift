import CToriiPlugin
import Glibc
import HTTP
import PluginHost

/// Responses of our own: errors, and what plugins answer.
extension Exchange {
  /// How an error's body is laid out.
  enum ErrorStyle {
    /// As `Accept` asks; JSON when it does not matter (kong.md §2.10, `kong.response.error`).
    case negotiated
    /// The same, but plain text when it does not matter: what fails below the plugins.
    case page
    case empty
  }

  /// Answers with an error. Whatever was under way with the upstream is given up.
  /// - Parameter proxied: a target was chosen: the latency fields of a proxied response are sent.
  func respondWithError(status: UInt16, message: StaticString, style: ErrorStyle = .page, proxied: Bool = false) {
    guard !headSent, !isFinished else {
      abortResponse()
      return
    }
    let isRefusal = (status == 400 || status == 414 || status == 431 || status == 501 || status == 505)
    clearResponse(keepingAdded: true)
    responseStatus = status
    wasProxied = proxied
    let body = unsafe worker.buffers.take()
    localBody = body
    if style != .empty {
      // A page of the gateway's own speaks as the request does, when that does not say what it accepts.
      let named = fields.first(.accept) ?? (style == .negotiated ? nil : fields.first(.contentType))
      let accept = unsafe named.map { unsafe requestBytes.view(fields[$0].value) }
      let format = unsafe ErrorPage.format(accept: accept, fallback: style == .negotiated ? .json : .text)
      responseEdits.add("Content-Type", format.contentType)
      ErrorPage.write(
        to: body, format: format, prefix: isRefusal ? ErrorPage.prefix(status) : nil, message: message,
        identifier: requestIdentifier)
    }
    startLocalResponse(source: .error)
  }

  /// A response of a plugin: head and body were set by respond(), or by respondWithError.
  func startLocalResponse(source: Source) {
    dropUpstream()
    attempt.resolution?.cancel()
    attempt.resolution = nil
    unsafe client.deadline.clear()
    pause.reset()
    unsafe worker.resumeTimers(of: self)
    self.source = source
    upstreamResponseEnded = true
    // Another body: who was done with the one before sees this one.
    doneResponseLinks = 0
    bodyFilterSawLast = false
    if requestState != .complete { requestState = requestHasBody && !bodyIsRead ? .discarding : .complete }
    if head.expectsContinue, !continueSent, requestState == .discarding {
      // The client was never told to go on: what it sends next may be the body or a request (RFC 9110 §10.1.1).
      keepAlive = false
      requestState = .complete
    }
    if requestState == .discarding, case .length = head.body, unsafe bodyRemaining > worker.settings.discardLimit {
      // More than is read for the sake of a connection: the client is told that this one ends.
      keepAlive = false
    }
    if headerFilterRan {
      headerFilterDone()
    } else {
      responseState = .headerFilter
      runHeaderFilter(from: 0)
    }
  }

  private var bodyIsRead: Bool {
    switch head.body {
    case .length: bodyRemaining == 0
    case .chunked: requestDecoder?.chunks.isFinished ?? true
    case .none, .untilClose: true
    }
  }

  /// header_filter has run: body_filter, and out.
  func sendLocalBody() {
    let body = localBody
    // The buffer stays alive while it is sent: plugins may respond anew meanwhile.
    let bytes = unsafe body?.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0)
    if chain.bodyFilter.isEmpty {
      unsafe sendResponse(bytes, last: true)
    } else {
      unsafe filterResponse(bytes, flags: 1, from: 0)
    }
    withExtendedLifetime(body) {}
  }

  /// Forgets what there was of a response.
  func clearResponse(keepingAdded: Bool = false) {
    if let slab = responseBytesHead.release() {
      slab.clear()
      unsafe worker.slabs.give(slab)
    }
    responseFields.removeAll()
    // Fields that were added for a response that has begun already are not for the one that takes its place.
    if !keepingAdded || responseState != .none { responseEdits.removeAll() }
    if let body = localBody {
      localBody = nil
      unsafe worker.buffers.give(body)
    }
    wholeResponse?.removeAll()
  }
}
