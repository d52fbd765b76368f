import JSON
import Testing

@testable import AIProxy

/// An upstream's error and what the client is told.
private let errorCases: [(status: Int, body: String, expected: Int, type: String, says: String)] = [
  (400, openAI("invalid_parameter_error", "bad value"), 400, "invalid_request_error", "bad value"),
  (400, native("InvalidParameter", "bad value"), 400, "invalid_request_error", "bad value"),
  (
    400, native("InternalError.Algo.InvalidParameter", "<400> InternalError.Algo.InvalidParameter: no"), 400,
    "invalid_request_error", "<400> InternalError"
  ),
  (
    400, openAI("invalid_parameter_error", "Range of input length should be [1, 129024]"), 400, "invalid_request_error",
    "prompt is too long: Range of input length should be [1, 129024] (capability_rejected: prompt_too_long)"
  ),
  (
    400, openAI("", "This model's maximum context length is 32768 tokens"), 400, "invalid_request_error",
    "prompt is too long: This"
  ),
  (400, native("DataInspectionFailed", "inappropriate"), 400, "invalid_request_error", "inappropriate"),
  (400, openAI("Arrearage", "account in arrears"), 402, "billing_error", "account in arrears"),
  (429, native("PostpaidBillOverdue", "pay"), 402, "billing_error", "pay"),
  (
    401, openAI("invalid_api_key", "Incorrect API key provided: sk-0123456789abcdef."), 401, "authentication_error",
    "sk-***."
  ),
  (403, native("Model.AccessDenied", "no access"), 403, "permission_error", "no access"),
  (403, native("AllocationQuota.FreeTierOnly", "free"), 403, "permission_error", "free"),
  (404, openAI("model_not_found", "no such model"), 404, "not_found_error", "no such model"),
  (408, native("RequestTimeOut", "late"), 504, "timeout_error", "late"),
  (500, native("InternalError.Timeout", "late"), 504, "timeout_error", "late"),
  (413, native("BadRequest.TooLarge", "big"), 413, "request_too_large", "big"),
  (429, openAI("limit_requests", "slow down"), 429, "rate_limit_error", "slow down"),
  (429, native("Throttling.AllocationQuota", "quota exceeded"), 429, "rate_limit_error", "quota exceeded"),
  (500, openAI("internal_error", "oops"), 500, "api_error", "oops"),
  (503, native("ModelServingError", "busy"), 529, "overloaded_error", "busy"),
  (502, "<html><body>Bad Gateway</body></html>", 500, "api_error", "status 502"),
  (500, "plain words", 500, "api_error", "plain words"), (500, "", 500, "api_error", "status 500"),
  (400, #"{"error":"just text"}"#, 400, "invalid_request_error", "just text"),
  (422, #"{"detail":"unprocessable"}"#, 400, "invalid_request_error", "unprocessable"),
]

private func openAI(_ code: String, _ message: String) -> String {
  #"{"error":{"message":"\#(message)","type":"\#(code)","param":null,"code":"\#(code)"},"request_id":"r"}"#
}

private func native(_ code: String, _ message: String) -> String {
  #"{"code":"\#(code)","message":"\#(message)","request_id":"r"}"#
}

private func classify(_ status: Int, _ body: String) -> Failure {
  DashScope().classify(UpstreamErrorReader.read(status: status, body: Array(body.utf8), json: JSONReader()))
}

@Suite("Errors in Anthropic's words")
struct ErrorTests {
  @Test("138–142: each error of DashScope has its status, type and words", arguments: errorCases)
  func error(_ given: (status: Int, body: String, expected: Int, type: String, says: String)) throws {
    let failure = classify(given.status, given.body)
    #expect(failure.status == given.expected)
    let body = AnthropicError.body(failure, requestIdentifier: "req_9")
    let node = try JSONNode(parsing: body)
    #expect(node["type"]?.string == "error" && node["request_id"]?.string == "req_9")
    #expect(node["error"]?["type"]?.string == given.type)
    let message = try #require(node["error"]?["message"]?.string)
    #expect(message.contains(given.says), "\(message)")
    #expect(!message.contains("sk-0123"))
  }

  @Test("138: every code of DashScope's has its row's status, type and words")
  func codesOfDashScope() {
    let rows: [(status: Int, codes: [String], expected: Int, kind: FailureKind)] = [
      (
        400,
        [
          "invalid_parameter_error", "InvalidParameter", "BadRequest.EmptyInput", "InvalidURL",
          "NotSupportEnableThinking",
          "model_not_supported",
        ], 400, .invalidRequest
      ),
      (
        400, ["data_inspection_failed", "DataInspectionFailed", "FaqRuleBlocked", "CustomRoleBlocked"], 400,
        .invalidRequest
      ),
      (400, ["Arrearage"], 402, .billing),
      (429, ["PrepaidBillOverdue", "PostpaidBillOverdue", "CommodityNotPurchased"], 402, .billing),
      (401, ["invalid_api_key", "InvalidApiKey"], 401, .authentication),
      (
        403,
        [
          "AccessDenied", "AccessDenied.Unpurchased", "Model.AccessDenied", "Workspace.AccessDenied",
          "AllocationQuota.FreeTierOnly",
        ], 403, .permission
      ),
      (404, ["model_not_found", "ModelNotFound"], 404, .notFound),
      (408, ["RequestTimeOut"], 504, .timeout), (500, ["RequestTimeOut", "InternalError.Timeout"], 504, .timeout),
      (413, ["BadRequest.TooLarge"], 413, .tooLarge),
      (
        429,
        [
          "Throttling", "limit_requests", "Throttling.RateQuota", "limit_burst_rate", "Throttling.BurstRate",
          "insufficient_quota", "Throttling.AllocationQuota",
        ], 429, .rateLimit
      ),
      (500, ["internal_error", "InternalError.Algo", "SystemError", "ModelServiceFailed"], 500, .api),
      (503, ["ModelServingError", "ModelUnavailable"], 529, .overloaded),
    ]
    for row in rows {
      for code in row.codes {
        for body in [openAI(code, "its words"), native(code, "its words")] {
          let failure = classify(row.status, body)
          #expect(failure.status == row.expected && failure.kind == row.kind, "\(row.status) \(code)")
          #expect(failure.message.hasPrefix("its words"))
          #expect((failure.shouldRetry == false) == [.billing, .authentication].contains(row.kind), "\(code)")
        }
      }
    }
  }

  @Test("139: the words that make Claude Code compact come first")
  func promptTooLong() {
    #expect(
      classify(400, native("x", "Range of input length should be [1, 5]")).message.hasPrefix("prompt is too long: "))
  }

  @Test("140: a rate limit says when to come back, an exhausted quota not to")
  func retryAdvice() {
    let limited = classify(429, openAI("limit_requests", "x"))
    #expect(limited.retryAfter ?? 0 >= 1 && limited.shouldRetry == nil)
    #expect(classify(429, openAI("insufficient_quota", "You exceeded your current quota")).shouldRetry == false)
    #expect(classify(400, openAI("Arrearage", "x")).shouldRetry == false)
    #expect(classify(401, openAI("invalid_api_key", "x")).shouldRetry == false, "the key is the gateway's")
    #expect(OpenAICompatible(provider: "openai")?.classify(UpstreamError(status: 401)).shouldRetry == false)
  }

  @Test("117: what a provider will not read is told in the words that Claude Code knows it by")
  func contentRefusal() {
    let words = "Output blocked by content filtering policy"
    let failure = classify(400, openAI("data_inspection_failed", "inappropriate"))
    #expect(failure.message == "inappropriate (\(words))" && failure.status == 400)
    let other = OpenAICompatible(provider: "openai")?.classify(
      UpstreamError(status: 400, code: "content_filter", message: "m"))
    #expect(other?.message == "m (\(words))")
    #expect(!classify(400, openAI("invalid_parameter_error", "x")).message.contains(words))
  }

  @Test("65: a thread that is to be continued is one that is not found, by the code that Anthropic's packages know")
  func thread() throws {
    let gateway = try Gateway(
      #"{"llm_format":"anthropic","route_type":"llm/v1/chat","model":{"provider":"dashscope","name":"qwen-plus"}}"#)
    gateway.send(request(#""thread":{"type":"continue","previous_message_id":"msg_1"},"#))
    #expect(gateway.response?.status == 400)
    #expect(gateway.responseBody?["error"]?["details"] == ["error_code": "thread_not_found"])
    gateway.send(request(#""system":7,"#))
    #expect(gateway.responseBody?["error"]?["details"] == nil)
  }

  @Test(
    "116: errors inside a stream are told by their code",
    arguments: [
      ("invalid_api_key", FailureKind.authentication), ("Throttling.RateQuota", .rateLimit), ("429", .rateLimit),
      ("ModelUnavailable", .overloaded), ("internal_error", .api), ("", .api), ("Model.AccessDenied", .permission),
      ("InternalError.Algo.InvalidParameter", .invalidRequest), ("503", .overloaded), ("999", .api),
    ])
  func codes(_ given: (code: String, kind: FailureKind)) {
    #expect(DashScope().classify(UpstreamError(code: given.code, message: "m")).kind == given.kind)
  }

  @Test(
    "141: keys are not shown",
    arguments: [
      ("key sk-abcdefgh1234 is bad", "key sk-*** is bad"), ("sk-short", "sk-short"),
      ("task-force-of-many", "task-force-of-many"),
      ("sk-1234567890", "sk-***"), ("(sk-proj-1_2-3456789)", "(sk-***)"),
    ])
  func redaction(_ given: (text: String, expected: String)) {
    #expect(Redaction.redact(given.text) == given.expected)
  }
}
