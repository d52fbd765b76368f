import CToriiPlugin
import EventLoop
import Glibc
import HTTP
import PluginHost

/// The response's head: from the upstream, through header_filter, to the client.
extension Exchange {
  /// Goes on with the response for as long as there is something to read and the client keeps up.
  func pumpResponse() {
    while let upstream, unsafe !client.hasPendingOutput, !pause.isPaused, !isFinished {
      switch responseState {
      case .awaitingHead:
        if let slab = upstream.input, !slab.isEmpty {
          switch unsafe responseParser.parse(slab.readable, fields: responseFields) {
          case .complete(let length):
            responseHeadComplete(slab, length)
            continue
          case .failed(let error):
            failureText = "malformed response: \(error.reason)"
            unsafe worker.log(
              .error, "upstream \(upstream.target.host):\(upstream.target.port): malformed response: \(error.reason)")
            dropUpstream()
            upstreamEndTime = unsafe worker.loop.now
            if let last = tries.indices.last { tries[last].code = 502 }
            respondWithError(
              status: 502, message: "An invalid response was received from the upstream server", proxied: true)
            return
          case .needMore:
            if slab.space == 0 {
              if slab.start > 0 {
                slab.compact()
              } else {
                failureText = "response head too large"
                dropUpstream()
                respondWithError(
                  status: 502, message: "An invalid response was received from the upstream server", proxied: true)
                return
              }
            }
          }
        }
        guard upstream.mayRead else { return }
        switch upstream.fill() {
        case .filled: upstream.deadline.set(milliseconds: attempt.timeouts.read)
        case .nothing: return
        case .end:
          retryOrFail(.closed)
          return
        case .failed(let code):
          retryOrFail(.broken(code))
          return
        }
      case .streaming:
        guard pumpResponseBody(upstream) else { return }
      case .tunnel:
        pumpTunnel()
        return
      case .none, .headerFilter, .complete: return
      }
    }
  }

  private func responseHeadComplete(_ slab: Slab, _ length: Int) {
    let parsed = responseParser.head
    if parsed.status == 101, !isUpgrade {
      // Nobody asked for another protocol: what follows would be read as something it is not.
      failureText = "101 without a request to switch protocols"
      unsafe worker.log(.error, "upstream \(attempt.target?.host ?? "?"): \(failureText ?? "")")
      dropUpstream()
      upstreamEndTime = unsafe worker.loop.now
      if let last = tries.indices.last { tries[last].code = 502 }
      respondWithError(
        status: 502, message: "An invalid response was received from the upstream server", proxied: true)
      return
    }
    if parsed.isInterim {
      forwardInterim(slab, length, status: parsed.status)
      responseParser.reset(requestMethodIsHEAD: upstreamMethodIs("HEAD"), requestIsCONNECT: false)
      return
    }
    // It is not sent again: a stream that waits holds nothing of what was asked.
    forgetSentBody()
    if requestState == .complete { release(&wholeBody) }
    upstream?.input = nil
    responseBytesHead.take(slab, length: length)
    responseHead = parsed
    upstreamHeadTime = unsafe worker.loop.now
    upstreamStatus = parsed.status
    responseStatus = parsed.status
    source = .service
    switch parsed.body {
    case .length(let count): responseRemaining = count
    case .chunked: responseDecoder.reset()
    // What follows a 101 is no content, and it has not ended.
    case .none: upstreamResponseEnded = parsed.status != 101
    case .untilClose: break
    }
    if case .length(0) = parsed.body { upstreamResponseEnded = true }
    responseState = .headerFilter
    runHeaderFilter(from: 0)
  }

  /// 1xx responses other than 101 go to clients that know them (RFC 9110 §15.2). 100 has been said already.
  private func forwardInterim(_ slab: Slab, _ length: Int, status: UInt16) {
    if status != 100, head.minorVersion >= 1 {
      let out = unsafe worker.scratch
      out.removeAll()
      out.append("HTTP/1.1 ")
      out.append(decimal: UInt64(status))
      out.append(" ")
      out.append(StatusCode.reason(status))
      out.append("\r\n")
      let bytes = unsafe slab.readable
      for index in 0..<responseFields.count {
        let line = responseFields[index]
        guard !Self.isConnectionField(line.known) else { continue }
        unsafe out.append(UnsafeRawBufferPointer(rebasing: bytes[Int(line.name.offset)..<Int(line.name.end)]))
        out.append(": ")
        unsafe out.append(UnsafeRawBufferPointer(rebasing: bytes[Int(line.value.offset)..<Int(line.value.end)]))
        out.append("\r\n")
      }
      out.append("\r\n")
      _ = unsafe client.send(out.bytes)
    }
    slab.consumed(length)
  }

  // MARK: header_filter

  func runHeaderFilter(from start: Int) {
    headerFilterRan = true
    var index = start
    while index < chain.headerFilter.count {
      let link = chain.headerFilter[index]
      dropStaged()
      again.link = link.position
      let action = unsafe link.instance.call(TORII_PHASE_HEADER_FILTER, self, state: state(of: link))
      let isAgain = takeSendAgain(action)
      emitLink = -1
      switch action {
      case TORII_SEND_AGAIN where isAgain:
        sendRequestAgain()
        return
      case TORII_CONTINUE: index &+= 1
      case TORII_PAUSE:
        pauseNow(.headerFilter, link: link, next: index &+ 1)
        return
      case TORII_RESPOND:
        respondFromPlugin(link)
        return
      default:
        pluginFailed(link, TORII_PHASE_HEADER_FILTER, action)
        return
      }
    }
    headerFilterDone()
  }

  /// Whether the upstream has switched protocols and no plugin answered in its place.
  var isSwitchingProtocols: Bool { source == .service && upstreamStatus == 101 }

  func headerFilterDone() {
    if isSwitchingProtocols {
      beginTunnel()
      return
    }
    responseState = .streaming
    if source != .service {
      sendLocalBody()
      return
    }
    if upstreamResponseEnded {
      unsafe deliver(UnsafeRawBufferPointer(start: nil, count: 0), last: true)
    } else if chain.bodyFilter.isEmpty, responseBytesHead.leftover?.isEmpty ?? true, upstream?.mayRead != true {
      // Nothing of the body is there: the head goes out alone, at once.
      unsafe sendResponse(UnsafeRawBufferPointer(start: nil, count: 0), last: false)
    } else if !chain.changesResponseBody, responseBytesHead.leftover?.isEmpty ?? true {
      unsafe sendResponse(UnsafeRawBufferPointer(start: nil, count: 0), last: false)
    }
    // The loop in pumpResponse goes on with the body.
  }

  /// Fields that belong to one connection and are not passed on (RFC 9110 §7.6.1).
  static func isConnectionField(_ name: FieldName) -> Bool {
    switch name {
    case .connection, .keepAlive, .proxyConnection, .te, .transferEncoding, .contentLength, .upgrade, .trailer: true
    default: false
    }
  }

  // MARK: Writing the head

  /// Decides how the client will find the end of the body and writes the head.
  /// - Parameter wholeLength: the length of all content, when it is known.
  func writeResponseHead(to out: ByteBuffer, wholeLength: Int?) {
    // No further request would be taken.
    if unsafe worker.isDraining { keepAlive = false }
    let noContent = responseStatus == 204 || responseStatus == 304 || (responseStatus >= 100 && responseStatus < 200)
    decideFraming(wholeLength: wholeLength, noContent: noContent)
    out.append("HTTP/1.1 ")
    out.append(decimal: UInt64(responseStatus))
    out.append(" ")
    if source == .service, responseStatus == upstreamStatus, !responseHead.reason.isEmpty {
      unsafe out.append(responseBytesHead.view(responseHead.reason))
    } else {
      out.append(StatusCode.reason(responseStatus))
    }
    out.append("\r\n")
    if source == .service { writeUpstreamFields(to: out) }
    for field in responseEdits.added where !field.isRemoved {
      unsafe out.append(responseEdits.name(field))
      out.append(": ")
      unsafe out.append(responseEdits.value(field))
      out.append("\r\n")
    }
    writeGatewayFields(to: out)
    switch responseFraming {
    case .length(let length):
      if !noContent || responseStatus == 304 {
        out.append("Content-Length: ")
        out.append(decimal: length)
        out.append("\r\n")
      }
    case .chunked: out.append("Transfer-Encoding: chunked\r\n")
    case .untilClose: keepAlive = false
    case .none: break
    }
    if isSwitchingProtocols {
      // Which protocol it is from here on (RFC 9110 §7.8, §15.2.2).
      var next = responseFields.first(.upgrade)
      while let index = next {
        out.append("Upgrade: ")
        unsafe out.append(responseBytesHead.view(responseFields[index].value))
        out.append("\r\n")
        next = responseFields.index(of: .upgrade, from: index + 1)
      }
      out.append("Connection: Upgrade\r\n\r\n")
      return
    }
    out.append(keepAlive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n")
  }

  private func decideFraming(wholeLength: Int?, noContent: Bool) {
    let streamed: BodyFraming = head.minorVersion >= 1 ? .chunked : .untilClose
    if noContent {
      responseFraming = .none
      if responseStatus == 304, source == .service, let length = upstreamContentLength {
        responseFraming = .length(length)
      }
      return
    }
    if head.method == .head {
      // What GET would have been told (RFC 9110 §9.3.2).
      responseFraming = .none
      if source == .service {
        if let length = upstreamContentLength, !chain.changesResponseBody { responseFraming = .length(length) }
      } else if let wholeLength {
        responseFraming = .length(UInt64(wholeLength))
      }
      return
    }
    if let wholeLength {
      responseFraming = .length(UInt64(wholeLength))
    } else if source == .service, !chain.changesResponseBody, case .length(let length) = responseHead.body {
      responseFraming = .length(length)
    } else if source == .service, case .none = responseHead.body {
      responseFraming = .length(0)
    } else {
      responseFraming = streamed
    }
  }

  private var upstreamContentLength: UInt64? {
    guard let index = responseFields.first(.contentLength) else { return nil }
    var value: UInt64 = 0
    var rest = unsafe responseBytesHead.view(responseFields[index].value).makeIterator()
    while let byte = unsafe rest.next() {
      guard byte >= 48, byte <= 57, value < UInt64.max / 16 else { return nil }
      value = value * 10 + UInt64(byte - 48)
    }
    return value
  }

  private func writeUpstreamFields(to out: ByteBuffer) {
    let bytes = unsafe responseBytesHead.bytes
    let edited = !responseEdits.isEmpty
    var runStart = -1
    var runEnd = -1
    func endRun() {
      guard runStart >= 0 else { return }
      unsafe out.append(UnsafeRawBufferPointer(rebasing: bytes[runStart..<runEnd]))
      out.append("\r\n")
      runStart = -1
    }
    for index in 0..<responseFields.count {
      let line = responseFields[index]
      if isDropped(line) || (edited && responseEdits.isRemoved(line: index)) {
        endRun()
        continue
      }
      let start = Int(line.name.offset)
      if line.value.isEmpty {
        endRun()
        unsafe out.append(responseBytesHead.view(line.name))
        out.append(":\r\n")
      } else if runStart >= 0, start == runEnd + 2 {
        runEnd = Int(line.value.end)
      } else {
        endRun()
        runStart = start
        runEnd = Int(line.value.end)
      }
    }
    endRun()
  }

  private func isDropped(_ line: FieldLine) -> Bool {
    switch line.known {
    case .trailer where responseFramingIsChunked: return false
    case let name where Self.isConnectionField(name): return true
    case .via, .xKongRequestID, .xKongProxyLatency, .xKongUpstreamLatency, .xKongResponseLatency: return true
    default:
      return unsafe responseHead.connectionListsOthers
        && responseHead.isListedInConnection(
          responseBytesHead.view(line.name), fields: responseFields, bytes: responseBytesHead.bytes)
    }
  }

  private var responseFramingIsChunked: Bool { if case .chunked = responseFraming { true } else { false } }

  /// Via, Server, Date, the latencies and the request's id (kong.md §2.9).
  private func writeGatewayFields(to out: ByteBuffer) {
    let isProxied = source == .service || wasProxied
    if isProxied {
      out.append("Via: ")
      if source == .service {
        var next = responseFields.first(.via)
        while let index = next {
          unsafe out.append(responseBytesHead.view(responseFields[index].value))
          out.append(", ")
          next = responseFields.index(of: .via, from: index + 1)
        }
      }
      out.append("1.1 ")
      unsafe out.append(worker.product)
      out.append("\r\n")
    }
    if source != .service || responseFields.first(.server) == nil, responseEdits.last(.server) == nil {
      out.append("Server: ")
      unsafe out.append(worker.product)
      out.append("\r\n")
    }
    if source != .service, responseEdits.last(.date) == nil {
      out.append("Date: ")
      unsafe out.append(worker.dateText)
      out.append("\r\n")
    }
    let now = unsafe worker.loop.now
    if isProxied {
      let answered = upstreamHeadTime > 0 ? upstreamHeadTime : now
      out.append("X-Kong-Upstream-Latency: ")
      out.append(decimal: Self.milliseconds(from: upstreamStartTime, to: answered))
      out.append("\r\nX-Kong-Proxy-Latency: ")
      out.append(decimal: Self.milliseconds(from: startTime, to: upstreamStartTime))
    } else {
      out.append("X-Kong-Response-Latency: ")
      out.append(decimal: Self.milliseconds(from: startTime, to: now))
    }
    out.append("\r\nX-Kong-Request-Id: ")
    requestIdentifier.append(to: out)
    out.append("\r\n")
  }

  static func milliseconds(from start: UInt64, to end: UInt64) -> UInt64 {
    end > start ? (end - start) / 1_000_000 : 0
  }
}
