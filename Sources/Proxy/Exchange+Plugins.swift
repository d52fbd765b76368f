import CToriiPlugin
import Configuration
import EventLoop
import Glibc
import HTTP
import JSON
import PluginHost

/// A link of a chain, as the exchange's steps name it.
typealias PluginHostLink = PluginChain.Link

/// What plugins can ask of the request and do to it: the interfaces of `torii/plugin.h` §4.
extension Exchange: HostedRequest {
  var routeIdentifier: IdentifierWords { entry?.identifier ?? .none }

  private static func isMap(_ map: UInt32) -> Bool {
    map >= UInt32(TORII_HEADERS_REQUEST) && map <= UInt32(TORII_HEADERS_CALLOUT)
  }

  private func slice(_ bytes: UnsafeRawBufferPointer) -> torii_slice { unsafe torii_slice(viewing: bytes) }

  private func slice(_ text: [UInt8]) -> torii_slice {
    // The array belongs to the generation or to the exchange and is not changed while a callback runs.
    unsafe text.withUnsafeBytes { unsafe slice($0) }
  }

  func header(
    _ map: UInt32, _ name: UnsafeRawBufferPointer, _ index: UInt32, _ value: inout torii_slice
  ) -> torii_status {
    if Int32(truncatingIfNeeded: map) == TORII_HEADERS_CALLOUT {
      guard let callout = unsafe worker.currentCallout, callout.requestID == id else { return TORII_E_PHASE }
      return unsafe callout.header(name, Int(index), &value)
    }
    guard Self.isMap(map) else { return TORII_E_INVALID }
    let wanted = unsafe WantedName(name)
    let found: UnsafeRawBufferPointer?
    switch Int32(truncatingIfNeeded: map) {
    case TORII_HEADERS_REQUEST: unsafe found = unsafe requestValue(wanted, Int(index))
    case TORII_HEADERS_UPSTREAM: unsafe found = unsafe upstreamEdits.value(wanted, Int(index), in: requestLines)
    case TORII_HEADERS_RESPONSE where responseState != .none:
      unsafe found = unsafe responseEdits.value(wanted, Int(index), in: responseLines)
    default: return TORII_E_PHASE
    }
    guard let found = unsafe found else { return TORII_E_NOT_FOUND }
    unsafe value = unsafe slice(found)
    return TORII_OK
  }

  func header(
    _ map: UInt32, at position: UInt32, _ name: inout torii_slice, _ value: inout torii_slice
  ) -> torii_status {
    if Int32(truncatingIfNeeded: map) == TORII_HEADERS_CALLOUT {
      guard let callout = unsafe worker.currentCallout, callout.requestID == id else { return TORII_E_PHASE }
      return unsafe callout.header(at: position, &name, &value)
    }
    guard Self.isMap(map) else { return TORII_E_INVALID }
    switch Int32(truncatingIfNeeded: map) {
    case TORII_HEADERS_REQUEST:
      var none = FieldEdits()
      return unsafe none.line(at: position, in: requestLines, &name, &value)
    case TORII_HEADERS_UPSTREAM: return unsafe upstreamEdits.line(at: position, in: requestLines, &name, &value)
    case TORII_HEADERS_RESPONSE where responseState != .none:
      return unsafe responseEdits.line(at: position, in: responseLines, &name, &value)
    default: return TORII_E_PHASE
    }
  }

  /// Which edits a map stands for, if it may be changed now.
  private func mayEdit(_ map: UInt32) -> torii_status {
    switch Int32(truncatingIfNeeded: map) {
    case TORII_HEADERS_UPSTREAM:
      // In access, while the body is collected, and while it is shown whole.
      let isOpen = requestState == .access || requestState == .collecting || requestState == .awaitingUpstream
      let isFirst = isOpen && upstreamStartTime == 0
      return (isFirst || again.isBegun) && !isFinished ? TORII_OK : TORII_E_PHASE
    case TORII_HEADERS_RESPONSE:
      if headSent { return TORII_E_SENT }
      return isFinished
        ? TORII_E_PHASE : responseState == .headerFilter || responseState == .streaming ? TORII_OK : TORII_E_PHASE
    case TORII_HEADERS_REQUEST, TORII_HEADERS_CALLOUT: return TORII_E_PHASE
    default: return TORII_E_INVALID
    }
  }

  func setHeader(
    _ map: UInt32, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, replace: Bool
  ) -> torii_status {
    let allowed = mayEdit(map)
    guard allowed == TORII_OK else { return allowed }
    guard unsafe FieldValue.isValidName(name), unsafe FieldValue.isValidValue(value),
      unsafe !Self.isConnectionField(FieldName.lookup(name))
    else {
      unsafe worker.plugins.misbehaved("set a header field that is malformed or the host's own", id)
      return TORII_E_INVALID
    }
    let isRequest = Int32(truncatingIfNeeded: map) == TORII_HEADERS_UPSTREAM
    guard (isRequest ? upstreamEdits.addedBytes : responseEdits.addedBytes) + name.count + value.count <= 65536 else {
      return TORII_E_LIMIT
    }
    if replace { _ = unsafe removeAll(isRequest, name) }
    if isRequest { unsafe upstreamEdits.add(name, value) } else { unsafe responseEdits.add(name, value) }
    return TORII_OK
  }

  func removeHeader(_ map: UInt32, _ name: UnsafeRawBufferPointer) -> torii_status {
    let allowed = mayEdit(map)
    guard allowed == TORII_OK else { return allowed }
    guard unsafe !Self.isConnectionField(FieldName.lookup(name)) else {
      unsafe worker.plugins.misbehaved("removed a header field that is the host's own", id)
      return TORII_E_INVALID
    }
    return unsafe removeAll(Int32(truncatingIfNeeded: map) == TORII_HEADERS_UPSTREAM, name)
      ? TORII_OK : TORII_E_NOT_FOUND
  }

  private func removeAll(_ isRequest: Bool, _ name: UnsafeRawBufferPointer) -> Bool {
    let wanted = unsafe WantedName(name)
    return isRequest
      ? upstreamEdits.remove(wanted, in: requestLines) : responseEdits.remove(wanted, in: responseLines)
  }

  // MARK: torii.request/1

  func text(_ attribute: Int32, _ value: inout torii_slice) -> torii_status {
    switch attribute {
    case TORII_TEXT_METHOD: unsafe value = unsafe slice(requestBytes.view(head.methodRange))
    case TORII_TEXT_SCHEME: unsafe value = unsafe client.listener.isTLS ? slice("https") : slice("http")
    case TORII_TEXT_HOST: unsafe value = unsafe slice(hostText)
    case TORII_TEXT_TARGET: unsafe value = unsafe slice(requestBytes.view(head.target))
    case TORII_TEXT_PATH: unsafe value = unsafe slice(requestBytes.view(head.path))
    case TORII_TEXT_QUERY: unsafe value = unsafe slice(requestBytes.view(head.query))
    case TORII_TEXT_VERSION: unsafe value = unsafe head.minorVersion == 0 ? slice("1.0") : slice("1.1")
    case TORII_TEXT_CLIENT_ADDRESS: unsafe value = unsafe slice(client.peerText)
    case TORII_TEXT_REQUEST_ID:
      let buffer = idText ?? ByteBuffer(capacity: 64)
      idText = buffer
      buffer.removeAll()
      requestIdentifier.append(to: buffer)
      unsafe value = unsafe slice(buffer.bytes)
    case TORII_TEXT_ROUTE_ID: unsafe value = unsafe slice(entry?.routeID ?? [])
    case TORII_TEXT_ROUTE_NAME: unsafe value = unsafe slice(entry?.routeName ?? [])
    case TORII_TEXT_SERVICE_ID: unsafe value = unsafe slice(entry?.service?.id ?? [])
    case TORII_TEXT_SERVICE_NAME: unsafe value = unsafe slice(entry?.service?.name ?? [])
    case TORII_TEXT_MATCHED_PATH:
      unsafe value = unsafe withPath { path in
        unsafe slice(
          UnsafeRawBufferPointer(rebasing: path.prefix(match.pathCriterionMatched ? match.matchedPrefixLength : 0)))
      }
    case TORII_TEXT_UPSTREAM_URI: unsafe value = unsafe slice(upstreamURI)
    default: return TORII_E_NOT_FOUND
    }
    return TORII_OK
  }

  private func slice(_ text: StaticString) -> torii_slice {
    unsafe slice(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  func number(_ attribute: Int32, _ value: inout Int64) -> torii_status {
    switch attribute {
    case TORII_NUMBER_CLIENT_PORT: value = unsafe Int64(client.peer.port)
    case TORII_NUMBER_LISTENER_PORT: value = unsafe Int64(client.listener.port)
    case TORII_NUMBER_STARTED_AT: value = Int64(clamping: startWall)
    case TORII_NUMBER_STARTED_TIME: value = Int64(clamping: startTime)
    case TORII_NUMBER_UPSTREAM_START_TIME: value = Int64(clamping: upstreamStartTime)
    case TORII_NUMBER_UPSTREAM_HEAD_TIME: value = Int64(clamping: upstreamHeadTime)
    case TORII_NUMBER_FINISHED_TIME: value = Int64(clamping: finishTime)
    case TORII_NUMBER_REQUEST_BYTES: value = Int64(clamping: receivedBytes)
    case TORII_NUMBER_RESPONSE_BYTES: value = Int64(clamping: responseBytes)
    case TORII_NUMBER_STATUS: value = Int64(responseStatus)
    case TORII_NUMBER_UPSTREAM_STATUS: value = Int64(upstreamStatus)
    case TORII_NUMBER_CLIENT_GONE: value = isClientGone ? 1 : 0
    case TORII_NUMBER_RESPONSE_COMPLETE: value = isComplete ? 1 : 0
    case TORII_NUMBER_HEAD_SENT: value = headSent ? 1 : 0
    default: return TORII_E_NOT_FOUND
    }
    return TORII_OK
  }

  func capture(_ name: UnsafeRawBufferPointer, _ value: inout torii_slice) -> torii_status {
    let text = unsafe String(decoding: name, as: UTF8.self)
    let index = match.uriCaptureNames.firstIndex { $0 == text } ?? Int(text) ?? -1
    guard index >= 0, index < match.uriCaptures.count, let range = match.uriCaptures[index] else {
      return TORII_E_NOT_FOUND
    }
    unsafe value = unsafe withPath { unsafe slice(UnsafeRawBufferPointer(rebasing: $0[range])) }
    return TORII_OK
  }

  // MARK: torii.upstream/1

  private var mayChangeUpstream: Bool { mayEdit(UInt32(TORII_HEADERS_UPSTREAM)) == TORII_OK }

  func setTarget(_ target: borrowing torii_target) -> torii_status {
    guard mayChangeUpstream else { return TORII_E_PHASE }
    let scheme = unsafe String(decoding: view(target.scheme), as: UTF8.self)
    let name = unsafe String(decoding: view(target.host), as: UTF8.self)
    guard scheme == "http" || scheme == "https", let host = HostField.host(Substring(name)), unsafe target.port <= 65535
    else { return TORII_E_INVALID }
    let isTLS = scheme == "https"
    let port = unsafe target.port == 0 ? (isTLS ? 443 : 80) : Int(target.port)
    let service = entry?.service?.timeouts ?? UpstreamTimeouts()
    targetOverride = unsafe TargetOverride(
      key: UpstreamTarget.Key(
        isTLS: isTLS, host: host, port: UInt16(truncatingIfNeeded: port),
        verification: UpstreamVerification(verify: worker.settings.upstreamTLSVerify)),
      hostField: HostField.text(host: host, port: port, isTLS: isTLS),
      timeouts: UpstreamTimeouts(
        connect: target.connect_timeout == 0 ? service.connect : Int(target.connect_timeout),
        write: target.write_timeout == 0 ? service.write : Int(target.write_timeout),
        read: target.read_timeout == 0 ? service.read : Int(target.read_timeout)))
    return TORII_OK
  }

  private func view(_ slice: torii_slice) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: slice.data, count: slice.data == nil ? 0 : slice.size)
  }

  func setPath(_ path: UnsafeRawBufferPointer) -> torii_status {
    guard mayChangeUpstream else { return TORII_E_PHASE }
    guard unsafe path.first == UInt8(ascii: "/"), unsafe Self.isTargetText(path),
      unsafe !path.contains(UInt8(ascii: "?"))
    else {
      return TORII_E_INVALID
    }
    pathOverride = unsafe Array(path)
    return TORII_OK
  }

  func setQuery(_ query: UnsafeRawBufferPointer) -> torii_status {
    guard mayChangeUpstream else { return TORII_E_PHASE }
    guard unsafe Self.isTargetText(query) else { return TORII_E_INVALID }
    queryOverride = unsafe Array(query)
    return TORII_OK
  }

  func setMethod(_ method: UnsafeRawBufferPointer) -> torii_status {
    guard mayChangeUpstream else { return TORII_E_PHASE }
    guard unsafe FieldValue.isValidName(method) else { return TORII_E_INVALID }
    methodOverride = unsafe Array(method)
    return TORII_OK
  }

  /// Nothing that would end the request line or be read as a fragment.
  private static func isTargetText(_ text: UnsafeRawBufferPointer) -> Bool {
    unsafe text.count <= 8192 && text.allSatisfy { $0 > 32 && $0 != 127 && $0 != UInt8(ascii: "#") }
  }

  // MARK: torii.flow/1, torii.body/1

  func respond(_ response: borrowing torii_response) -> torii_status {
    guard !isFinished else { return TORII_E_PHASE }
    guard !headSent else {
      unsafe worker.plugins.misbehaved("responded after the response head was sent", id)
      return TORII_E_SENT
    }
    guard unsafe response.status >= 200, unsafe response.status <= 599, unsafe response.header_count <= 200 else {
      return TORII_E_INVALID
    }
    let headers = unsafe UnsafeBufferPointer(start: response.headers, count: Int(response.header_count))
    var list = unsafe headers.makeIterator()
    var size = 0
    while let header = unsafe list.next() {
      unsafe size += header.name.size + header.value.size
      guard size <= 1 << 20 else { return TORII_E_LIMIT }
      guard unsafe FieldValue.isValidName(view(header.name)), unsafe FieldValue.isValidValue(view(header.value)) else {
        unsafe worker.plugins.misbehaved("responded with a malformed header field", id)
        return TORII_E_INVALID
      }
    }
    // Nothing of the present response is touched before the callback has said that this one takes its place: what the
    // plugin gives may be views of it.
    dropStaged()
    var edits = FieldEdits()
    unsafe list = unsafe headers.makeIterator()
    while let header = unsafe list.next() {
      guard unsafe !Self.isConnectionField(FieldName.lookup(view(header.name))) else { continue }
      unsafe edits.add(view(header.name), view(header.value))
    }
    let body = unsafe worker.buffers.take()
    unsafe body.append(view(response.body))
    staged = unsafe StagedResponse(status: UInt16(truncatingIfNeeded: response.status), edits: edits, body: body)
    return TORII_OK
  }

  func setStatus(_ status: UInt32) -> torii_status {
    guard !headSent else { return TORII_E_SENT }
    guard !isFinished, responseState == .headerFilter || responseState == .streaming else { return TORII_E_PHASE }
    // A connection that has another protocol from here on can't be given another status.
    guard status >= 200, status <= 599, !isSwitchingProtocols else { return TORII_E_INVALID }
    responseStatus = UInt16(truncatingIfNeeded: status)
    return TORII_OK
  }

  func emit(_ instance: torii_instance_id, _ bytes: UnsafeRawBufferPointer) -> torii_status {
    guard emitLink >= 0, let link = chain.link(of: instance), link.position == emitLink else { return TORII_E_PHASE }
    let buffer = unsafe emitBuffer ?? worker.buffers.take(expecting: bytes.count)
    emitBuffer = buffer
    if !emittedAny { buffer.removeAll() }
    emittedAny = true
    let limit = unsafe worker.settings.wholeBodyLimit
    guard UInt64(bytes.count) <= limit, UInt64(buffer.count) <= limit - UInt64(bytes.count) else {
      return TORII_E_LIMIT
    }
    unsafe buffer.append(bytes)
    return TORII_OK
  }

  // MARK: torii.log/1

  func setLogValue(_ key: UnsafeRawBufferPointer, _ json: UnsafeRawBufferPointer) -> torii_status {
    guard key.count > 0, key.count <= 256 else { return TORII_E_INVALID }
    return unsafe logValues.set(key, json, worker.json) ? TORII_OK : TORII_E_INVALID
  }

  func redact(_ headerName: UnsafeRawBufferPointer) -> torii_status {
    guard unsafe FieldValue.isValidName(headerName) else { return TORII_E_INVALID }
    guard redactedHeaders.count < 64 else { return TORII_E_LIMIT }
    unsafe redactedHeaders.append(Array(headerName))
    return TORII_OK
  }

  func logRecord(_ record: inout torii_slice) -> torii_status {
    guard isFinished else { return TORII_E_PHASE }
    if logText == nil {
      let buffer = unsafe worker.buffers.take()
      LogRecord.write(self, to: buffer)
      logText = buffer
    }
    if let logText { unsafe record = slice(logText.bytes) }
    return TORII_OK
  }
}

extension torii_slice {
  /// A view of bytes: valid as long as they are.
  init(viewing bytes: UnsafeRawBufferPointer) {
    unsafe self.init(data: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), size: bytes.count)
  }
}
