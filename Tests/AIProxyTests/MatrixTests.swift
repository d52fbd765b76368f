import JSON
import Testing

@testable import AIProxy

/// A driver's row of the matrix: how it is configured, and where a chat must go.
struct MatrixDriver: Sendable, CustomStringConvertible {
  var description: String
  /// `provider` and `options`.
  var model: String
  var host: String
  var path: String
  /// Where a streamed chat goes; as ``path`` unless set.
  var streamPath: String?
  var query: String?
  var dialect = MatrixDialect.chat
  /// Has completions and responses of its own.
  var isNative = false

  func dialect(for format: MatrixFormat) -> MatrixDialect {
    guard isNative else { return dialect }
    switch format {
    case .completions: return .completions
    case .responses: return .responses
    default: return dialect
    }
  }

  /// A new driver gets a row here.
  static let all = [
    MatrixDriver(
      description: "dashscope", model: #""provider":"dashscope""#, host: "dashscope-intl.aliyuncs.com",
      path: "/compatible-mode/v1/chat/completions"),
    MatrixDriver(
      description: "dashscope, finance", model: #""provider":"dashscope","options":{"dashscope":{"region":"finance"}}"#,
      host: "dashscope-finance.aliyuncs.com", path: "/compatible-mode/v1/chat/completions"),
    MatrixDriver(
      description: "openai", model: #""provider":"openai""#, host: "api.openai.com", path: "/v1/chat/completions",
      isNative: true),
    MatrixDriver(
      description: "openai, any server", model: #""provider":"openai","options":{"upstream_url":"http://llama:8080"}"#,
      host: "llama", path: "/v1/chat/completions", isNative: true),
    MatrixDriver(
      description: "azure",
      model: #""provider":"azure","options":{"azure_instance":"i","azure_deployment_id":"d 1"}"#,
      host: "i.openai.azure.com", path: "/openai/deployments/d%201/chat/completions", query: "api-version=2023-05-15",
      isNative: true),
    MatrixDriver(
      description: "mistral", model: #""provider":"mistral","options":{"mistral_format":"openai"}"#,
      host: "api.mistral.ai", path: "/v1/chat/completions"),
    MatrixDriver(
      description: "deepseek", model: #""provider":"deepseek""#, host: "api.deepseek.com", path: "/v1/chat/completions"),
    MatrixDriver(
      description: "databricks",
      model: #""provider":"databricks","options":{"databricks":{"workspace_instance_id":"dbc-1"}}"#,
      host: "dbc-1.cloud.databricks.com", path: "/serving-endpoints/v1/chat/completions"),
    MatrixDriver(
      description: "anthropic", model: #""provider":"anthropic","options":{"anthropic_version":"2023-06-01"}"#,
      host: "api.anthropic.com", path: "/v1/messages", dialect: .anthropic),
    MatrixDriver(
      description: "gemini", model: #""provider":"gemini""#, host: "generativelanguage.googleapis.com",
      path: "/v1beta/models/m-1:generateContent", streamPath: "/v1beta/models/m-1:streamGenerateContent",
      dialect: .gemini),
    MatrixDriver(
      description: "vertex",
      model:
        #""provider":"gemini","options":{"gemini":{"api_endpoint":"eu.example","project_id":"p","location_id":"l"}}"#,
      host: "eu.example", path: "/v1/projects/p/locations/l/publishers/google/models/m-1:generateContent",
      streamPath: "/v1/projects/p/locations/l/publishers/google/models/m-1:streamGenerateContent", dialect: .gemini),
  ]
}

@Suite("Every format on every driver")
struct MatrixTests {
  private func gateway(_ format: MatrixFormat, _ driver: MatrixDriver) throws -> Gateway {
    try Gateway(
      "{\(format.configuration),\"logging\":{\"log_statistics\":true},\"model\":{\"name\":\"m-1\",\(driver.model)}}")
  }

  @Test("a story arrives as it was told", arguments: MatrixDriver.all, MatrixFormat.allCases)
  func answers(_ driver: MatrixDriver, _ format: MatrixFormat) throws {
    let dialect = driver.dialect(for: format)
    for story in MatrixStory.allCases {
      for isStream in [false, true] {
        // Providers that have no calls in completions tell no such story.
        if story == .tool, dialect == .completions { continue }
        let body = Array(MatrixUpstream.body(dialect, story, isStream: isStream).utf8)
        for size in [body.count, 7] {
          let gateway = try gateway(format, driver)
          gateway.send(format.request(isStream: isStream), path: format.path, query: "beta=true")
          try #require(
            gateway.forwarded != nil, "\(gateway.response.map { String(decoding: $0.body, as: UTF8.self) } ?? "")")
          let pieces = stride(from: 0, to: body.count, by: size).map {
            String(decoding: body[$0..<min($0 + size, body.count)], as: UTF8.self)
          }
          gateway.receive(status: 200, pieces: pieces, interval: 1_000_000)
          let what: Comment = "\(story), \(isStream ? "stream" : "whole"), pieces of \(size)"
          try #require(gateway.response == nil, what)
          let answer = try format.understand(gateway.output, isStream: isStream)
          #expect(
            answer == .expected(story, hasCalls: format.hasCalls, hasUsage: true), what)
          let usage = try #require(try gateway.record("ai.proxy.usage"))
          #expect(usage["prompt_tokens"]?.integer == 10 && usage["completion_tokens"]?.integer == 5, what)
          #expect(usage["prompt_tokens_details"]?["cached_tokens"]?.integer == 4, what)
          let meta = try #require(try gateway.record("ai.proxy.meta"))
          #expect(meta["response_model"]?.string == "up" && meta["request_model"]?.string == "m-1", what)
          #expect(meta["request_mode"]?.string == (isStream ? "stream" : "oneshot"), what)
        }
      }
    }
  }

  @Test(
    "a request goes where the driver says, and says all that it said", arguments: MatrixDriver.all,
    MatrixFormat.allCases)
  func requests(_ driver: MatrixDriver, _ format: MatrixFormat) throws {
    for isStream in [false, true] {
      let gateway = try gateway(format, driver)
      gateway.send(format.request(isStream: isStream), path: format.path, query: "beta=true")
      let forwarded = try #require(gateway.forwarded)
      #expect(forwarded.endpoint.host == driver.host)
      let dialect = driver.dialect(for: format)
      if dialect == driver.dialect {
        #expect(forwarded.endpoint.path == (isStream ? driver.streamPath ?? driver.path : driver.path))
      }
      if let query = driver.query { #expect(forwarded.query == "beta=true&\(query)") }
      let body = try JSONNode(parsing: forwarded.body ?? [])
      let text = String(decoding: forwarded.body ?? [], as: UTF8.self)
      if dialect != .gemini {
        #expect(body["model"]?.string == "m-1" && body["stream"]?.boolean ?? false == isStream)
      } else {
        #expect(forwarded.query == (isStream ? "alt=sse" : ""), "Google refuses parameters that it does not know")
      }
      #expect(text.contains("Weather?") && text.contains("2000") && text.contains("0.5"))
      guard format != .completions else { continue }
      for word in ["Be brief.", "And Paris?", "sunny", "Rome", "Tells the weather.", #""required":["city"]"#] {
        #expect(text.contains(word), "\(word) in \(text)")
      }
    }
  }

  @Test(
    "an upstream's error comes with its status and in the client's format", arguments: MatrixDriver.all,
    MatrixFormat.allCases)
  func errors(_ driver: MatrixDriver, _ format: MatrixFormat) throws {
    let body =
      switch driver.dialect {
      case .anthropic: #"{"type":"error","error":{"type":"rate_limit_error","message":"slow down"}}"#
      case .gemini: #"{"error":{"code":429,"message":"slow down","status":"RESOURCE_EXHAUSTED"}}"#
      default: #"{"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#
      }
    let gateway = try gateway(format, driver)
    gateway.send(format.request(isStream: true), path: format.path)
    gateway.receive(status: 429, pieces: [body])
    // What passes through keeps the upstream's status by itself.
    if let response = gateway.response { #expect(response.status == 429) }
    let answer = try gateway.responseBody ?? JSONNode.parse(gateway.output)
    #expect(answer["error"]?["message"]?.string?.contains("slow down") == true)
    if format == .anthropic {
      #expect(answer["type"]?.string == "error" && answer["error"]?["type"]?.string == "rate_limit_error")
    } else {
      #expect(answer["type"] == nil && answer["error"]?["code"] != nil)
    }
  }
}
