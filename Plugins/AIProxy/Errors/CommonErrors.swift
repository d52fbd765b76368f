/// What errors of providers other than DashScope mean: by status first, then by OpenAI's, Anthropic's and Google's words.
enum CommonErrors {
  static func classify(_ error: UpstreamError) -> Failure {
    var failure = Failure(kind(of: error), Redaction.redact(text(of: error)))
    failure.code = error.code.isEmpty ? nil : error.code
    failure.isUpstreams = true
    switch failure.kind {
    case .invalidRequest:
      if isPromptTooLong(error) {
        failure.message = "prompt is too long: \(failure.message) (capability_rejected: prompt_too_long)"
      }
      failure.isContentRefusal = error.code == "content_filter" || error.code == "content_policy_violation"
      if failure.isContentRefusal { failure.message += ContentRefusal.words }
    case .rateLimit:
      failure.retryAfter = 10
      if error.code == "insufficient_quota" { failure.shouldRetry = false }
    // The credential is the gateway's: another attempt, or another key of the client's, does not help.
    case .billing, .authentication: failure.shouldRetry = false
    default: break
    }
    return failure
  }

  private static func text(of error: UpstreamError) -> String {
    if !error.message.isEmpty { return error.message }
    if !error.code.isEmpty { return error.code }
    return "The upstream answered with status \(error.status)."
  }

  private static func kind(of error: UpstreamError) -> FailureKind {
    switch error.status {
    case 400, 405, 415, 422: return .invalidRequest
    case 401: return .authentication
    case 402: return .billing
    case 403: return .permission
    case 404: return .notFound
    case 408, 504: return .timeout
    case 409: return .conflict
    case 413: return .tooLarge
    case 429: return .rateLimit
    case 503, 529: return .overloaded
    case 401...499: return .invalidRequest
    case 500...599: return .api
    default: break
    }
    // Within a stream there is no status. Google's code is one.
    if let status = Int(error.code), (400...599).contains(status) {
      var numbered = error
      numbered.status = status
      numbered.code = ""
      return kind(of: numbered)
    }
    for word in [error.type, error.code] {
      switch word {
      case "invalid_request_error", "INVALID_ARGUMENT", "FAILED_PRECONDITION", "context_length_exceeded",
        "content_filter":
        return .invalidRequest
      case "authentication_error", "invalid_api_key", "UNAUTHENTICATED": return .authentication
      case "billing_error", "insufficient_quota": return .billing
      case "permission_error", "PERMISSION_DENIED": return .permission
      case "not_found_error", "model_not_found", "NOT_FOUND": return .notFound
      case "request_too_large": return .tooLarge
      case "rate_limit_error", "rate_limit_exceeded", "requests", "tokens", "RESOURCE_EXHAUSTED": return .rateLimit
      case "timeout_error", "DEADLINE_EXCEEDED": return .timeout
      case "overloaded_error", "UNAVAILABLE": return .overloaded
      default: continue
      }
    }
    return .api
  }

  private static func isPromptTooLong(_ error: UpstreamError) -> Bool {
    let text = error.message.lowercased()
    return error.code == "context_length_exceeded"
      || (!text.hasPrefix("prompt is too long")
        && (text.contains(text: "maximum context length") || text.contains(text: "exceeds the maximum number of tokens")
          || text.contains(text: "input token count")))
  }
}
