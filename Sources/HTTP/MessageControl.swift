/// What the fields of a head say about the message's framing and its connection, gathered line by line.
/// Requests and responses share the fields and draw different conclusions.
struct MessageControl: Sendable {
  /// What has been found.
  struct Notes: OptionSet, Sendable {
    let rawValue: UInt16

    /// There is a Content-Length field.
    static var contentLength: Notes { Notes(rawValue: 1 << 0) }
    /// There is a Transfer-Encoding field.
    static var transferEncoding: Notes { Notes(rawValue: 1 << 1) }
    /// Its last coding is chunked.
    static var chunked: Notes { Notes(rawValue: 1 << 2) }
    /// It names a coding other than chunked.
    static var otherCoding: Notes { Notes(rawValue: 1 << 3) }
    /// Connection: close
    static var close: Notes { Notes(rawValue: 1 << 4) }
    /// Connection: keep-alive
    static var keepAlive: Notes { Notes(rawValue: 1 << 5) }
    /// Connection: upgrade
    static var connectionUpgrade: Notes { Notes(rawValue: 1 << 6) }
    /// Connection lists something besides close, keep-alive, upgrade and te.
    static var connectionListsOthers: Notes { Notes(rawValue: 1 << 7) }
    /// There is an Upgrade field.
    static var upgrade: Notes { Notes(rawValue: 1 << 8) }
    /// TE: trailers
    static var acceptsTrailers: Notes { Notes(rawValue: 1 << 9) }
    /// Expect: 100-continue
    static var expectsContinue: Notes { Notes(rawValue: 1 << 10) }
  }

  private(set) var notes = Notes()
  /// The value of the Content-Length field, if there is one.
  private var contentLength: UInt64 = 0

  /// Whether nothing has been noted.
  var isSilent: Bool { notes.isEmpty }

  /// Whether the message asks for another protocol, or changes to one (RFC 9110 §7.8).
  var isUpgrade: Bool { notes.isSuperset(of: [.connectionUpgrade, .upgrade]) }

  /// Takes note of a line.
  mutating func note(_ line: FieldLine, _ bytes: MessageBytes) throws(HTTPError) {
    switch line.known {
    case .contentLength: try noteContentLength(line.value, bytes)
    case .transferEncoding: try noteTransferEncoding(line.value, bytes)
    case .connection: noteConnection(line.value, bytes)
    case .upgrade: notes.insert(.upgrade)
    case .te: noteTE(line.value, bytes)
    case .expect: noteExpect(line.value, bytes)
    default: break
    }
  }

  /// RFC 9110 §8.6: digits only. A list is refused even where §8.6 lets a recipient accept equal values: no
  /// sender has a reason for it, and another recipient may read it differently.
  @inline(never)
  private mutating func noteContentLength(_ value: ByteRange, _ bytes: MessageBytes) throws(HTTPError) {
    guard !notes.contains(.contentLength) else { throw .severalContentLengths }
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
    notes.insert(.contentLength)
  }

  /// RFC 9112 §6.1. Several lines make one list. Empty elements, which lists elsewhere may have, are refused: this
  /// field decides where the message ends.
  @inline(never)
  private mutating func noteTransferEncoding(_ value: ByteRange, _ bytes: MessageBytes) throws(HTTPError) {
    notes.insert(.transferEncoding)
    var elements = ListElements(bytes, value)
    while let element = elements.next() {
      let start = Int(element.offset)
      let end = Int(element.end)
      let nameEnd = bytes.end(of: .token, from: start, to: end)
      guard nameEnd > start else { throw .invalidTransferEncoding }
      guard !notes.contains(.chunked) else { throw .chunkedNotLast }
      let isNamedChunked = bytes.equals("chunked", from: start, to: nameEnd)
      if nameEnd < end {
        // Only parameters may follow a coding's name.
        let index = bytes.skipWhitespace(from: nameEnd, to: end)
        guard index < end, bytes[index] == UInt8(ascii: ";") else { throw .invalidTransferEncoding }
        if isNamedChunked { throw .chunkedWithParameters }
      }
      notes.insert(isNamedChunked ? .chunked : .otherCoding)
    }
  }

  /// RFC 9110 §7.6.1. Elements that are no tokens name nothing and are passed over.
  @inline(never)
  private mutating func noteConnection(_ value: ByteRange, _ bytes: MessageBytes) {
    // Mostly it is one word.
    if noteConnectionOption(value, bytes) { return }
    var elements = ListElements(bytes, value)
    while let element = elements.next() {
      if !element.isEmpty, !noteConnectionOption(element, bytes) { notes.insert(.connectionListsOthers) }
    }
  }

  /// Takes note of an option that has a meaning of its own; `false` when it is none.
  @inline(__always)
  private mutating func noteConnectionOption(_ option: ByteRange, _ bytes: MessageBytes) -> Bool {
    let start = Int(option.offset)
    let end = Int(option.end)
    switch option.length {
    case 10 where bytes.equals("keep-alive", from: start, to: end): notes.insert(.keepAlive)
    case 5 where bytes.equals("close", from: start, to: end): notes.insert(.close)
    case 7 where bytes.equals("upgrade", from: start, to: end): notes.insert(.connectionUpgrade)
    case 2 where bytes.equals("te", from: start, to: end): break
    default: return false
    }
    return true
  }

  /// RFC 9110 §10.1.4: of all codings only the word `trailers` matters to a gateway.
  @inline(never)
  private mutating func noteTE(_ value: ByteRange, _ bytes: MessageBytes) {
    var elements = ListElements(bytes, value)
    while let element = elements.next() {
      if bytes.equals("trailers", from: Int(element.offset), to: Int(element.end)) { notes.insert(.acceptsTrailers) }
    }
  }

  /// RFC 9110 §10.1.1.
  @inline(never)
  private mutating func noteExpect(_ value: ByteRange, _ bytes: MessageBytes) {
    var elements = ListElements(bytes, value)
    while let element = elements.next() {
      if bytes.equals("100-continue", from: Int(element.offset), to: Int(element.end)) {
        notes.insert(.expectsContinue)
      }
    }
  }

  /// The framing the fields declare, before method and status have their say; `nil` when they declare none.
  func declaredFraming(minorVersion: UInt8) throws(HTTPError) -> BodyFraming? {
    if notes.contains(.transferEncoding) {
      // RFC 9112 §6.1: neither can be trusted to mean the same to all who handled the message.
      if minorVersion == 0 { throw .transferEncodingInHTTP10 }
      if notes.contains(.contentLength) { throw .contentLengthWithTransferEncoding }
      if notes.contains(.otherCoding) { throw .unsupportedTransferCoding }
      return .chunked
    }
    return notes.contains(.contentLength) ? .length(contentLength) : nil
  }

  /// Whether the connection is to be kept after the message (RFC 9112 §9.3).
  func isPersistent(minorVersion: UInt8) -> Bool {
    !notes.contains(.close) && (minorVersion >= 1 || notes.contains(.keepAlive))
  }
}

extension FieldName {
  /// Whether fields of this name say something about framing, connection or Host. Tested for every line, so
  /// it is one bit of a constant.
  @inline(__always)
  var isControl: Bool { Self.controlNames &>> UInt64(rawValue) & 1 != 0 }

  @inline(__always)
  private static var controlNames: UInt64 {
    FieldTable.bit(.contentLength) | FieldTable.bit(.transferEncoding) | FieldTable.bit(.connection)
      | FieldTable.bit(.upgrade) | FieldTable.bit(.te) | FieldTable.bit(.expect) | FieldTable.bit(.host)
  }
}
