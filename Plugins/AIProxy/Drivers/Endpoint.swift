/// Where a call goes.
struct Endpoint: Equatable, Sendable {
  var isSecure = true
  /// Name or address, without port; IPv6 addresses in brackets.
  var host: String
  /// 0 for the scheme's own.
  var port = 0
  var path: String
  /// Parameters that the provider wants, in addition to the client's; encoded, without `?`.
  var query = ""
  /// Whether the client's query is sent. A provider that refuses parameters it does not know must not see it.
  var keepsQuery = true

  init(host: String, path: String) {
    self.host = host
    self.path = path
  }

  /// Reads an absolute URL of scheme http or https. Its query is not part of an endpoint: the client's is sent.
  init?(url: String) {
    var rest = Substring(url)
    if rest.hasPrefix("https://") {
      rest = rest.dropFirst(8)
    } else if rest.hasPrefix("http://") {
      isSecure = false
      rest = rest.dropFirst(7)
    } else {
      return nil
    }
    if let end = rest.firstIndex(where: { $0 == "?" || $0 == "#" }) { rest = rest[..<end] }
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    var authority = rest[..<slash]
    path = slash == rest.endIndex ? "/" : String(rest[slash...])
    guard !authority.contains("@") else { return nil }
    let afterAddress = authority.lastIndex(of: "]") ?? authority.startIndex
    if let colon = authority[afterAddress...].lastIndex(of: ":") {
      guard let number = UInt16(authority[authority.index(after: colon)...]), number > 0 else { return nil }
      port = Int(number)
      authority = authority[..<colon]
    }
    guard !authority.isEmpty else { return nil }
    host = String(authority)
  }
}
