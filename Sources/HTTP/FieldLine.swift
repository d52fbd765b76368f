/// One field line of a header or trailer section: where its name and value stand in the bytes it was parsed from.
public struct FieldLine: Sendable {
  /// The name, as sent.
  public var name: ByteRange
  /// The value, without the optional whitespace around it; may be empty.
  public var value: ByteRange
  /// Which of the names the gateway knows it is.
  public var known: FieldName

  /// Makes a field line.
  @inlinable
  public init(name: ByteRange, value: ByteRange, known: FieldName) {
    self.name = name
    self.value = value
    self.known = known
  }
}

extension FieldLine {
  /// Parses the line in `start ..< end`, its line end not included (RFC 9112 §5).
  @inline(__always)
  static func parse(_ bytes: MessageBytes, from start: Int, to end: Int) throws(HTTPError) -> FieldLine {
    let colon = bytes.firstIndexNearby(of: UInt8(ascii: ":"), from: start, to: end)
    guard colon > start else { throw nameError(bytes, from: start, to: end) }
    let known = bytes.fieldName(from: start, to: colon)
    // A name that is known is valid.
    guard known != .other || bytes.end(of: .token, from: start, to: colon) == colon else {
      throw nameError(bytes, from: start, to: end)
    }
    let valueStart = bytes.skipWhitespace(from: colon &+ 1, to: end)
    let stop = bytes.endOfFieldValue(from: valueStart, to: end)
    guard stop == end else { throw valueError(bytes[stop]) }
    let valueEnd = bytes.trimWhitespace(from: valueStart, to: end)
    return FieldLine(
      name: ByteRange(from: start, to: colon), value: ByteRange(from: valueStart, to: valueEnd), known: known)
  }

  /// What is wrong with a line whose name is not followed by a colon.
  @inline(never)
  private static func nameError(_ bytes: MessageBytes, from start: Int, to end: Int) -> HTTPError {
    let nameEnd = bytes.end(of: .token, from: start, to: end)
    guard nameEnd < end else { return .fieldWithoutColon }
    switch bytes[nameEnd] {
    case UInt8(ascii: ":"): return .emptyFieldName
    case UInt8(ascii: " "), UInt8(ascii: "\t"):
      if nameEnd == start { return .foldedFieldLine }
      // "Name : value" is a different mistake from a line without a colon.
      let index = bytes.skipWhitespace(from: nameEnd, to: end)
      return index < end && bytes[index] == UInt8(ascii: ":") ? .whitespaceBeforeColon : .invalidFieldName
    case UInt8(ascii: "\r"): return .bareCarriageReturn
    case 0: return .nulInField
    default: return .invalidFieldName
    }
  }

  /// What is wrong with a value that holds `byte`.
  @inline(never)
  private static func valueError(_ byte: UInt8) -> HTTPError {
    switch byte {
    case UInt8(ascii: "\r"): .bareCarriageReturn
    case 0: .nulInField
    default: .controlInFieldValue
    }
  }
}

extension UInt8 {
  /// Space or horizontal tab (`OWS`, RFC 9110 §5.6.3).
  @inline(__always)
  var isOptionalWhitespace: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }

  /// An ASCII digit.
  @inline(__always)
  var isDigit: Bool { self &- UInt8(ascii: "0") < 10 }
}
