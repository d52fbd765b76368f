/// What DashScope's errors mean. The HTTP status is trusted first, then the code, then the text: a code such as
/// `InternalError.Algo.InvalidParameter` comes with status 400 and is the caller's doing.
enum DashScopeErrors {
  static func classify(_ error: UpstreamError) -> Failure {
    var failure = Failure(kind(of: error), Redaction.redact(text(of: error)))
    failure.code = error.code.isEmpty ? nil : error.code
    failure.isUpstreams = true
    switch failure.kind {
    case .invalidRequest: describeInvalidRequest(error, &failure)
    case .rateLimit:
      // No value comes from the upstream; its limits recover within a minute.
      failure.retryAfter = 10
      if isQuotaExhausted(error) { failure.shouldRetry = false }
    // The credential is the gateway's: another attempt, or another key of the client's, does not help.
    case .billing, .authentication: failure.shouldRetry = false
    default: break
    }
    return failure
  }

  private static func describeInvalidRequest(_ error: UpstreamError, _ failure: inout Failure) {
    if isPromptTooLong(error) {
      // Claude Code compacts the conversation when it reads the first words, or the last.
      failure.message = "prompt is too long: \(failure.message) (capability_rejected: prompt_too_long)"
    }
    failure.isContentRefusal = isContentRefusal(error)
    if failure.isContentRefusal { failure.message += ContentRefusal.words }
  }

  private static func text(of error: UpstreamError) -> String {
    if !error.message.isEmpty { return error.message }
    if !error.code.isEmpty { return error.code }
    return "The upstream answered with status \(error.status)."
  }

  private static func kind(of error: UpstreamError) -> FailureKind {
    if isBilling(error) { return .billing }
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
    case 500, 502: return isTimeout(error) ? .timeout : .api
    case 401...499: return .invalidRequest
    case 505...599: return .api
    default: return kindByCode(error)
    }
  }

  /// For errors inside a stream, which come without a status.
  private static func kindByCode(_ error: UpstreamError) -> FailureKind {
    if let status = Int(error.code), (400...599).contains(status) {
      var numbered = error
      numbered.status = status
      numbered.code = ""
      return kind(of: numbered)
    }
    let code = error.code.isEmpty ? error.type : error.code
    switch code {
    case "invalid_api_key", "InvalidApiKey", "authentication_error": return .authentication
    case "model_not_found", "ModelNotFound", "not_found_error": return .notFound
    case "RequestTimeOut", "InternalError.Timeout", "timeout_error": return .timeout
    case "BadRequest.TooLarge": return .tooLarge
    case "limit_requests", "limit_burst_rate", "insufficient_quota", "rate_limit_error", "rate_limit_exceeded":
      return .rateLimit
    case "ModelServingError", "ModelUnavailable", "overloaded_error": return .overloaded
    case "data_inspection_failed", "invalid_parameter_error", "invalid_request_error", "model_not_supported":
      return .invalidRequest
    default: break
    }
    if code.hasPrefix("Throttling") { return .rateLimit }
    if code.hasPrefix("AccessDenied") || code.contains(text: ".AccessDenied") || code.hasPrefix("AllocationQuota") {
      return .permission
    }
    if isContentRefusal(error) || code.contains(text: "InvalidParameter") || code.hasPrefix("BadRequest")
      || code.hasPrefix("Invalid") || code == "NotSupportEnableThinking" || isPromptTooLong(error)
    {
      return .invalidRequest
    }
    return .api
  }

  private static func isBilling(_ error: UpstreamError) -> Bool {
    switch error.code {
    case "Arrearage", "PrepaidBillOverdue", "PostpaidBillOverdue", "CommodityNotPurchased": true
    default: false
    }
  }

  private static func isTimeout(_ error: UpstreamError) -> Bool {
    error.code == "RequestTimeOut" || error.code == "InternalError.Timeout"
  }

  private static func isContentRefusal(_ error: UpstreamError) -> Bool {
    switch error.code {
    case "data_inspection_failed", "DataInspectionFailed", "FaqRuleBlocked", "CustomRoleBlocked": true
    default: false
    }
  }

  private static func isPromptTooLong(_ error: UpstreamError) -> Bool {
    let text = error.message.lowercased()
    return text.contains(text: "range of input length should be") || text.contains(text: "maximum context length")
      || text.contains(text: "context length exceeded") || error.code == "context_length_exceeded"
  }

  private static func isQuotaExhausted(_ error: UpstreamError) -> Bool {
    guard error.code == "insufficient_quota" || error.code == "Throttling.AllocationQuota" else { return false }
    let text = error.message.lowercased()
    return text.contains(text: "quota") || text.contains(text: "balance")
  }
}
