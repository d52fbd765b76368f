/// What the fields of a head say about the message's framing and its connection, gathered line by line.
/// Requests and responses share the fields and draw different conclusions.
struct MessageControl: Sendable {
  /// The Content-Length field, if there was one.
  private(set) var contentLength: UInt64?
  /// Whether there was a Transfer-Encoding field.
  private(set) var hasTransferEncoding = false
  /// Whether its last coding is chunked.
  private(set) var isChunked = false
  /// Whether it names a coding other than chunked.
  private(set) var hasOtherCoding = false
  /// Connection: close
  private(set) var close = false
  /// Connection: keep-alive
  private(set) var keepAlive = false
  /// Connection: upgrade
  private(set) var connectionUpgrade = false
  /// Connection lists something besides close, keep-alive, upgrade and te.
  private(set) var connectionListsOthers = false
  /// There is an Upgrade field.
  private(set) var hasUpgrade = false
  /// TE: trailers
  private(set) var acceptsTrailers = false
  /// Expect: 100-continue
  private(set) var expectsContinue = false

  /// Takes note of a line.
  @inline(__always)
  mutating func note(_ line: FieldLine, _ bytes: MessageBytes) throws(HTTPError) {
    switch line.known {
    case .contentLength: try noteContentLength(line.value, bytes)
    case .transferEncoding: try noteTransferEncoding(line.value, bytes)
    case .connection: noteConnection(line.value, bytes)
    case .upgrade: hasUpgrade = true
    case .te: noteTE(line.value, bytes)
    case .expect: noteExpect(line.value, bytes)
    default: break
    }
  }

  /// RFC 9110 §8.6: digits only. A list is refused even where §8.6 lets a recipient accept equal values: no
  /// sender has a reason for it, and another recipient may read it differently.
  @inline(never)
  private mutating func noteContentLength(_ value: ByteRange, _ bytes: MessageBytes) throws(HTTPError) {
    guard contentLength == nil else { throw .severalContentLengths }
    guard !value.isEmpty else { throw .invalidContentLength }
    var length: UInt64 = 0
    var isTooLarge = false
    var index = Int(value.offset)
    while index < Int(value.end) {
      let byte = bytes[index]
      guard byte.isDigit else {
        throw byte == UInt8(ascii: ",") ? .contentLengthList : .invalidContentLength
      }
      let (product, overflowed) = length.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(UInt64(byte &- UInt8(ascii: "0")))
      // More than a signed number holds would be a negative size somewhere.
      if overflowed || carried || sum > UInt64(Int64.max) { isTooLarge = true }
      length = isTooLarge ? 0 : sum
      index &+= 1
    }
    guard !isTooLarge else { throw .contentLengthTooLarge }
    contentLength = length
  }

  /// RFC 9112 §6.1. Several lines make one list. Empty elements, which lists elsewhere may have, are refused: this
  /// field decides where the message ends.
  @inline(never)
  private mutating func noteTransferEncoding(_ value: ByteRange, _ bytes: MessageBytes) throws(HTTPError) {
    hasTransferEncoding = true
    var elements = ListElements(bytes, value)
    while let element = elements.next() {
      let start = Int(element.offset)
      let end = Int(element.end)
      let nameEnd = bytes.end(of: .token, from: start, to: end)
      guard nameEnd > start else { throw .invalidTransferEncoding }
      guard !isChunked else { throw .chunkedNotLast }
      let isNamedChunked = bytes.equals("chunked", from: start, to: nameEnd)
      if nameEnd < end {
        // Only parameters may follow a coding's name.
        var index = nameEnd
        while index < end, bytes[index].isOptionalWhitespace { index &+= 1 }
        guard index < end, bytes[index] == UInt8(ascii: ";") else { throw .invalidTransferEncoding }
        if isNamedChunked { throw .chunkedWithParameters }
      }
      if isNamedChunked { isChunked = true } else { hasOtherCoding = true }
    }
  }

  /// RFC 9110 §7.6.1. Elements that are no tokens name nothing and are passed over.
  @inline(never)
  private mutating func noteConnection(_ value: ByteRange, _ bytes: MessageBytes) {
    var elements = ListElements(bytes, value)
    while let element = elements.next() {
      let start = Int(element.offset)
      let end = Int(element.end)
      switch element.length {
      case 0: break
      case 10 where bytes.equals("keep-alive", from: start, to: end): keepAlive = true
      case 5 where bytes.equals("close", from: start, to: end): close = true
      case 7 where bytes.equals("upgrade", from: start, to: end): connectionUpgrade = true
      case 2 where bytes.equals("te", from: start, to: end): break
      default: connectionListsOthers = true
      }
    }
  }

  /// RFC 9110 §10.1.4: of all codings only the word `trailers` matters to a gateway.
  @inline(never)
  private mutating func noteTE(_ value: ByteRange, _ bytes: MessageBytes) {
    var elements = ListElements(bytes, value)
    while !acceptsTrailers, let element = elements.next() {
      acceptsTrailers = bytes.equals("trailers", from: Int(element.offset), to: Int(element.end))
    }
  }

  /// RFC 9110 §10.1.1.
  @inline(never)
  private mutating func noteExpect(_ value: ByteRange, _ bytes: MessageBytes) {
    var elements = ListElements(bytes, value)
    while let element = elements.next() {
      if bytes.equals("100-continue", from: Int(element.offset), to: Int(element.end)) { expectsContinue = true }
    }
  }

  /// The framing the fields declare, before method and status have their say; `nil` when they declare none.
  func declaredFraming(minorVersion: UInt8) throws(HTTPError) -> BodyFraming? {
    if hasTransferEncoding {
      // RFC 9112 §6.1: neither can be trusted to mean the same to all who handled the message.
      if minorVersion == 0 { throw .transferEncodingInHTTP10 }
      if contentLength != nil { throw .contentLengthWithTransferEncoding }
      if hasOtherCoding || !isChunked { throw .unsupportedTransferCoding }
      return .chunked
    }
    if let contentLength { return .length(contentLength) }
    return nil
  }

  /// Whether the connection is to be kept after the message (RFC 9112 §9.3).
  func isPersistent(minorVersion: UInt8) -> Bool {
    !close && (minorVersion >= 1 || keepAlive)
  }
}
