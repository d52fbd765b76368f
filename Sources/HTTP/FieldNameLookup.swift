extension FieldName {
  /// Finds the name that `name` spells, ignoring the case of its letters (RFC 9110 §5.1).
  ///
  /// `name` may hold any bytes; what is not one of the listed names is ``other``. Nothing is allocated or kept.
  public static func lookup(_ name: UnsafeRawBufferPointer) -> FieldName {
    guard let base = name.baseAddress else { return .other }
    return unsafe lookup(base, count: name.count)
  }

  /// Finds the name in the `count` bytes at `name`, which must be readable.
  ///
  /// The length leaves at most a handful of candidates, and each is refused by comparing one or two words, so no
  /// hash is worth computing. The texts are literals: the compiler turns their bytes into constants.
  static func lookup(_ name: UnsafeRawPointer, count: Int) -> FieldName {
    switch count {
    case 2:
      if unsafe spells(name, "te") { return .te }
    case 3:
      if unsafe spells(name, "age") { return .age }
      if unsafe spells(name, "via") { return .via }
    case 4:
      if unsafe spells(name, "date") { return .date }
      if unsafe spells(name, "host") { return .host }
      if unsafe spells(name, "vary") { return .vary }
    case 5:
      if unsafe spells(name, "proxy") { return .proxy }
      if unsafe spells(name, "range") { return .range }
    case 6:
      if unsafe spells(name, "accept") { return .accept }
      if unsafe spells(name, "cookie") { return .cookie }
      if unsafe spells(name, "expect") { return .expect }
      if unsafe spells(name, "origin") { return .origin }
      if unsafe spells(name, "pragma") { return .pragma }
      if unsafe spells(name, "server") { return .server }
    case 7:
      if unsafe spells(name, "expires") { return .expires }
      if unsafe spells(name, "referer") { return .referer }
      if unsafe spells(name, "trailer") { return .trailer }
      if unsafe spells(name, "upgrade") { return .upgrade }
    case 8:
      if unsafe spells(name, "if-match") { return .ifMatch }
      if unsafe spells(name, "if-range") { return .ifRange }
      if unsafe spells(name, "location") { return .location }
    case 9:
      if unsafe spells(name, "forwarded") { return .forwarded }
      if unsafe spells(name, "x-api-key") { return .xAPIKey }
      if unsafe spells(name, "x-real-ip") { return .xRealIP }
    case 10:
      if unsafe spells(name, "connection") { return .connection }
      if unsafe spells(name, "keep-alive") { return .keepAlive }
      if unsafe spells(name, "kong-debug") { return .kongDebug }
      if unsafe spells(name, "set-cookie") { return .setCookie }
      if unsafe spells(name, "user-agent") { return .userAgent }
    case 11:
      if unsafe spells(name, "retry-after") { return .retryAfter }
    case 12:
      if unsafe spells(name, "content-type") { return .contentType }
      if unsafe spells(name, "max-forwards") { return .maxForwards }
      if unsafe spells(name, "x-request-id") { return .xRequestID }
    case 13:
      if unsafe spells(name, "authorization") { return .authorization }
      if unsafe spells(name, "cache-control") { return .cacheControl }
      if unsafe spells(name, "content-range") { return .contentRange }
      if unsafe spells(name, "if-none-match") { return .ifNoneMatch }
    case 14:
      if unsafe spells(name, "content-length") { return .contentLength }
    case 15:
      if unsafe spells(name, "accept-encoding") { return .acceptEncoding }
      if unsafe spells(name, "accept-language") { return .acceptLanguage }
      if unsafe spells(name, "x-forwarded-for") { return .xForwardedFor }
    case 16:
      if unsafe spells(name, "content-encoding") { return .contentEncoding }
      if unsafe spells(name, "proxy-connection") { return .proxyConnection }
      if unsafe spells(name, "www-authenticate") { return .wwwAuthenticate }
      if unsafe spells(name, "x-forwarded-host") { return .xForwardedHost }
      if unsafe spells(name, "x-forwarded-path") { return .xForwardedPath }
      if unsafe spells(name, "x-forwarded-port") { return .xForwardedPort }
    case 17:
      if unsafe spells(name, "if-modified-since") { return .ifModifiedSince }
      if unsafe spells(name, "transfer-encoding") { return .transferEncoding }
      if unsafe spells(name, "x-forwarded-proto") { return .xForwardedProto }
      if unsafe spells(name, "x-kong-request-id") { return .xKongRequestID }
    case 18:
      if unsafe spells(name, "proxy-authenticate") { return .proxyAuthenticate }
      if unsafe spells(name, "x-forwarded-prefix") { return .xForwardedPrefix }
    case 19:
      if unsafe spells(name, "if-unmodified-since") { return .ifUnmodifiedSince }
      if unsafe spells(name, "proxy-authorization") { return .proxyAuthorization }
    case 20:
      if unsafe spells(name, "x-kong-proxy-latency") { return .xKongProxyLatency }
    case 23:
      if unsafe spells(name, "x-kong-response-latency") { return .xKongResponseLatency }
      if unsafe spells(name, "x-kong-upstream-latency") { return .xKongUpstreamLatency }
    default: break
    }
    return .other
  }

  /// Whether the bytes at `name`, as many as `lowercased` has, spell it in any case.
  ///
  /// `lowercased` holds only `a…z`, digits and `-`. Of these only letters have the bit 0x40, and a letter's cases differ
  /// in the bit 0x20, so a difference is let pass exactly where 0x40 stands, shifted: `\r` never passes for `-`.
  @inline(__always)
  private static func spells(_ name: UnsafeRawPointer, _ lowercased: StaticString) -> Bool {
    // Reads stay inside the text's length, which the caller has found equal to the name's.
    let text = unsafe UnsafeRawPointer(lowercased.utf8Start)
    let count = lowercased.utf8CodeUnitCount
    if count >= 8 {
      var offset = 0
      while offset + 8 <= count {
        guard unsafe sameWord(name, text, at: offset, as: UInt64.self) else { return false }
        offset += 8
      }
      // The rest, together with bytes already compared.
      return unsafe sameWord(name, text, at: count - 8, as: UInt64.self)
    }
    if count >= 4 {
      return unsafe sameWord(name, text, at: 0, as: UInt32.self) && sameWord(name, text, at: count - 4, as: UInt32.self)
    }
    return unsafe sameWord(name, text, at: 0, as: UInt16.self) && sameWord(name, text, at: count - 2, as: UInt16.self)
  }

  /// Whether the two words at `offset` are the same but for the case of letters.
  @inline(__always)
  private static func sameWord<Word: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ name: UnsafeRawPointer, _ text: UnsafeRawPointer, at offset: Int, as type: Word.Type
  ) -> Bool {
    let given = unsafe name.loadUnaligned(fromByteOffset: offset, as: Word.self)
    let known = unsafe text.loadUnaligned(fromByteOffset: offset, as: Word.self)
    let letters = known & (Word.max / 0xFF &* 0x40)
    return (given ^ known) & ~(letters &>> 1) == 0
  }
}
