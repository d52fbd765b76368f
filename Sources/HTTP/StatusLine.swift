/// Reads status lines: `HTTP-version SP status-code SP [ reason-phrase ]` (RFC 9112 §4). The space before an absent
/// reason phrase may be absent too: many servers leave it out.
enum StatusLine {
  /// Reads the line in `start ..< end`, its line end not included, into `head`.
  @inline(__always)
  static func parse(
    _ bytes: MessageBytes, from start: Int, to end: Int, into head: inout ResponseHead
  ) throws(HTTPError) {
    guard end &- start >= 8 else { throw .invalidStatusLine }
    switch bytes.word(at: start) {
    case 0x312E_312F_5054_5448: head.minorVersion = 1  // HTTP/1.1
    case 0x302E_312F_5054_5448: head.minorVersion = 0  // HTTP/1.0
    default:
      guard bytes.word(at: start) & 0x00FF_00FF_FFFF_FFFF == 0x002E_002F_5054_5448,
        bytes[start + 5].isDigit, bytes[start + 7].isDigit
      else { throw .invalidStatusLine }
      guard bytes[start + 5] == UInt8(ascii: "1") else { throw .unsupportedResponseVersion }
      head.minorVersion = 1
    }
    guard end &- start >= 9, bytes[start &+ 8] == UInt8(ascii: " ") else { throw .invalidStatusLine }
    let codeEnd = start &+ 12
    guard end >= codeEnd, bytes[start &+ 9].isDigit, bytes[start &+ 10].isDigit, bytes[start &+ 11].isDigit,
      end == codeEnd || bytes[codeEnd] == UInt8(ascii: " ")
    else { throw .invalidStatusCode }
    let zero = UInt8(ascii: "0")
    head.status =
      UInt16(bytes[start &+ 9] &- zero) &* 100 &+ UInt16(bytes[start &+ 10] &- zero) &* 10
      &+ UInt16(bytes[start &+ 11] &- zero)
    let reasonStart = min(codeEnd &+ 1, end)
    let stop = bytes.endOfFieldValue(from: reasonStart, to: end)
    guard stop == end else { throw bytes[stop] == UInt8(ascii: "\r") ? .bareCarriageReturn : .invalidReasonPhrase }
    head.reason = ByteRange(from: reasonStart, to: end)
  }
}
