import CConformance
import CToriiPlugin

/// A request as the scripted host keeps it.
///
/// Safety: the state's memory is allocated with the request and freed with it, after request_end.
@safe final class ScriptedRequest {
  let id: torii_request_id
  let script: RequestScript
  unowned let host: ScriptedHost

  var upstreamFields: [Field]
  var responseFields: [Field] = []
  /// Fields that were replaced while views of them may be held.
  var graveyard: [Bytes] = []
  var status: UInt32 = 0
  var upstreamStatus: UInt32 = 0
  var hasResponseHead = false
  var headSent = false
  var clientGone = false
  var isComplete = false
  var isAborted = false
  var hasCancelled = false
  var responseEnded = false
  var sawLast = false
  var startedAt: UInt64
  var upstreamStartedAt: UInt64 = 0
  var finishedAt: UInt64 = 0
  /// Set by respond(), taken when the callback returns.
  var staged: (status: UInt32, fields: [Field], body: Bytes)?
  /// What the running callback has emitted; `nil`: nothing was.
  var emitted: [UInt8]?
  var emittedBytes = 0
  /// Whether emit() is allowed in the running callback.
  var mayEmit = false
  var mayChangeUpstream = false
  var upstreamURI: Bytes
  var record: Bytes

  private(set) var state: UnsafeMutableRawPointer?
  private let stateSize: Int
  private let isGuarded: Bool

  init(_ id: torii_request_id, _ script: RequestScript, _ host: ScriptedHost, stateSize: Int) {
    self.id = id
    self.script = script
    self.host = host
    self.stateSize = stateSize
    upstreamFields = script.fields
    startedAt = host.clock
    upstreamURI = script.target
    record = host.sampleRecord
    isGuarded = host.options.guardsState
    if isGuarded {
      unsafe state = unsafe stateSize == 0 ? nil : conformance_guarded(stateSize, 16)
    } else {
      // Room behind it: what a plugin does there is for one check only.
      let memory = UnsafeMutableRawPointer.allocate(byteCount: stateSize + 4096, alignment: 16)
      unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: stateSize + 4096)
      unsafe state = unsafe memory
    }
  }

  /// 0 when nothing was written beside the state.
  var canaries: Int32 {
    guard isGuarded, let state = unsafe state else { return 0 }
    return unsafe conformance_canaries(state, stateSize, 16)
  }

  deinit {
    guard let state = unsafe state else { return }
    if isGuarded { unsafe conformance_guarded_release(state, stateSize, 16) } else { unsafe state.deallocate() }
  }

  func fields(of map: UInt32) -> [Field]? {
    switch Int32(truncatingIfNeeded: map) {
    case TORII_HEADERS_REQUEST: script.fields
    case TORII_HEADERS_UPSTREAM: upstreamFields
    case TORII_HEADERS_RESPONSE: hasResponseHead ? responseFields : nil
    case TORII_HEADERS_CALLOUT: host.currentCallout
    default: nil
    }
  }

  /// Whether a map may be changed now.
  func mayEdit(_ map: UInt32) -> torii_status {
    switch Int32(truncatingIfNeeded: map) {
    case TORII_HEADERS_UPSTREAM: mayChangeUpstream ? TORII_OK : TORII_E_PHASE
    case TORII_HEADERS_RESPONSE: headSent ? TORII_E_SENT : hasResponseHead ? TORII_OK : TORII_E_PHASE
    case TORII_HEADERS_REQUEST, TORII_HEADERS_CALLOUT: TORII_E_PHASE
    default: TORII_E_INVALID
    }
  }

  func remove(_ map: UInt32, _ name: [UInt8]) -> Bool {
    var found = false
    func keep(_ field: Field) -> Bool {
      guard FieldRules.equal(field.name.array, name) else { return true }
      graveyard += [field.name, field.value]
      found = true
      return false
    }
    if Int32(truncatingIfNeeded: map) == TORII_HEADERS_UPSTREAM {
      upstreamFields = upstreamFields.filter(keep)
    } else {
      responseFields = responseFields.filter(keep)
    }
    return found
  }

  func add(_ map: UInt32, _ field: Field) {
    if Int32(truncatingIfNeeded: map) == TORII_HEADERS_UPSTREAM {
      upstreamFields.append(field)
    } else {
      responseFields.append(field)
    }
  }
}

/// What may stand in a field line (RFC 9110 §5).
enum FieldRules {
  static func isToken(_ name: [UInt8]) -> Bool {
    !name.isEmpty
      && name.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23, 0x24, 0x25, 0x26, 0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E, 0x5F, 0x60, 0x7C, 0x7E: true
        default: false
        }
      }
  }

  static func isValue(_ value: [UInt8]) -> Bool { !value.contains { $0 == 0 || $0 == 10 || $0 == 13 } }

  static func lower(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte + 32 : byte }

  static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { lower($0) == lower($1) }
  }

  /// Those that frame the message or belong to the connection are the host's.
  static func isFraming(_ name: [UInt8]) -> Bool {
    [
      "content-length", "transfer-encoding", "connection", "keep-alive", "proxy-connection", "upgrade", "trailer", "te",
    ].contains(String(decoding: name.map(lower), as: UTF8.self))
  }
}
