/// A field name the gateway has a use for. Finding it once, when the line is parsed, lets everything after compare
/// one byte instead of a text. Every other name is ``other``: it is forwarded, but never looked at.
public enum FieldName: UInt8, Sendable {
  /// A name that is not in this list.
  case other = 0
  /// `Accept`
  case accept
  /// `Accept-Encoding`
  case acceptEncoding
  /// `Accept-Language`
  case acceptLanguage
  /// `Age`
  case age
  /// `Authorization`
  case authorization
  /// `Cache-Control`
  case cacheControl
  /// `Connection`
  case connection
  /// `Content-Encoding`
  case contentEncoding
  /// `Content-Length`
  case contentLength
  /// `Content-Range`
  case contentRange
  /// `Content-Type`
  case contentType
  /// `Cookie`
  case cookie
  /// `Date`
  case date
  /// `Expect`
  case expect
  /// `Expires`
  case expires
  /// `Forwarded`
  case forwarded
  /// `Host`
  case host
  /// `If-Match`
  case ifMatch
  /// `If-Modified-Since`
  case ifModifiedSince
  /// `If-None-Match`
  case ifNoneMatch
  /// `If-Range`
  case ifRange
  /// `If-Unmodified-Since`
  case ifUnmodifiedSince
  /// `Keep-Alive`
  case keepAlive
  /// `Kong-Debug`
  case kongDebug
  /// `Location`
  case location
  /// `Max-Forwards`
  case maxForwards
  /// `Origin`
  case origin
  /// `Pragma`
  case pragma
  /// `Proxy`
  case proxy
  /// `Proxy-Authenticate`
  case proxyAuthenticate
  /// `Proxy-Authorization`
  case proxyAuthorization
  /// `Proxy-Connection`
  case proxyConnection
  /// `Range`
  case range
  /// `Referer`
  case referer
  /// `Retry-After`
  case retryAfter
  /// `Server`
  case server
  /// `Set-Cookie`
  case setCookie
  /// `TE`
  case te
  /// `Trailer`
  case trailer
  /// `Transfer-Encoding`
  case transferEncoding
  /// `Upgrade`
  case upgrade
  /// `User-Agent`
  case userAgent
  /// `Vary`
  case vary
  /// `Via`
  case via
  /// `WWW-Authenticate`
  case wwwAuthenticate
  /// `X-API-Key`
  case xAPIKey
  /// `X-Forwarded-For`
  case xForwardedFor
  /// `X-Forwarded-Host`
  case xForwardedHost
  /// `X-Forwarded-Path`
  case xForwardedPath
  /// `X-Forwarded-Port`
  case xForwardedPort
  /// `X-Forwarded-Prefix`
  case xForwardedPrefix
  /// `X-Forwarded-Proto`
  case xForwardedProto
  /// `X-Kong-Proxy-Latency`
  case xKongProxyLatency
  /// `X-Kong-Request-Id`
  case xKongRequestID
  /// `X-Kong-Response-Latency`
  case xKongResponseLatency
  /// `X-Kong-Upstream-Latency`
  case xKongUpstreamLatency
  /// `X-Real-IP`
  case xRealIP
  /// `X-Request-Id`
  case xRequestID

  /// The name as its registration spells it; empty for ``other``.
  public var canonicalName: StaticString {
    switch self {
    case .other: ""
    case .accept: "Accept"
    case .acceptEncoding: "Accept-Encoding"
    case .acceptLanguage: "Accept-Language"
    case .age: "Age"
    case .authorization: "Authorization"
    case .cacheControl: "Cache-Control"
    case .connection: "Connection"
    case .contentEncoding: "Content-Encoding"
    case .contentLength: "Content-Length"
    case .contentRange: "Content-Range"
    case .contentType: "Content-Type"
    case .cookie: "Cookie"
    case .date: "Date"
    case .expect: "Expect"
    case .expires: "Expires"
    case .forwarded: "Forwarded"
    case .host: "Host"
    case .ifMatch: "If-Match"
    case .ifModifiedSince: "If-Modified-Since"
    case .ifNoneMatch: "If-None-Match"
    case .ifRange: "If-Range"
    case .ifUnmodifiedSince: "If-Unmodified-Since"
    case .keepAlive: "Keep-Alive"
    case .kongDebug: "Kong-Debug"
    case .location: "Location"
    case .maxForwards: "Max-Forwards"
    case .origin: "Origin"
    case .pragma: "Pragma"
    case .proxy: "Proxy"
    case .proxyAuthenticate: "Proxy-Authenticate"
    case .proxyAuthorization: "Proxy-Authorization"
    case .proxyConnection: "Proxy-Connection"
    case .range: "Range"
    case .referer: "Referer"
    case .retryAfter: "Retry-After"
    case .server: "Server"
    case .setCookie: "Set-Cookie"
    case .te: "TE"
    case .trailer: "Trailer"
    case .transferEncoding: "Transfer-Encoding"
    case .upgrade: "Upgrade"
    case .userAgent: "User-Agent"
    case .vary: "Vary"
    case .via: "Via"
    case .wwwAuthenticate: "WWW-Authenticate"
    case .xAPIKey: "X-API-Key"
    case .xForwardedFor: "X-Forwarded-For"
    case .xForwardedHost: "X-Forwarded-Host"
    case .xForwardedPath: "X-Forwarded-Path"
    case .xForwardedPort: "X-Forwarded-Port"
    case .xForwardedPrefix: "X-Forwarded-Prefix"
    case .xForwardedProto: "X-Forwarded-Proto"
    case .xKongProxyLatency: "X-Kong-Proxy-Latency"
    case .xKongRequestID: "X-Kong-Request-Id"
    case .xKongResponseLatency: "X-Kong-Response-Latency"
    case .xKongUpstreamLatency: "X-Kong-Upstream-Latency"
    case .xRealIP: "X-Real-IP"
    case .xRequestID: "X-Request-Id"
    }
  }
}
