import CToriiPlugin

/// `torii.headers/1`, `torii.request/1`, `torii.upstream/1`.
extension ScriptedHost {
  /// Checks a field that a plugin sets.
  private func checkField(_ name: [UInt8], _ value: [UInt8], _ function: String) -> torii_status {
    if !FieldRules.isToken(name) || !FieldRules.isValue(value) {
      violate(
        .injection, "\(function) was given the field \(JSONText.quoted(shown(name))): \(JSONText.quoted(shown(value)))")
      return TORII_E_INVALID
    }
    if FieldRules.isFraming(name) {
      violate(.framing, "\(function) was given \(shown(name)), which is the host's")
      return TORII_E_INVALID
    }
    return TORII_OK
  }

  private func change(
    _ request: ScriptedRequest, _ map: UInt32, _ name: torii_slice, _ value: torii_slice, _ function: String,
    replaces: Bool
  ) -> torii_status {
    guard unsafe name.isWellFormed, unsafe value.isWellFormed else {
      violate(.argument, "\(function) was given a null slice with a size")
      return TORII_E_INVALID
    }
    let nameBytes = unsafe name.copied, valueBytes = unsafe value.copied
    let isValid = checkField(nameBytes, valueBytes, function)
    let allowed = request.mayEdit(map)
    if allowed == TORII_E_INVALID { violate(.argument, "\(function) was given the map \(map)") }
    note("\(function) \(map) \(shown(nameBytes))=\(shown(valueBytes)) \(allowed)")
    guard allowed == TORII_OK else { return allowed }
    guard isValid == TORII_OK else { return isValid }
    if replaces { _ = request.remove(map, nameBytes) }
    request.add(map, Field(Bytes(nameBytes), Bytes(valueBytes)))
    return TORII_OK
  }

  private func missingMap(_ map: UInt32, _ function: String) -> torii_status {
    guard map < 1 || map > 4 else { return TORII_E_PHASE }
    violate(.argument, "\(function) was given the map \(map)")
    return TORII_E_INVALID
  }

  static var headersTable: torii_headers_interface {
    unsafe torii_headers_interface(
      struct_size: UInt32(MemoryLayout<torii_headers_interface>.size), reserved: 0,
      get: { context, id, map, name, index, value in
        unsafe ScriptedHost.onRequest(context, id, "headers.get") { host, request in
          guard let value = unsafe value, unsafe name.isWellFormed else {
            host.violate(.argument, "headers.get was given a null pointer")
            return TORII_E_INVALID
          }
          guard let fields = request.fields(of: map) else { return host.missingMap(map, "headers.get") }
          let wanted = unsafe name.copied
          var left = index
          for field in fields where FieldRules.equal(field.name.array, wanted) {
            if left == 0 {
              unsafe value.pointee = unsafe host.view(field.value)
              return TORII_OK
            }
            left -= 1
          }
          return TORII_E_NOT_FOUND
        }
      },
      at: { context, id, map, position, name, value in
        unsafe ScriptedHost.onRequest(context, id, "headers.at") { host, request in
          guard let name = unsafe name, let value = unsafe value else {
            host.violate(.argument, "headers.at was given a null pointer")
            return TORII_E_INVALID
          }
          guard let fields = request.fields(of: map) else { return host.missingMap(map, "headers.at") }
          guard position < fields.count else { return TORII_E_NOT_FOUND }
          unsafe name.pointee = unsafe host.view(fields[Int(position)].name)
          unsafe value.pointee = unsafe host.view(fields[Int(position)].value)
          return TORII_OK
        }
      },
      set: { context, id, map, name, value in
        unsafe ScriptedHost.onRequest(context, id, "headers.set") {
          unsafe $0.change($1, map, name, value, "headers.set", replaces: true)
        }
      },
      add: { context, id, map, name, value in
        unsafe ScriptedHost.onRequest(context, id, "headers.add") {
          unsafe $0.change($1, map, name, value, "headers.add", replaces: false)
        }
      },
      remove: { context, id, map, name in
        unsafe ScriptedHost.onRequest(context, id, "headers.remove") { host, request in
          let wanted = unsafe name.copied
          let allowed = request.mayEdit(map)
          host.note("headers.remove \(map) \(shown(wanted)) \(allowed)")
          if allowed == TORII_E_INVALID { host.violate(.argument, "headers.remove was given the map \(map)") }
          guard allowed == TORII_OK else { return allowed }
          if FieldRules.isFraming(wanted) {
            host.violate(.framing, "headers.remove was given \(shown(wanted)), which is the host's")
            return TORII_E_INVALID
          }
          return request.remove(map, wanted) ? TORII_OK : TORII_E_NOT_FOUND
        }
      })
  }

  private static let names = ["", "method", "scheme", "host", "target", "path", "query", "version"]

  private func text(_ request: ScriptedRequest, _ attribute: UInt32) -> Bytes? {
    switch Int32(truncatingIfNeeded: attribute) {
    case TORII_TEXT_METHOD: request.script.method
    case TORII_TEXT_SCHEME: constants.scheme
    case TORII_TEXT_HOST: constants.host
    case TORII_TEXT_TARGET: request.script.target
    case TORII_TEXT_PATH: request.script.path
    case TORII_TEXT_QUERY: request.script.query
    case TORII_TEXT_VERSION: request.script.version
    case TORII_TEXT_CLIENT_ADDRESS: constants.address
    case TORII_TEXT_REQUEST_ID: request.script.identifier
    case TORII_TEXT_ROUTE_ID, TORII_TEXT_SERVICE_ID: constants.identifier
    case TORII_TEXT_ROUTE_NAME, TORII_TEXT_SERVICE_NAME: constants.name
    case TORII_TEXT_MATCHED_PATH: constants.matched
    case TORII_TEXT_UPSTREAM_URI: request.upstreamURI
    default: nil
    }
  }

  private func number(_ request: ScriptedRequest, _ attribute: UInt32) -> Int64? {
    switch Int32(truncatingIfNeeded: attribute) {
    case TORII_NUMBER_CLIENT_PORT: 54321
    case TORII_NUMBER_LISTENER_PORT: 8000
    case TORII_NUMBER_STARTED_AT: Int64(clamping: request.startedAt &+ wallOffset)
    case TORII_NUMBER_STARTED_TIME: Int64(clamping: request.startedAt)
    case TORII_NUMBER_UPSTREAM_START_TIME, TORII_NUMBER_UPSTREAM_HEAD_TIME:
      Int64(clamping: request.upstreamStartedAt)
    case TORII_NUMBER_FINISHED_TIME: Int64(clamping: request.finishedAt)
    case TORII_NUMBER_REQUEST_BYTES: Int64(100 + request.script.pieces.reduce(0) { $0 + $1.count })
    case TORII_NUMBER_RESPONSE_BYTES: Int64(100 + request.emittedBytes)
    case TORII_NUMBER_STATUS: Int64(request.status)
    case TORII_NUMBER_UPSTREAM_STATUS: Int64(request.upstreamStatus)
    case TORII_NUMBER_CLIENT_GONE: request.clientGone ? 1 : 0
    case TORII_NUMBER_RESPONSE_COMPLETE: request.isComplete ? 1 : 0
    case TORII_NUMBER_HEAD_SENT: request.headSent ? 1 : 0
    default: nil
    }
  }

  static var requestTable: torii_request_interface {
    unsafe torii_request_interface(
      struct_size: UInt32(MemoryLayout<torii_request_interface>.size), reserved: 0,
      text: { context, id, attribute, value in
        unsafe ScriptedHost.onRequest(context, id, "request.text") { host, request in
          guard let value = unsafe value, let text = host.text(request, attribute) else {
            host.violate(.argument, "request.text was given the attribute \(attribute)")
            return TORII_E_NOT_FOUND
          }
          unsafe value.pointee = unsafe host.view(text)
          return TORII_OK
        }
      },
      number: { context, id, attribute, value in
        unsafe ScriptedHost.onRequest(context, id, "request.number") { host, request in
          guard let value = unsafe value, let number = host.number(request, attribute) else {
            host.violate(.argument, "request.number was given the attribute \(attribute)")
            return TORII_E_NOT_FOUND
          }
          unsafe value.pointee = number
          return TORII_OK
        }
      },
      capture: { context, id, name, value in
        unsafe ScriptedHost.onRequest(context, id, "request.capture") { _, _ in TORII_E_NOT_FOUND }
      })
  }

  private static func upstreamCall(
    _ context: UnsafeMutableRawPointer?, _ id: torii_request_id, _ name: StaticString,
    _ body: (ScriptedHost, ScriptedRequest) -> torii_status
  ) -> torii_status {
    unsafe onRequest(context, id, name) { host, request in
      guard request.mayChangeUpstream else { return TORII_E_PHASE }
      let status = body(host, request)
      if status == TORII_E_INVALID { host.violate(.argument, "\(name) was given something malformed") }
      return status
    }
  }

  static var upstreamTable: torii_upstream_interface {
    unsafe torii_upstream_interface(
      struct_size: UInt32(MemoryLayout<torii_upstream_interface>.size), reserved: 0,
      set_target: { context, id, target in
        unsafe ScriptedHost.upstreamCall(context, id, "upstream.set_target") { host, request in
          var given = unsafe torii_target()
          guard unsafe GivenStruct.read(target, atLeast: GivenStruct.target, into: &given),
            unsafe given.port <= 65535
          else { return TORII_E_INVALID }
          let scheme = unsafe shown(given.scheme.copied)
          let name = unsafe given.host.copied
          host.note(unsafe "upstream.set_target \(scheme)://\(shown(name)):\(given.port)")
          guard scheme == "http" || scheme == "https", !name.isEmpty, FieldRules.isValue(name) else {
            return TORII_E_INVALID
          }
          return TORII_OK
        }
      },
      set_path: { context, id, path in
        unsafe ScriptedHost.upstreamCall(context, id, "upstream.set_path") { host, request in
          let bytes = unsafe path.copied
          host.note("upstream.set_path \(shown(bytes))")
          guard bytes.first == 0x2F, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return TORII_E_INVALID }
          request.graveyard.append(request.upstreamURI)
          request.upstreamURI = Bytes(bytes)
          return TORII_OK
        }
      },
      set_query: { context, id, query in
        unsafe ScriptedHost.upstreamCall(context, id, "upstream.set_query") { host, _ in
          let bytes = unsafe query.copied
          host.note("upstream.set_query \(shown(bytes))")
          return bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? TORII_OK : TORII_E_INVALID
        }
      },
      set_method: { context, id, method in
        unsafe ScriptedHost.upstreamCall(context, id, "upstream.set_method") { host, _ in
          let bytes = unsafe method.copied
          host.note("upstream.set_method \(shown(bytes))")
          return FieldRules.isToken(bytes) ? TORII_OK : TORII_E_INVALID
        }
      },
      // There is no upstream that could answer otherwise.
      send_again: { context, _, id in
        unsafe ScriptedHost.onRequest(context, id, "upstream.send_again") { host, _ in
          host.note("upstream.send_again")
          return TORII_E_UNSUPPORTED
        }
      })
  }
}

/// Texts that are the same for every request.
struct HostConstants {
  let scheme = Bytes("http")
  let host = Bytes("example.com")
  let address = Bytes("192.0.2.7")
  let identifier = Bytes("4f6a1a3e-2f0c-5d5b-9d3a-0c5f1d1f6a11")
  let name = Bytes("example")
  let matched = Bytes("/")
}

extension ScriptedHost {
  /// Made once for the process: nothing of it is ever changed.
  nonisolated(unsafe) private static let sharedConstants = HostConstants()
  var constants: HostConstants { unsafe Self.sharedConstants }
}
