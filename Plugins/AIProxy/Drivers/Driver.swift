/// A provider: where its servers are, what its models can do, and what its errors mean. Formats know nothing of drivers; a
/// new provider is one file that conforms to this, and a line in ``Drivers``.
protocol Driver: Sendable {
  /// Where calls of a kind go, or `nil` when the provider has no such call.
  func endpoint(for route: AIProxyConfiguration.RouteType, options: AIProxyConfiguration.Options) -> Endpoint?

  /// What is known of a model.
  func capabilities(of model: String) -> ModelCapabilities

  /// What an error means.
  func classify(_ error: UpstreamError) -> Failure
}

/// Where a call goes.
struct Endpoint: Equatable, Sendable {
  var isSecure = true
  /// Name or address, without port; IPv6 addresses in brackets.
  var host: String
  /// 0 for the scheme's own.
  var port = 0
  var path: String

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

/// The drivers there are.
enum Drivers {
  /// The driver of a provider, as `model.provider` names it; `nil` if there is none yet.
  static func driver(for provider: String) -> (any Driver)? {
    switch provider {
    case "dashscope": DashScope()
    default: nil
    }
  }
}
