/// Takes request targets apart (RFC 9112 §3.2). Their characters have been checked before.
enum RequestTarget {
  /// Reads the target in `start ..< end`, which is not empty, into `head`, whose method is set.
  @inline(__always)
  static func parse(
    _ bytes: MessageBytes, from start: Int, to end: Int, into head: inout RequestHead
  ) throws(HTTPError) {
    if bytes[start] == UInt8(ascii: "/"), head.method != .connect {
      head.form = .origin
      splitQuery(bytes, from: start, to: end, into: &head)
    } else {
      try parseOther(bytes, from: start, to: end, into: &head)
    }
  }

  /// Path and query.
  @inline(__always)
  private static func splitQuery(_ bytes: MessageBytes, from start: Int, to end: Int, into head: inout RequestHead) {
    let mark = bytes.firstIndexNearby(of: UInt8(ascii: "?"), from: start, to: end)
    if mark >= 0 {
      head.path = ByteRange(from: start, to: mark)
      head.query = ByteRange(from: mark &+ 1, to: end)
      head.hasQuery = true
    } else {
      head.path = ByteRange(from: start, to: end)
    }
  }

  @inline(never)
  private static func parseOther(
    _ bytes: MessageBytes, from start: Int, to end: Int, into head: inout RequestHead
  ) throws(HTTPError) {
    if head.method == .connect {
      // RFC 9110 §9.3.6: CONNECT without a port, or with an invalid one, is refused.
      guard let authority = Authority(bytes, from: start, to: end), !authority.host.isEmpty,
        let port = authority.port, port > 0
      else { throw .connectTarget }
      head.form = .authority
      head.authority = ByteRange(from: start, to: end)
      head.authorityHost = authority.host
      head.authorityPort = port
      return
    }
    if bytes[start] == UInt8(ascii: "*"), end - start == 1 {
      guard head.method == .options else { throw .asteriskWithoutOptions }
      head.form = .asterisk
      head.path = ByteRange(from: start, to: end)
      return
    }
    try parseAbsolute(bytes, from: start, to: end, into: &head)
  }

  /// `scheme "://" authority path-abempty [ "?" query ]`
  private static func parseAbsolute(
    _ bytes: MessageBytes, from start: Int, to end: Int, into head: inout RequestHead
  ) throws(HTTPError) {
    let colon = bytes.firstIndex(of: UInt8(ascii: ":"), from: start, to: end)
    guard colon > start, colon + 2 < end, bytes[colon + 1] == UInt8(ascii: "/"), bytes[colon + 2] == UInt8(ascii: "/")
    else { throw .invalidTarget }
    guard bytes.equals("http", from: start, to: colon) || bytes.equals("https", from: start, to: colon) else {
      throw .unsupportedScheme
    }
    let authorityStart = colon + 3
    var authorityEnd = authorityStart
    while authorityEnd < end, bytes[authorityEnd] != UInt8(ascii: "/"), bytes[authorityEnd] != UInt8(ascii: "?") {
      // RFC 9110 §4.2.4: it is used to make one host look like another.
      if bytes[authorityEnd] == UInt8(ascii: "@") { throw .userinfoInTarget }
      authorityEnd += 1
    }
    guard let authority = Authority(bytes, from: authorityStart, to: authorityEnd) else { throw .invalidAuthority }
    guard !authority.host.isEmpty else { throw .emptyAuthority }
    head.form = .absolute
    head.authority = ByteRange(from: authorityStart, to: authorityEnd)
    head.authorityHost = authority.host
    head.authorityPort = authority.port
    splitQuery(bytes, from: authorityEnd, to: end, into: &head)
  }
}
