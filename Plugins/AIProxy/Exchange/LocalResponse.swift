/// A response of the plugin's own.
struct LocalResponse: Equatable {
  /// A header field.
  struct Header: Equatable {
    var name: String
    var value: String

    init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  var status: Int
  var headers: [Header]
  var body: [UInt8]

  /// A JSON body with status 200.
  static func json(_ body: [UInt8], requestIdentifier: String) -> LocalResponse {
    LocalResponse(
      status: 200,
      headers: [Header("content-type", "application/json"), Header("request-id", requestIdentifier)], body: body)
  }

  /// A failure in the words of a client format.
  static func failure(
    _ failure: Failure, format: AIProxyConfiguration.ClientFormat, requestIdentifier: String
  ) -> LocalResponse {
    var result = LocalResponse(status: failure.status, headers: [], body: [])
    if format == .anthropic {
      result.headers.append(Header("content-type", "application/json"))
      result.headers.append(Header("request-id", requestIdentifier))
      result.body = AnthropicError.body(failure, requestIdentifier: requestIdentifier)
      if let seconds = failure.retryAfter { result.headers.append(Header("retry-after", String(max(1, seconds)))) }
      if let shouldRetry = failure.shouldRetry {
        result.headers.append(Header("x-should-retry", shouldRetry ? "true" : "false"))
      }
    } else {
      result.headers.append(Header("content-type", "application/json; charset=utf-8"))
      result.body = OpenAIError.body(failure)
      if let seconds = failure.retryAfter { result.headers.append(Header("retry-after", String(max(1, seconds)))) }
    }
    return result
  }
}
