import Glibc
import HTTP

/// The head of the upstream request: the client's fields but for those of its connection, and ours.
extension Exchange {
  /// Writes the head into the worker's scratch; it goes out with the first piece of content.
  func writeRequestHead() {
    let out = unsafe worker.scratch
    out.removeAll()
    attempt.headPending = true
    if let methodOverride { out.append(methodOverride) } else { unsafe out.append(requestBytes.view(head.methodRange)) }
    out.append(byte: UInt8(ascii: " "))
    if upstreamURI.isEmpty { out.append("/") } else { out.append(upstreamURI) }
    out.append(" HTTP/1.1\r\nHost: ")
    if let own = upstreamEdits.last(.host) {
      // A plugin has set it. One request has one Host field (RFC 9112 §3.2).
      unsafe out.append(upstreamEdits.value(own))
    } else if entry?.route.preserveHost == true, targetOverride == nil, unsafe hostText.count > 0 {
      unsafe out.append(hostText)
    } else {
      out.append(attempt.hostField)
    }
    out.append("\r\n")
    writeClientFields(to: out)
    for field in upstreamEdits.added where !field.isRemoved && field.known != .host {
      unsafe out.append(upstreamEdits.name(field))
      out.append(": ")
      unsafe out.append(upstreamEdits.value(field))
      out.append("\r\n")
    }
    writeForwardedFields(to: out)
    if isUpgrade {
      out.append("Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n")
    } else {
      out.append("Connection: keep-alive\r\n")
    }
    if head.acceptsTrailers { out.append("TE: trailers\r\n") }
    writeRequestFraming(to: out)
    out.append("\r\n")
  }

  /// Whether the client asks for a WebSocket; other protocols are not passed on.
  var isUpgrade: Bool {
    guard head.upgrade, let index = fields.first(.upgrade) else { return false }
    return unsafe FieldValue.equalsIgnoringCase(requestBytes.view(fields[index].value), "websocket")
  }

  /// Copies runs of lines that stay as they are in one go.
  private func writeClientFields(to out: ByteBuffer) {
    let bytes = unsafe requestBytes.bytes
    let edited = !upstreamEdits.isEmpty
    let trusted = unsafe client.isTrusted
    var runStart = -1
    var runEnd = -1
    func endRun() {
      guard runStart >= 0 else { return }
      unsafe out.append(UnsafeRawBufferPointer(rebasing: bytes[runStart..<runEnd]))
      out.append("\r\n")
      runStart = -1
    }
    for index in 0..<fields.count {
      let line = fields[index]
      if isDropped(line, trusted: trusted) || (edited && upstreamEdits.isRemoved(line: index)) {
        endRun()
        continue
      }
      let start = Int(line.name.offset)
      let end = line.value.isEmpty ? -1 : Int(line.value.end)
      if end < 0 {
        // An empty value has no end to copy up to.
        endRun()
        unsafe out.append(requestBytes.view(line.name))
        out.append(":\r\n")
      } else if runStart >= 0, start == runEnd + 2 {
        runEnd = end
      } else {
        endRun()
        runStart = start
        runEnd = end
      }
    }
    endRun()
  }

  /// Fields of the client's connection, and those the gateway writes itself (RFC 9110 §7.6.1, kong.md §2.8).
  private func isDropped(_ line: FieldLine, trusted: Bool) -> Bool {
    switch line.known {
    case .other:
      return head.connectionListsOthers && isListedInConnection(line)
    case .host, .connection, .keepAlive, .proxyConnection, .proxy, .te, .transferEncoding, .contentLength, .upgrade,
      .expect, .via, .xForwardedFor, .xRealIP, .xKongRequestID:
      return true
    case .trailer:
      return false
    case .xForwardedHost, .xForwardedPort, .xForwardedProto, .xForwardedPath, .xForwardedPrefix:
      return !trusted
    default:
      return head.connectionListsOthers && isListedInConnection(line)
    }
  }

  private func isListedInConnection(_ line: FieldLine) -> Bool {
    unsafe head.isListedInConnection(requestBytes.view(line.name), fields: fields, bytes: requestBytes.bytes)
  }

  private func writeForwardedFields(to out: ByteBuffer) {
    out.append("Via: ")
    appendEarlier(.via, to: out)
    out.append(head.minorVersion == 0 ? "1.0 " : "1.1 ")
    unsafe out.append(worker.product)
    out.append("\r\nX-Forwarded-For: ")
    appendEarlier(.xForwardedFor, to: out)
    unsafe out.append(client.peerText)
    let trusted = unsafe client.isTrusted
    let hasEarlier = { (name: FieldName) in trusted && self.fields.first(name) != nil }
    if !hasEarlier(.xForwardedProto) {
      unsafe out.append(client.listener.isTLS ? "\r\nX-Forwarded-Proto: https" : "\r\nX-Forwarded-Proto: http")
    }
    let host = unsafe head.authority.isEmpty ? requestBytes.view(head.hostName) : requestBytes.view(head.authorityHost)
    if host.count > 0, !hasEarlier(.xForwardedHost) {
      out.append("\r\nX-Forwarded-Host: ")
      unsafe out.append(host)
    }
    if !hasEarlier(.xForwardedPort) {
      out.append("\r\nX-Forwarded-Port: ")
      unsafe out.append(decimal: UInt64(client.listener.port))
    }
    if !hasEarlier(.xForwardedPath) {
      out.append("\r\nX-Forwarded-Path: ")
      let path = unsafe requestBytes.view(head.path)
      if path.count > 0 { unsafe out.append(path) } else { out.append("/") }
    }
    writeForwardedPrefix(to: out, skip: hasEarlier(.xForwardedPrefix))
    out.append("\r\nX-Real-IP: ")
    unsafe out.append(client.peerText)
    out.append("\r\nX-Kong-Request-Id: ")
    requestIdentifier.append(to: out)
    out.append("\r\n")
  }

  /// The matched prefix, unless it is `/` or nothing was stripped.
  private func writeForwardedPrefix(to out: ByteBuffer, skip: Bool) {
    guard !skip, let entry, entry.route.stripPath, match.pathCriterionMatched, match.matchedPrefixLength > 1 else {
      return
    }
    out.append("\r\nX-Forwarded-Prefix: ")
    unsafe withPath { path in
      unsafe out.append(UnsafeRawBufferPointer(rebasing: path.prefix(match.matchedPrefixLength)))
    }
  }

  /// Values of a field that the client sent, followed by a comma: ours goes behind them.
  private func appendEarlier(_ name: FieldName, to out: ByteBuffer) {
    guard var index = fields.first(name) else { return }
    while true {
      unsafe out.append(requestBytes.view(fields[index].value))
      out.append(", ")
      guard let next = fields.index(of: name, from: index + 1) else { return }
      index = next
    }
  }

  private func writeRequestFraming(to out: ByteBuffer) {
    attempt.isChunked = false
    attempt.contentLeft = 0
    if let wholeBody {
      // A body that was there, or that a plugin made, has a length; a GET without one stays without.
      attempt.contentLeft = UInt64(wholeBody.count)
      if wholeBody.count > 0 || requestHasBody || head.body != .none {
        out.append("Content-Length: ")
        out.append(decimal: wholeBody.count)
        out.append("\r\n")
      }
      return
    }
    switch head.body {
    case .length(let length) where !chain.changesRequestBody || length == 0:
      attempt.contentLeft = length
      out.append("Content-Length: ")
      out.append(decimal: length)
      out.append("\r\n")
    case .length, .chunked:
      attempt.isChunked = true
      out.append("Transfer-Encoding: chunked\r\n")
    case .none, .untilClose: break
    }
  }

  /// Sends content, with the head before it if that waits.
  func sendUpstream(_ piece: UnsafeRawBufferPointer, last: Bool) {
    guard let upstream else { return }
    var piece = unsafe piece
    let out = unsafe worker.scratch
    if !attempt.headPending { out.removeAll() }
    attempt.headPending = false
    var tail = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    if attempt.isChunked {
      if piece.count > 0 {
        out.append(hexadecimal: UInt64(piece.count))
        out.append("\r\n")
      }
      let end = unsafe worker.tailScratch
      end.removeAll()
      if piece.count > 0 { end.append("\r\n") }
      if last {
        end.append("0\r\n")
        // As they came (RFC 9112 §7.1.2); not when plugins made another body.
        if let requestDecoder, case .chunked = head.body, !chain.changesRequestBody {
          Self.appendTrailers(of: requestDecoder.chunks, to: end)
        }
        end.append("\r\n")
      }
      unsafe tail = unsafe end.bytes
    } else {
      if UInt64(piece.count) > attempt.contentLeft {
        // The upstream would take it for the next request.
        unsafe worker.plugins.misbehaved("emitted content for a request that has no body", id)
        unsafe piece = unsafe UnsafeRawBufferPointer(rebasing: piece[..<Int(attempt.contentLeft)])
      }
      attempt.contentLeft &-= UInt64(piece.count)
    }
    requestBodySent &+= UInt64(piece.count)
    if attempt.sentBody != nil { unsafe keepSentBody(piece, last: last) }
    if last {
      attempt.bodyIsSent = true
      requestState = .complete
      // From here on it is the upstream that is waited for.
      if unsafe !client.hasPendingOutput { unsafe client.deadline.clear() }
    }
    let wasPending = upstream.hasPendingOutput
    switch unsafe upstream.send(out.bytes, piece, tail) {
    case .sent:
      if last { upstream.deadline.set(milliseconds: attempt.timeouts.read) }
    case .pending:
      if !wasPending { upstream.deadline.set(milliseconds: attempt.timeouts.write) }
    case .failed:
      // It may have answered before it closed: that is read first.
      requestState = .complete
      keepAlive = keepAlive && !requestHasBody
      upstream.mayRead = true
      upstream.sawWriteFailure = true
      pumpResponse()
    }
  }

  func sendUpstreamHeadIfPending() {
    guard attempt.headPending else { return }
    unsafe sendUpstream(UnsafeRawBufferPointer(start: nil, count: 0), last: false)
  }
}
