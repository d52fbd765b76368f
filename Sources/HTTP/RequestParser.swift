/// Parses request heads (RFC 9112 §2 to §6), strictly: where the RFC lets a recipient be lenient about what separates
/// one message from the next, this one refuses, since the next recipient may be lenient in another way.
///
/// Bytes arrive piece by piece: call ``parse(_:fields:)`` with all bytes since the start of the message each time. No
/// byte is searched twice and every line is parsed once. Nothing is allocated. After a head is complete or
/// refused, ``reset()`` makes ready for the next one.
public struct RequestParser: Sendable {
  private let limits: HTTPLimits
  private var scanner: HeadScanner
  private var control = MessageControl()
  private var hasRequestLine = false
  private var isComplete = false
  private var failure: HTTPError?

  /// The head. Meaningful when parsing is complete.
  public private(set) var head = RequestHead()

  /// Makes a parser that enforces `limits`.
  public init(limits: HTTPLimits) {
    self.limits = limits
    scanner = HeadScanner(limits: limits)
  }

  /// Forgets the message and makes ready for the next one. The field table is emptied when that one begins.
  public mutating func reset() {
    scanner.reset()
    control = MessageControl()
    head = RequestHead()
    hasRequestLine = false
    isComplete = false
    failure = nil
  }

  /// Parses on.
  ///
  /// - Parameters:
  ///   - bytes: all bytes since the start of the message. They may have moved, but not changed, since the last call.
  ///   - fields: where the field lines go: the same table from call to call. It is emptied when a message begins.
  public mutating func parse(_ bytes: UnsafeRawBufferPointer, fields: FieldTable) -> ParseProgress {
    if isComplete { return .complete(headLength: scanner.lineStart) }
    if let failure { return .failed(failure) }
    // Fewer bytes than were searched are not the same bytes and more: there is nothing new in them.
    guard let message = unsafe MessageBytes(bytes), message.count >= scanner.searched else { return .needMore }
    do throws(HTTPError) {
      isComplete = try advance(message, fields)
    } catch {
      failure = error
      return .failed(error)
    }
    return isComplete ? .complete(headLength: scanner.lineStart) : .needMore
  }

  /// Goes through the lines that are there; `true` when the last one was among them.
  private mutating func advance(_ bytes: MessageBytes, _ fields: FieldTable) throws(HTTPError) -> Bool {
    if !hasRequestLine {
      guard try scanner.skipEmptyLines(in: bytes, limit: limits.leadingEmptyLines) else { return false }
      // What is no request, like a TLS handshake, need not be read to its first line feed.
      let first = bytes[scanner.lineStart]
      guard CharacterClass.token.contains(first) else { throw first == UInt8(ascii: " ") ? .emptyMethod : .notHTTP }
      guard let end = try scanner.endOfStartLine(in: bytes, tooLong: .requestLineTooLong) else {
        return false
      }
      try RequestLine.parse(bytes, from: scanner.lineStart, to: end, into: &head)
      scanner.nextLine()
      hasRequestLine = true
      fields.removeAll()
    }
    while true {
      let index = fields.count
      let start = scanner.lineStart
      let bound = scanner.fieldLineBound(in: bytes)
      let length = index < limits.fieldCount ? FieldLine.parseCommon(bytes, from: start, to: bound, into: fields) : 0
      if length > 0 {
        scanner.skipLine(length: length)
      } else {
        guard let end = try scanner.endOfFieldLine(in: bytes) else { return false }
        scanner.nextLine()
        if start == end {
          try conclude(bytes, fields)
          return true
        }
        guard index < limits.fieldCount else { throw .tooManyFields }
        try FieldLine.parse(bytes, from: start, to: end, into: fields)
      }
      let line = fields[index]
      if line.known.isControl { try note(line, at: index, bytes) }
    }
  }

  @inline(never)
  private mutating func note(_ line: FieldLine, at index: Int, _ bytes: MessageBytes) throws(HTTPError) {
    guard line.known == .host else { return try control.note(line, bytes) }
    guard head.host < 0 else { throw .severalHosts }
    head.host = Int32(truncatingIfNeeded: index)
    try noteHost(line.value, bytes)
  }

  /// RFC 9112 §3.2: a request with an invalid Host is refused, whatever its version.
  private mutating func noteHost(_ value: ByteRange, _ bytes: MessageBytes) throws(HTTPError) {
    guard let authority = Authority(bytes, from: Int(value.offset), to: Int(value.end)) else { throw .invalidHost }
    // An http URI has a host (RFC 9110 §4.2.1), and CONNECT names one.
    guard !authority.host.isEmpty else { throw value.isEmpty ? .emptyHost : .invalidHost }
    head.hostName = authority.host
    head.hostPort = authority.port
  }

  /// Draws the conclusions when all fields are known.
  private mutating func conclude(_ bytes: MessageBytes, _ fields: FieldTable) throws(HTTPError) {
    let isHTTP11 = head.minorVersion >= 1
    if isHTTP11, head.host < 0 { throw .missingHost }
    head.keepAlive = isHTTP11
    // Most requests end here: no field has anything to say, and no body is declared.
    guard !control.isSilent else { return }
    // RFC 9112 §6.3: a request that declares no body has none.
    head.body = try control.declaredFraming(minorVersion: head.minorVersion) ?? .none
    head.keepAlive = control.isPersistent(minorVersion: head.minorVersion)
    // RFC 9110 §10.1.1: ignored from HTTP/1.0 clients, which don't know 1xx, and without a body to wait for.
    head.expectsContinue =
      control.notes.contains(.expectsContinue) && isHTTP11 && head.body != .none && head.body != .length(0)
    head.upgrade = control.isUpgrade && isHTTP11
    head.acceptsTrailers = control.notes.contains(.acceptsTrailers)
    head.connectionListsOthers = control.notes.contains(.connectionListsOthers)
  }
}
