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
    // Bytes, because this is done for every request: what is looked for is ASCII.
    let bytes = Array(path.utf8)
    var end = bytes.count
    while end > 0, bytes[end - 1] == UInt8(ascii: "/") { end -= 1 }
    let path = bytes.span.extracting(0..<end)
    let isRead = method == "GET"
    if method == "HEAD" || path.ends(with: "/api/hello") {
      self = .probe
    } else if path.ends(with: "/v1/messages/count_tokens") {
      self = method == "POST" ? .countTokens : .wrongMethod
    } else if path.ends(with: "/v1/messages") {
      self = method == "POST" ? .messages : .wrongMethod
    } else if path.ends(with: "/v1/models") {
      self = isRead ? .models : .wrongMethod
    } else if isRead, let start = path.lastOffset(of: "/v1/models/") {
      self = .model(path.extracting((start + 11)...).text)
    } else if method == "POST", path.lastOffset(of: "/v1/") == nil, !path.ends(with: "/mcp") {
      // Clients that take the route's own path for the endpoint.
      self = .messages
    } else {
      self = .unknown
    }
  }
}
