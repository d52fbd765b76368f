/// What a request to a route that speaks Anthropic's format is for.
enum AnthropicCall: Equatable {
  case messages
  case countTokens
  /// The list of models.
  case models
  /// One model, by its id.
  case model(String)
  /// A probe: is anybody there?
  case probe
  /// Messages, but not by POST.
  case wrongMethod
  /// Something that is not served here.
  case unknown

  /// - Parameters:
  ///   - method: as sent.
  ///   - path: without the query. What stands before `/v1/` is the route's.
  init(method: String, path: String) {
    var path = Substring(path)
    while path.hasSuffix("/") { path = path.dropLast() }
    let isRead = method == "GET"
    if method == "HEAD" || path.hasSuffix("/api/hello") {
      self = .probe
    } else if path.hasSuffix("/v1/messages/count_tokens") {
      self = method == "POST" ? .countTokens : .wrongMethod
    } else if path.hasSuffix("/v1/messages") {
      self = method == "POST" ? .messages : .wrongMethod
    } else if path.hasSuffix("/v1/models") {
      self = isRead ? .models : .wrongMethod
    } else if let range = path.lastRange(of: "/v1/models/"), isRead {
      self = .model(String(path[range.upperBound...]))
    } else if method == "POST", path.lastRange(of: "/v1/") == nil, !path.hasSuffix("/mcp") {
      // Clients that take the route's own path for the endpoint.
      self = .messages
    } else {
      self = .unknown
    }
  }
}

extension Substring {
  /// Where `other` stands last.
  fileprivate func lastRange(of other: String) -> Range<Index>? {
    var last: Range<Index>?
    var rest = self
    while let range = rest.range(ofText: other), !range.isEmpty {
      last = range
      rest = rest[range.upperBound...]
    }
    return last
  }
}
