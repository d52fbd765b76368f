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
}
