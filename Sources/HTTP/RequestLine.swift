/// Reads request lines: `method SP request-target SP HTTP-version` (RFC 9112 §3), each separator exactly one space.
enum RequestLine {
  /// Reads the line in `start ..< end`, its line end not included, into `head`.
  @inline(__always)
  static func parse(
    _ bytes: MessageBytes, from start: Int, to end: Int, into head: inout RequestHead
  ) throws(HTTPError) {
    let methodEnd = try parseMethod(bytes, from: start, to: end, into: &head)
    let targetStart = methodEnd &+ 1
    let targetEnd = bytes.endOfTarget(from: targetStart, to: end)
    guard targetEnd > targetStart, targetEnd < end, bytes[targetEnd] == UInt8(ascii: " ") else {
      throw targetError(bytes, from: targetStart, targetEnd: targetEnd, to: end)
    }
    head.target = ByteRange(from: targetStart, to: targetEnd)
    head.minorVersion = try minorVersion(bytes, from: targetEnd &+ 1, to: end)
    try RequestTarget.parse(bytes, from: targetStart, to: targetEnd, into: &head)
  }

  /// The end of the method, where a space stands.
  @inline(__always)
  private static func parseMethod(
    _ bytes: MessageBytes, from start: Int, to end: Int, into head: inout RequestHead
  ) throws(HTTPError) -> Int {
    let methodEnd: Int
    let word = end &- start >= 8 ? bytes.word(at: start) : 0
    if word & 0xFFFF_FFFF == 0x2054_4547 {  // GET
      head.method = .get
      methodEnd = start &+ 3
    } else if word & 0xFF_FFFF_FFFF == 0x20_5453_4F50 {  // POST
      head.method = .post
      methodEnd = start &+ 4
    } else {
      methodEnd = bytes.end(of: .token, from: start, to: end)
      guard methodEnd > start, methodEnd < end, bytes[methodEnd] == UInt8(ascii: " ") else {
        throw methodError(bytes, from: start, methodEnd: methodEnd, to: end)
      }
      head.method = unsafe Method(bytes.buffer(ByteRange(from: start, to: methodEnd)))
    }
    head.methodRange = ByteRange(from: start, to: methodEnd)
    return methodEnd
  }

  /// `HTTP/1.x`; a version above 1.1 is treated as 1.1 (RFC 9110 §2.5).
  @inline(__always)
  private static func minorVersion(_ bytes: MessageBytes, from start: Int, to end: Int) throws(HTTPError) -> UInt8 {
    guard end &- start == 8 else { throw versionError(bytes, from: start, to: end) }
    switch bytes.word(at: start) {
    case 0x312E_312F_5054_5448: return 1  // HTTP/1.1
    case 0x302E_312F_5054_5448: return 0  // HTTP/1.0
    default:
      guard isVersion(bytes, at: start) else { throw versionError(bytes, from: start, to: end) }
      guard bytes[start + 5] == UInt8(ascii: "1") else { throw .unsupportedVersion }
      return 1
    }
  }

  /// Whether `HTTP/digit.digit` stands at `start`, where there are eight bytes.
  private static func isVersion(_ bytes: MessageBytes, at start: Int) -> Bool {
    bytes.word(at: start) & 0x00FF_00FF_FFFF_FFFF == 0x002E_002F_5054_5448
      && bytes[start + 5].isDigit && bytes[start + 7].isDigit
  }

  @inline(never)
  private static func methodError(_ bytes: MessageBytes, from start: Int, methodEnd: Int, to end: Int) -> HTTPError {
    guard methodEnd < end else { return .missingTarget }
    if bytes[methodEnd] != UInt8(ascii: " ") { return .invalidMethod }
    return .emptyMethod
  }

  @inline(never)
  private static func targetError(_ bytes: MessageBytes, from start: Int, targetEnd: Int, to end: Int) -> HTTPError {
    guard targetEnd < end else { return targetEnd == start ? .missingTarget : .missingVersion }
    switch bytes[targetEnd] {
    case UInt8(ascii: " "): return .severalSpaces
    case UInt8(ascii: "#"): return .fragmentInTarget
    case UInt8(ascii: "\r"): return .bareCarriageReturn
    default: return .controlInTarget
    }
  }

  @inline(never)
  private static func versionError(_ bytes: MessageBytes, from start: Int, to end: Int) -> HTTPError {
    guard start < end else { return .missingVersion }
    if bytes[start] == UInt8(ascii: " ") { return .severalSpaces }
    if end - start > 8, isVersion(bytes, at: start) { return .trailingText }
    return .invalidVersion
  }
}
