import JSON
import Testing

@testable import AIProxy

/// One field of Kong's schema, and what somebody outside sees of it.
struct FieldEffect: Sendable, CustomStringConvertible {
  /// The field, by its path in `config`.
  var path: String
  /// Configurations that differ in it.
  var without: String
  var with: String
  /// What is to be seen with the second, and not with the first.
  var shows: String
  var request = #"{"messages":[{"role":"user","content":"hi"}],"temperature":0.3,"top_p":0.4,"stream":false}"#
  var headers: [String: String] = [:]
  var answer =
    #"{"model":"up","service_tier":"priority","choices":[{"message":{"role":"assistant","content":"hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1000000,"completion_tokens":1000000,"prompt_tokens_details":{"cached_tokens":500000,"cache_creation_input_tokens":250000}}}"#

  var description: String { path }

  init(
    _ path: String, _ without: String, _ with: String, shows: String, request: String? = nil,
    headers: [String: String] = [:], answer: String? = nil
  ) {
    self.path = path
    self.without = without
    self.with = with
    self.shows = shows
    self.headers = headers
    if let request { self.request = request }
    if let answer { self.answer = answer }
  }

  /// A field of `model.options`.
  static func option(
    _ name: String, _ value: String, provider: String = "openai", model: String = "m", route: String = "llm/v1/chat",
    others: String = "", shows: String, request: String? = nil, answer: String? = nil
  ) -> FieldEffect {
    func configuration(_ options: String) -> String {
      #""route_type":"\#(route)","logging":{"log_statistics":true},"model":{"provider":"\#(provider)","name":"\#(model)","options":{\#(options)}}"#
    }
    let leaf = name.split(separator: ".").reversed()
    var text = value
    for part in leaf { text = text.isEmpty ? text : "\"\(part)\":" + (part == leaf.first ? text : "{\(text)}") }
    let rest = others.isEmpty ? "" : ",\(others)"
    return FieldEffect(
      "model.options.\(name)", configuration(others), configuration(text + rest), shows: shows, request: request,
      answer: answer)
  }
}

private func chat(_ rest: String, model: String = #""provider":"openai","name":"m""#) -> String {
  #""route_type":"llm/v1/chat","model":{\#(model)}\#(rest.isEmpty ? "" : ",")\#(rest)"#
}

private let statistics = #""logging":{"log_statistics":true}"#
private let prices = #""input_cost":1,"output_cost":1"#
private let embeddings = #"{"input":["a"]}"#
private let embeddingsAnswer = #"{"data":[{"embedding":[1]}],"model":"up","usage":{"prompt_tokens":1}}"#

let fieldEffects: [FieldEffect] = [
  .init(
    "route_type", chat(""), chat("").replacing("llm/v1/chat", with: "llm/v1/embeddings"), shows: "/v1/embeddings",
    request: #"{"messages":[{"role":"user","content":"hi"}],"input":"a"}"#),
  .init(
    "llm_format", chat(""), chat(#""llm_format":"anthropic""#), shows: #""stop_reason":"end_turn""#,
    request: #"{"max_tokens":5,"messages":[{"role":"user","content":"hi"}]}"#),
  .init("response_streaming", chat(""), chat(#""response_streaming":"always""#), shows: #""stream":true"#),
  .init(
    "response_streaming", chat(""), chat(#""response_streaming":"deny""#), shows: "response streaming is not enabled",
    request: #"{"messages":[{"role":"user","content":"hi"}],"stream":true}"#),
  .init("max_request_body_size", chat(""), chat(#""max_request_body_size":20"#), shows: "larger than 20 bytes"),
  .init(
    "model_name_header", chat(#""model_name_header":false"#), chat(#""model_name_header":true"#),
    shows: "X-Kong-LLM-Model: openai/m"),
  .init("logging.log_statistics", chat(""), chat(statistics), shows: #"ai.proxy.usage {"prompt_tokens":1000000"#),
  .init(
    "logging.log_payloads", chat(""), chat(#""logging":{"log_payloads":true}"#), shows: #"ai.proxy.payload {"request""#),
  .init(
    "auth.header_name", chat(""), chat(#""auth":{"header_name":"X-Key","header_value":"v"}"#), shows: "X-Key: v"),
  .init(
    "auth.header_value", chat(#""auth":{"header_name":"X-Key","header_value":"v"}"#),
    chat(#""auth":{"header_name":"X-Key","header_value":"w"}"#), shows: "X-Key: w"),
  .init(
    "auth.param_name", chat(""), chat(#""auth":{"param_name":"k","param_value":"v","param_location":"query"}"#),
    shows: "?k=v"),
  .init(
    "auth.param_value", chat(#""auth":{"param_name":"k","param_value":"v","param_location":"query"}"#),
    chat(#""auth":{"param_name":"k","param_value":"w","param_location":"query"}"#), shows: "?k=w"),
  .init(
    "auth.param_location", chat(#""auth":{"param_name":"k","param_value":"v","param_location":"query"}"#),
    chat(#""auth":{"param_name":"k","param_value":"v","param_location":"body"}"#), shows: #","k":"v"}"#),
  .init(
    "auth.allow_override", chat(#""auth":{"header_name":"x-key","header_value":"v"}"#),
    chat(#""auth":{"header_name":"x-key","header_value":"v","allow_override":true}"#), shows: "the client's x-key",
    headers: ["headers.x-key": "own"]),
  .init(
    "model.provider", chat(""), chat("", model: #""provider":"dashscope","name":"m""#),
    shows: "dashscope-intl.aliyuncs.com"),
  .init("model.name", chat(""), chat("", model: #""provider":"openai","name":"n""#), shows: #""model":"n""#),
  .init(
    "model.name", chat(""), chat("", model: #""provider":"openai","name":"$(headers.x-model)""#),
    shows: #""model":"templated""#, headers: ["headers.x-model": "templated"]),
  .init(
    "model.model_alias", chat(""), chat("", model: #""provider":"openai","name":"m","model_alias":"other-*""#),
    shows: #""model":"m""#, request: #"{"model":"other-1","messages":[{"role":"user","content":"hi"}]}"#),
  .option("max_tokens", "7", shows: #""max_tokens":7"#),
  .option("temperature", "1.5", shows: #""temperature":1.5"#),
  .option("top_p", "0.9", shows: #""top_p":0.9"#),
  .option("top_k", "9", provider: "dashscope", shows: #""top_k":9"#),
  .option("input_cost", "3", others: #""output_cost":1"#, shows: #""cost":4,"#),
  .option("output_cost", "5", others: #""input_cost":1"#, shows: #""cost":6,"#),
  .option("cache_read_cost", "0", others: prices, shows: #""cost":1.5,"#),
  .option("cache_write_cost", "9", others: prices, shows: #""cost":4,"#),
  .option(
    "cache_write_cost_list", #"[{"ttl":"5m","cost":13}]"#, others: prices, shows: #""cost":5,"#),
  .option(
    "context_window_factor", #"[{"above":"200k","input_factor":2,"output_factor":3}]"#, others: prices,
    shows: #""cost":5,"#),
  .option("service_tier_factor", #"[{"tier":"priority","factor":10}]"#, others: prices, shows: #""cost":20,"#),
  .option(
    "embeddings_dimensions", "64", route: "llm/v1/embeddings", shows: #""dimensions":64"#, request: embeddings,
    answer: embeddingsAnswer),
  .option("upstream_url", #""http://other:8080/a/b""#, shows: "http other:8080 /a/b"),
  .option("upstream_path", #""/c""#, shows: "api.openai.com:0 /c"),
  .option(
    "anthropic_version", #""2099-01-01""#, provider: "anthropic", others: "", shows: "anthropic-version: 2099-01-01"),
  .option(
    "azure_instance", #""inst""#, provider: "azure", others: #""azure_deployment_id":"dep""#,
    shows: "inst.openai.azure.com"),
  .option(
    "azure_deployment_id", #""dep""#, provider: "azure", others: #""azure_instance":"inst""#,
    shows: "/openai/deployments/dep/chat/completions"),
  .option(
    "azure_api_version", #""2024-10-21""#, provider: "azure",
    others: #""azure_instance":"inst","azure_deployment_id":"dep""#, shows: "api-version=2024-10-21"),
  .option(
    "llama2_format", #""openai""#, provider: "llama2", others: #""upstream_url":"http://l/v1/chat/completions""#,
    shows: "http l:0 /v1/chat/completions"),
  .option("mistral_format", #""openai""#, provider: "mistral", shows: "api.mistral.ai"),
  .option("dashscope.international", "false", provider: "dashscope", shows: "https dashscope.aliyuncs.com"),
  .option("databricks.workspace_instance_id", #""dbc-1""#, provider: "databricks", shows: "dbc-1.cloud.databricks.com"),
  .option(
    "gemini.api_endpoint", #""eu-aiplatform.googleapis.com","project_id":"p","location_id":"l""#, provider: "gemini",
    shows: "eu-aiplatform.googleapis.com"),
  .option(
    "gemini.project_id", #""p","api_endpoint":"e.googleapis.com","location_id":"l""#, provider: "gemini",
    shows: "/projects/p/"),
  .option(
    "gemini.location_id", #""l","api_endpoint":"e.googleapis.com","project_id":"p""#, provider: "gemini",
    shows: "/locations/l/"),
  .option(
    "gemini.endpoint_id", #""9","api_endpoint":"e.googleapis.com","project_id":"p","location_id":"l""#,
    provider: "gemini", shows: "/endpoints/9:"),
  .option("huggingface.use_cache", "false", provider: "huggingface", shows: "x-use-cache: false"),
  .option("huggingface.wait_for_model", "true", provider: "huggingface", shows: "x-wait-for-model: true"),
]

/// Fields that are taken and change nothing, as README says.
private let withoutEffect: Set<String> = [
  "genai_category", "model.options.cohere.embedding_input_type", "model.options.cohere.wait_for_model",
]

@Suite("Every field of Kong's schema")
struct SchemaEffectTests {
  @Test("can be seen at work", arguments: fieldEffects)
  func effect(_ field: FieldEffect) {
    let with = observe(field.with, field)
    #expect(with.contains(field.shows), "\(with)")
    #expect(!observe(field.without, field).contains(field.shows), "without it, too")
  }

  @Test("is in this table, or said to be without effect")
  func complete() throws {
    let schema = try JSONNode.parse(ConfigurationSchema.text.description)
    var seen = Set(fieldEffects.map(\.path)).union(withoutEffect)
    for path in leaves(schema, "") {
      if ["translation.", "payloads.", "telemetry.", "resilience."].contains(where: path.hasPrefix) { continue }
      if path == "model.options.dashscope.region" || path.hasPrefix("model.options.bedrock.") { continue }
      if ["auth.azure_", "auth.gcp_", "auth.aws_"].contains(where: path.hasPrefix) { continue }
      #expect(seen.contains(path), "\(path) is in no test")
      seen.remove(path)
    }
    // Those that come more than once in the table are gone already.
    #expect(seen.isEmpty, "\(seen) is not in the schema")
  }

  @Test("what is not available is refused by name")
  func refused() {
    for (configuration, pointer) in [
      (chat(#""auth":{"azure_use_managed_identity":true}"#), "/auth/azure_use_managed_identity"),
      (chat(#""auth":{"gcp_use_service_account":true}"#), "/auth/gcp_use_service_account"),
      (chat("", model: #""provider":"bedrock","name":"m""#), "/model/provider"),
      (chat(#""llm_format":"cohere""#), "/llm_format"),
    ] {
      let error = #expect(throws: ConfigurationError.self) { try Gateway("{\(configuration)}") }
      #expect(error?.pointer == pointer && error?.message.isEmpty == false)
    }
  }

  /// Paths of all that is no object.
  private func leaves(_ node: JSONNode, _ path: String) -> [String] {
    guard let properties = node["properties"]?.members else { return [path] }
    return properties.flatMap { leaves($0.value, path.isEmpty ? $0.name : "\(path).\($0.name)") }
  }

  /// All that can be seen of a request from outside.
  private func observe(_ configuration: String, _ field: FieldEffect) -> String {
    guard let gateway = try? Gateway("{\(configuration)}") else { return "refused" }
    let path = configuration.contains("\"anthropic\"") && configuration.contains("llm_format") ? "/v1/messages" : "/x"
    let limit = gateway.exchange.configuration.maximumRequestBodySize
    gateway.send(
      field.request, path: path, query: "", isTooLarge: limit > 0 && field.request.utf8.count > limit,
      hasOwnCredential: field.headers["headers.x-key"] != nil, values: field.headers)
    var seen: [String] = []
    if let forwarded = gateway.forwarded {
      let endpoint = forwarded.endpoint
      seen.append(
        "\(endpoint.isSecure ? "https" : "http") \(endpoint.host):\(endpoint.port) \(endpoint.path)?\(forwarded.query ?? "")"
      )
      seen += forwarded.headers.map { "\($0.name): \($0.value)" }
      if !forwarded.headers.contains(where: { $0.name == "x-key" }), field.headers["headers.x-key"] != nil {
        seen.append("the client's x-key")
      }
      seen.append(String(decoding: forwarded.body ?? [], as: UTF8.self))
      gateway.receive(status: 200, pieces: [field.answer])
      seen += gateway.responseHeaders.map { "\($0.name): \($0.value)" }
      seen.append(gateway.output)
    }
    if let response = gateway.response { seen.append(String(decoding: response.body, as: UTF8.self)) }
    for entry in gateway.exchange.record(now: gateway.now) {
      seen.append("\(entry.key) \(String(decoding: entry.json, as: UTF8.self))")
    }
    return seen.joined(separator: "\n")
  }
}
