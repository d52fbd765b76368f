import HTTP

/// What came of parsing a head, with everything in it as values that can be compared.
struct ParsedRequest: Equatable {
  var error: HTTPError?
  var needsMore = false
  var headLength = 0
  var method = Method.other
  var methodText = ""
  var target = ""
  var form = RequestHead.TargetForm.origin
  var authority = ""
  var authorityHost = ""
  var authorityPort: UInt16?
  var path = ""
  var query: String?
  var minorVersion: UInt8 = 9
  var body = BodyFraming.none
  var keepAlive = false
  var expectsContinue = false
  var upgrade = false
  var acceptsTrailers = false
  var host: Int32 = -2
  var hostName = ""
  var hostPort: UInt16?
  var connectionListsOthers = false
  var fields: [String] = []
  var known: [FieldName] = []
}

/// As ``ParsedRequest``, for responses.
struct ParsedResponse: Equatable {
  var error: HTTPError?
  var needsMore = false
  var headLength = 0
  var status: UInt16 = 0
  var reason = ""
  var minorVersion: UInt8 = 9
  var body = BodyFraming.none
  var keepAlive = false
  var upgrade = false
  var connectionListsOthers = false
  var fields: [String] = []
}

/// Bytes of a text in which every scalar stands for one byte.
func latin1(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }

/// The bytes of `range` as a text with one scalar a byte.
func text(_ range: ByteRange, in bytes: [UInt8]) -> String {
  var text = ""
  for byte in bytes[Int(range.offset)..<Int(range.end)] { text.unicodeScalars.append(Unicode.Scalar(byte)) }
  return text
}

func lines(_ fields: FieldTable, in bytes: [UInt8]) -> [String] {
  (0..<fields.count).map { text(fields[$0].name, in: bytes) + ": " + text(fields[$0].value, in: bytes) }
}

/// Gives the parser what ends at each of `cuts`, then everything; every call sees a copy of the bytes that is exactly
/// as long as they are.
func parseRequest(_ bytes: [UInt8], cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()) -> ParsedRequest {
  var parser = RequestParser(limits: limits)
  let fields = FieldTable(capacity: 2)
  var result = ParsedRequest()
  for end in cuts + [bytes.count] {
    let piece = Array(bytes[..<end])
    switch unsafe piece.withUnsafeBytes({ unsafe parser.parse($0, fields: fields) }) {
    case .needMore: result.needsMore = true
    case .failed(let error): return ParsedRequest(error: error)
    case .complete(let headLength):
      let head = parser.head
      result = ParsedRequest(
        headLength: headLength, method: head.method, methodText: text(head.methodRange, in: bytes),
        target: text(head.target, in: bytes), form: head.form, authority: text(head.authority, in: bytes),
        authorityHost: text(head.authorityHost, in: bytes), authorityPort: head.authorityPort,
        path: text(head.path, in: bytes), query: head.hasQuery ? text(head.query, in: bytes) : nil,
        minorVersion: head.minorVersion, body: head.body, keepAlive: head.keepAlive,
        expectsContinue: head.expectsContinue, upgrade: head.upgrade, acceptsTrailers: head.acceptsTrailers,
        host: head.host, hostName: text(head.hostName, in: bytes), hostPort: head.hostPort,
        connectionListsOthers: head.connectionListsOthers, fields: lines(fields, in: bytes),
        known: (0..<fields.count).map { fields[$0].known })
      return result
    }
  }
  return result
}

func parseRequest(_ message: String, cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()) -> ParsedRequest {
  parseRequest(latin1(message), cuts: cuts, limits: limits)
}

/// As `parseRequest`.
func parseResponse(
  _ message: String, cuts: [Int] = [], head isHEAD: Bool = false, connect: Bool = false,
  limits: HTTPLimits = HTTPLimits()
) -> ParsedResponse {
  let bytes = latin1(message)
  var parser = ResponseParser(limits: limits)
  parser.reset(requestMethodIsHEAD: isHEAD, requestIsCONNECT: connect)
  let fields = FieldTable(capacity: 2)
  var result = ParsedResponse()
  for end in cuts + [bytes.count] {
    let piece = Array(bytes[..<end])
    switch unsafe piece.withUnsafeBytes({ unsafe parser.parse($0, fields: fields) }) {
    case .needMore: result.needsMore = true
    case .failed(let error): return ParsedResponse(error: error)
    case .complete(let headLength):
      let head = parser.head
      return ParsedResponse(
        headLength: headLength, status: head.status, reason: text(head.reason, in: bytes),
        minorVersion: head.minorVersion, body: head.body, keepAlive: head.keepAlive, upgrade: head.upgrade,
        connectionListsOthers: head.connectionListsOthers, fields: lines(fields, in: bytes))
    }
  }
  return result
}

/// What came of decoding a chunked body.
struct Decoded: Equatable {
  var error: HTTPError?
  var finished = false
  var content = ""
  var consumed = 0
  var trailers: [String] = []
}

/// Decodes `message`, cut after each of `cuts`.
func decodeChunked(_ message: String, cuts: [Int] = [], limits: HTTPLimits = HTTPLimits()) -> Decoded {
  let bytes = latin1(message)
  var decoder = ChunkedDecoder(limits: limits)
  var result = Decoded()
  var start = 0
  for end in cuts + [bytes.count] {
    var piece = Array(bytes[start..<end])
    let given = piece
    start = end
    switch unsafe piece.withUnsafeMutableBytes({ unsafe decoder.decode($0) }) {
    case .failed(let error): return Decoded(error: error)
    case .progress(let consumed, let data):
      if consumed != piece.count { result.content += "(not all consumed)" }
      result.consumed += consumed
      result.content += text(ByteRange(offset: 0, length: UInt32(data)), in: piece)
    case .finished(let consumed, let data):
      if !result.finished, piece[consumed...] != given[consumed...] { result.content += "(touched what follows)" }
      result.finished = true
      result.consumed += consumed
      result.content += text(ByteRange(offset: 0, length: UInt32(data)), in: piece)
      result.trailers = decoder.trailers.map { lines($0, in: decoder.trailerBytes) } ?? []
    }
  }
  return result
}

/// `HTTPError` as `status sentence`.
func describe(_ error: HTTPError?) -> String { error.map { "\($0.status) \($0.reason)" } ?? "accepted" }
