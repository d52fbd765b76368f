/// Parses response heads (RFC 9112 §4 to §6) with the strictness of ``RequestParser``, and is used like it. What is
/// refused becomes 502 (Bad Gateway).
///
/// How a response ends depends on the request, so ``reset(requestMethodIsHEAD:requestIsCONNECT:)`` takes that. After
/// an interim response, reset with the same request and parse what follows it.
public struct ResponseParser: Sendable {
  private let limits: HTTPLimits
  private var scanner: HeadScanner
  private var control = MessageControl()
  private var requestMethodIsHEAD = false
  private var requestIsCONNECT = false
  private var hasStatusLine = false
  private var isComplete = false
  private var failure: HTTPError?

  /// The head. Meaningful when parsing is complete.
  public private(set) var head = ResponseHead()

  /// Makes a parser that enforces `limits`, ready for the response to a request that is neither HEAD nor CONNECT.
  public init(limits: HTTPLimits) {
    self.limits = limits
    scanner = HeadScanner(limits: limits)
  }

  /// Forgets the response and makes ready for the next one. The field table is emptied when that one begins.
  public mutating func reset(requestMethodIsHEAD: Bool, requestIsCONNECT: Bool) {
    self.requestMethodIsHEAD = requestMethodIsHEAD
    self.requestIsCONNECT = requestIsCONNECT
    scanner.reset()
    control = MessageControl()
    head = ResponseHead()
    hasStatusLine = false
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
      failure = error.ofUpstream
      return .failed(error.ofUpstream)
    }
    return isComplete ? .complete(headLength: scanner.lineStart) : .needMore
  }

  /// Goes through the lines that are there; `true` when the last one was among them.
  private mutating func advance(_ bytes: MessageBytes, _ fields: FieldTable) throws(HTTPError) -> Bool {
    if !hasStatusLine {
      guard bytes[0] == UInt8(ascii: "H") else { throw .invalidStatusLine }
      guard let end = try scanner.endOfStartLine(in: bytes, tooLong: .statusLineTooLong) else {
        return false
      }
      try StatusLine.parse(bytes, from: scanner.lineStart, to: end, into: &head)
      scanner.nextLine()
      hasStatusLine = true
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
          try conclude()
          return true
        }
        guard index < limits.fieldCount else { throw .tooManyFields }
        try FieldLine.parse(bytes, from: start, to: end, into: fields)
      }
      let line = fields[index]
      if line.known.isControl { try control.note(line, bytes) }
    }
  }

  /// Draws the conclusions when all fields are known (RFC 9112 §6.3, in its order).
  private mutating func conclude() throws(HTTPError) {
    head.keepAlive = control.isPersistent(minorVersion: head.minorVersion)
    head.upgrade = control.isUpgrade && head.minorVersion >= 1
    head.connectionListsOthers = control.notes.contains(.connectionListsOthers)
    if requestIsCONNECT, head.status >= 200, head.status < 300 {
      // The connection has become a tunnel; framing fields mean nothing.
      head.body = .none
      head.keepAlive = false
      return
    }
    let declared = try control.declaredFraming(minorVersion: head.minorVersion)
    let isBodiless = head.status >= 100 && head.status < 200 || head.status == 204
    if isBodiless || head.status == 304 || requestMethodIsHEAD {
      head.body = .none
      // A server that declares a body where there can't be one may send it too: what follows can't be trusted.
      if isBodiless, let declared, declared != .length(0) { head.keepAlive = false }
    } else if let declared {
      head.body = declared
    } else {
      head.body = .untilClose
      head.keepAlive = false
    }
  }
}
