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
  /// Parses the line in `start ..< end`, its line end not included (RFC 9112 §5), and adds it to `fields`.
  /// Returns which name it has.
  @discardableResult
  @inline(never)
  static func parse(
    _ bytes: MessageBytes, from start: Int, to end: Int, into fields: FieldTable
  ) throws(HTTPError) -> FieldName {
    // All offsets below lie in 0 ... count, as the scans promise; the line's place in memory is checked here.
    let line = unsafe bytes.start(from: start, to: end)
    let count = end &- start
    let colon = unsafe ByteScan.first(UInt8(ascii: ":"), in: line, count: count)
    guard colon > 0 else { throw nameError(bytes, from: start, to: end) }
    let known = unsafe FieldName.lookup(line, count: colon)
    // A name that is known is valid.
    if known == .other, unsafe ByteScan.end(of: .token, in: line, count: colon) < colon {
      throw nameError(bytes, from: start, to: end)
    }
    let valueStart = unsafe ByteScan.skipWhitespace(in: line, from: colon &+ 1, count: count)
    let stop = unsafe ByteScan.endOfFieldValue(in: line, from: valueStart, count: count)
    guard stop == count else { throw valueError(bytes[start &+ stop]) }
    let valueEnd = unsafe ByteScan.trimWhitespace(in: line, from: valueStart, count: count)
    fields.append(
      FieldLine(
        name: ByteRange(from: start, to: start &+ colon),
        value: ByteRange(from: start &+ valueStart, to: start &+ valueEnd), known: known))
    return known
  }

  /// Parses a line that is as most are, with its line end, and adds it to `fields`. Returns its length, or 0 when it is
  /// not like that: ``parse(_:from:to:into:)`` then tells whether it is complete and what it is.
  ///
  /// This saves looking for the line's end first. Whatever is accepted here is accepted there, with the same result.
  /// - Parameters:
  ///   - start: where the line begins.
  ///   - limit: up to where the line, with its line end, may be read.
  @inline(__always)
  static func parseCommon(
    _ bytes: MessageBytes, from start: Int, to limit: Int, into fields: FieldTable
  ) -> Int {
    // All offsets below lie in 0 ..< count; the line's place in memory is checked here.
    let line = unsafe bytes.start(from: start, to: limit)
    let count = limit &- start
    // The empty line is the last one: what follows is not to be searched for a colon.
    guard count > 0, unsafe line.load(as: UInt8.self) != UInt8(ascii: "\r") else { return 0 }
    let colon = unsafe ByteScan.first(UInt8(ascii: ":"), in: line, count: count)
    guard colon > 0 else { return 0 }
    let known = unsafe FieldName.lookup(line, count: colon)
    if known == .other, unsafe ByteScan.end(of: .token, in: line, count: colon) < colon { return 0 }
    var valueStart = colon &+ 1
    if valueStart < count, unsafe line.load(fromByteOffset: valueStart, as: UInt8.self) == UInt8(ascii: " ") {
      valueStart &+= 1
    }
    let valueEnd = unsafe ByteScan.firstControl(in: line, from: valueStart, count: count)
    guard valueEnd &+ 1 < count,
      unsafe line.loadUnaligned(fromByteOffset: valueEnd, as: UInt16.self) == UInt16(littleEndian: 0x0A0D),
      valueEnd > valueStart
    else { return 0 }
    // Whitespace around the value, or inside an empty one, is the other function's.
    let first = unsafe line.load(fromByteOffset: valueStart, as: UInt8.self)
    let last = unsafe line.load(fromByteOffset: valueEnd &- 1, as: UInt8.self)
    guard first != UInt8(ascii: " "), last != UInt8(ascii: " ") else { return 0 }
    fields.append(
      FieldLine(
        name: ByteRange(from: start, to: start &+ colon),
        value: ByteRange(from: start &+ valueStart, to: start &+ valueEnd), known: known))
    return valueEnd &+ 2
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
