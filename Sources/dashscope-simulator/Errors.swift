/// An error as the simulated service reports it.
struct ServiceError: Error, Sendable {
  /// The HTTP status.
  var status: Int
  /// The machine-readable code, for example `invalid_parameter_error`.
  var code: String
  /// The `type` of the OpenAI-compatible shape.
  var type = "invalid_request_error"
  /// The text for a human.
  var message: String

  init(status: Int, code: String, type: String = "invalid_request_error", message: String) {
    self.status = status
    self.code = code
    self.type = type
    self.message = message
  }

  /// A parameter out of its range: the most common refusal, worded as the model servers do.
  static func parameter(_ message: String) -> ServiceError {
    ServiceError(
      status: 400, code: "invalid_parameter_error", message: "<400> InternalError.Algo.InvalidParameter: \(message)")
  }

  /// A refusal by the gateway in front of the model servers: the same code without their prefix.
  static func request(_ message: String) -> ServiceError {
    ServiceError(status: 400, code: "invalid_parameter_error", message: message)
  }

  /// The OpenAI-compatible body: `{"error":{…},"id":…,"request_id":…}`.
  func body(requestID: String) -> [UInt8] {
    var json = JSONText()
    json.raw(#"{"error":{"code":"#)
    json.string(code)
    json.raw(#","param":null,"message":"#)
    json.string(message)
    json.raw(#","type":"#)
    json.string(type)
    json.raw(#"},"id":"#)
    json.string("chatcmpl-" + requestID)
    json.raw(#","request_id":"#)
    json.string(requestID)
    json.raw("}")
    return json.bytes
  }

  /// The body of the native API: `{"code":…,"message":…,"request_id":…}`.
  func nativeBody(requestID: String) -> [UInt8] {
    var json = JSONText()
    json.raw(#"{"code":"#)
    json.string(code)
    json.raw(#","message":"#)
    json.string(message)
    json.raw(#","request_id":"#)
    json.string(requestID)
    json.raw("}")
    return json.bytes
  }

  /// The error known by that code, as the service words it. `nil` when there is no such code.
  static func named(_ code: String) -> ServiceError? {
    table.first { $0.code == code }
  }

  /// Every code that the `error` faults can name.
  static let table: [ServiceError] = {
    let denied = "Access denied."
    let quota = "You exceeded your current quota, please check your plan and billing details."
    let rate = "Requests rate limit exceeded, please try again later."
    let burst =
      "Request rate increased too quickly. To ensure system stability, please adjust your client logic to scale "
      + "requests more smoothly over time."
    let account = "Access denied, please make sure your account is in good standing."
    let internalError = "An internal error has occured, please try again later or contact service support."
    let content = "Input data may contain inappropriate content."
    let rows: [(Int, String, String, String)] = [
      (
        400, "invalid_parameter_error", "invalid_request_error",
        "Required body invalid, please check the request body format."
      ),
      (
        400, "InvalidParameter", "InvalidParameter",
        "Required parameter(s) missing or invalid, please check the request parameters."
      ),
      (
        400, "invalid_request_error", "invalid_request_error",
        "Required body invalid, please check the request body format."
      ),
      (400, "BadRequest.EmptyInput", "BadRequest.EmptyInput", "Required input parameter missing from request."),
      (400, "BadRequest.IllegalInput", "BadRequest.IllegalInput", "The input parameter requires json format."),
      (
        400, "InvalidURL", "InvalidURL",
        "The provided URL does not appear to be valid. Ensure it is correctly formatted."
      ),
      (400, "NotSupportEnableThinking", "NotSupportEnableThinking", "The model does not support enable_thinking."),
      (400, "model_not_supported", "invalid_request_error", "Unsupported model for OpenAI compatibility mode."),
      (400, "data_inspection_failed", "data_inspection_failed", content),
      (400, "DataInspectionFailed", "DataInspectionFailed", content),
      (400, "FaqRuleBlocked", "FaqRuleBlocked", "Input or output data is blocked by faq rule."),
      (
        400, "CustomRoleBlocked", "CustomRoleBlocked",
        "Input or output data may contain inappropriate content with custom rule."
      ),
      (400, "Arrearage", "Arrearage", account),
      (401, "invalid_api_key", "invalid_request_error", "Incorrect API key provided."),
      (401, "InvalidApiKey", "InvalidApiKey", "Invalid API-key provided."),
      (403, "AccessDenied", "AccessDenied", denied),
      (
        403, "AccessDenied.Unpurchased", "AccessDenied.Unpurchased",
        "Access to model denied. Please make sure you are eligible for using the model."
      ),
      (403, "access_denied", "invalid_request_error", denied),
      (403, "Model.AccessDenied", "Model.AccessDenied", "Model access denied."),
      (403, "Workspace.AccessDenied", "Workspace.AccessDenied", "Workspace access denied."),
      (
        403, "AllocationQuota.FreeTierOnly", "AllocationQuota.FreeTierOnly",
        "The free tier of the model has been exhausted."
      ),
      (404, "model_not_found", "invalid_request_error", "The model does not exist or you do not have access to it."),
      (404, "ModelNotFound", "ModelNotFound", "Model can not be found."),
      (408, "RequestTimeOut", "RequestTimeOut", "Request timed out, please try again later."),
      (413, "BadRequest.TooLarge", "BadRequest.TooLarge", "Payload Too Large"),
      (429, "limit_requests", "limit_requests", "You exceeded your current requests list."),
      (429, "limit_burst_rate", "limit_burst_rate", burst),
      (429, "Throttling", "Throttling", "Requests throttling triggered."),
      (429, "Throttling.RateQuota", "Throttling.RateQuota", rate),
      (429, "Throttling.BurstRate", "Throttling.BurstRate", burst),
      (
        429, "Throttling.AllocationQuota", "Throttling.AllocationQuota",
        "Allocated quota exceeded, please increase your quota limit."
      ),
      (429, "insufficient_quota", "insufficient_quota", quota),
      (429, "PrepaidBillOverdue", "PrepaidBillOverdue", "The prepaid bill is overdue."),
      (429, "PostpaidBillOverdue", "PostpaidBillOverdue", "The postpaid bill is overdue."),
      (429, "CommodityNotPurchased", "CommodityNotPurchased", "Commodity has not purchased yet."),
      (500, "internal_error", "internal_error", internalError),
      (500, "InternalError", "InternalError", internalError),
      (500, "InternalError.Algo", "InternalError.Algo", "inference internal error."),
      (
        500, "InternalError.Timeout", "InternalError.Timeout",
        "An internal timeout error has occured during execution, please try again later or contact service support."
      ),
      (500, "SystemError", "SystemError", "An system error has occured, please try again later."),
      (500, "ModelServiceFailed", "ModelServiceFailed", "Failed to request model service."),
      (
        503, "ModelServingError", "ModelServingError",
        "Too many requests. Your requests are being throttled due to system capacity limits. Please try again later."
      ),
      (503, "ModelUnavailable", "ModelUnavailable", "Model is unavailable, please try again later."),
    ]
    return rows.map { ServiceError(status: $0.0, code: $0.1, type: $0.2, message: $0.3) }
  }()
}
