/// Collects the trailer section of a chunked body (RFC 9112 §7.1.2): copied, since its lines may arrive in pieces and
/// the buffer they arrive in is overwritten with content.
struct TrailerSection {
  /// The lines as received, line ends included; ranges in ``fields`` count from its start.
  private(set) var bytes: [UInt8] = []
  /// The fields that are kept; made when there is the first one.
  private(set) var fields: FieldTable?
  private var lineStart = 0
  private var lineCount = 0

  /// Forgets the section and keeps the storage.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    fields?.removeAll()
    lineStart = 0
    lineCount = 0
  }

  /// Takes a piece of a field line, which ends with a line feed if it is the line's last; `true` in that case.
  mutating func append(_ piece: UnsafeRawBufferPointer, limits: HTTPLimits) throws(HTTPError) -> Bool {
    unsafe bytes.append(contentsOf: piece)
    guard bytes.last == UInt8(ascii: "\n") else { return false }
    let end = bytes.count - 2
    guard end >= lineStart, bytes[end] == UInt8(ascii: "\r") else { throw .bareLineFeed }
    lineCount += 1
    guard lineCount <= limits.fieldCount else { throw .tooManyFields }
    let table = fields ?? FieldTable(capacity: 8)
    fields = table
    let known = unsafe try bytes.span.bytes.withUnsafeBytes { (buffer) throws(HTTPError) -> FieldName in
      guard let message = unsafe MessageBytes(buffer) else { return .other }
      return try FieldLine.parse(message, from: lineStart, to: end, into: table)
    }
    if known.isForbiddenInTrailers { table.removeLast() }
    lineStart = bytes.count
    return true
  }
}

extension FieldName {
  /// Whether a trailer field of this name is dropped (RFC 9110 §6.5.1): it would have decided how the message is
  /// framed, routed, authenticated or understood, and whoever did that has read the header section only.
  var isForbiddenInTrailers: Bool {
    switch self {
    case .contentLength, .transferEncoding, .connection, .keepAlive, .proxyConnection, .te, .trailer, .upgrade: true
    case .host, .forwarded, .via, .xForwardedFor, .xForwardedHost, .xForwardedPath, .xForwardedPort,
      .xForwardedPrefix, .xForwardedProto, .xRealIP:
      true
    case .cacheControl, .expect, .maxForwards, .pragma, .range, .ifMatch, .ifModifiedSince, .ifNoneMatch, .ifRange,
      .ifUnmodifiedSince, .proxy:
      true
    case .authorization, .cookie, .setCookie, .proxyAuthenticate, .proxyAuthorization, .wwwAuthenticate, .xAPIKey: true
    case .contentEncoding, .contentRange, .contentType: true
    case .age, .date, .expires, .location, .retryAfter, .vary: true
    default: false
    }
  }
}
