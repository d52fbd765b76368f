import JSON
import Testing

@testable import AIProxy

private func read(_ json: String) throws(ConfigurationError) -> AIProxyConfiguration {
  try ConfigurationReader.read(Array(json.utf8))
}

private func minimal(_ rest: String = "", provider: String = "dashscope", options: String = "{}") -> String {
  #"{"route_type":"llm/v1/chat","model":{"provider":"\#(provider)","name":"qwen-plus","options":\#(options)}\#(rest)}"#
}

@Suite("Configuration")
struct ConfigurationTests {
  @Test("the tutorial's configuration is read")
  func tutorial() throws {
    let configuration = try read(
      #"""
      {"llm_format":"anthropic","route_type":"llm/v1/chat","logging":{"log_statistics":true,"log_payloads":false},\#
      "auth":{"header_name":"Authorization","header_value":"Bearer sk-1"},"model":{"provider":"dashscope",\#
      "name":"qwen-plus","options":{"max_tokens":8192,"temperature":1.0}}}
      """#)
    #expect(configuration.clientFormat == .anthropic && configuration.routeType == .chat)
    #expect(configuration.logging.logsStatistics && !configuration.logging.logsPayloads)
    #expect(configuration.authentication.headerValue == "Bearer sk-1")
    #expect(configuration.model.options.maximumTokens == 8192 && configuration.model.options.temperature == "1.0")
    #expect(configuration.model.options.isInternational && configuration.hasModelNameHeader)
    #expect(configuration.maximumRequestBodySize == 33_554_432)
  }

  @Test("72: the endpoint follows international and upstream_url")
  func endpoints() throws {
    func endpoint(_ options: String) throws -> Endpoint? {
      let options = try read(minimal(options: options)).model.options
      return options.upstreamURL.flatMap { Endpoint(url: $0) }
        ?? DashScope().endpoint(
          for: DriverCall(route: .chat, model: "m", isStream: false, sharedOptions: .init(options)))
    }
    let path = "/compatible-mode/v1/chat/completions"
    #expect(try endpoint("{}") == Endpoint(host: "dashscope-intl.aliyuncs.com", path: path))
    #expect(
      try endpoint(#"{"dashscope":{"international":false}}"#) == Endpoint(host: "dashscope.aliyuncs.com", path: path))
    let local = try #require(try endpoint(#"{"upstream_url":"http://127.0.0.1:8080/v1/?a=1"}"#))
    #expect(!local.isSecure && local.host == "127.0.0.1" && local.port == 8080 && local.path == "/v1/")
  }

  @Test(
    "URLs of endpoints",
    arguments: [
      ("https://a.b", "a.b", 0, "/"), ("http://[::1]:81/x", "[::1]", 81, "/x"),
      ("https://a:65535/x#f", "a", 65535, "/x"),
    ])
  func urls(_ given: (url: String, host: String, port: Int, path: String)) {
    let endpoint = Endpoint(url: given.url)
    #expect(endpoint?.host == given.host && endpoint?.port == given.port && endpoint?.path == given.path)
  }

  @Test(
    "what is no URL is not taken for one",
    arguments: [
      "", "a.b", "ftp://a", "http://", "http://:80/", "http://a:0/", "http://a:99999/", "http://u@a/", "http://a:x",
      "http://a:+1", "http://a:", "http://a:65536", "http://a:000080",
    ])
  func badURLs(_ url: String) {
    #expect(Endpoint(url: url) == nil)
  }

  @Test(
    "a configuration that cannot work is refused, by field",
    arguments: [
      (minimal(#","auth":{"header_name":"x"}"#), "/auth"),
      (minimal(#","auth":{"param_name":"x","param_value":"y"}"#), "/auth"),
      (minimal(provider: "bedrock"), "/model/provider"), (minimal(#","llm_format":"gemini""#), "/llm_format"),
      (minimal(#","llm_format":"klingon""#), "/llm_format"),
      (minimal(options: #"{"upstream_url":"nowhere"}"#), "/model/options/upstream_url"),
      (#"{"route_type":"llm/v1/embeddings","llm_format":"anthropic","model":{"provider":"dashscope"}}"#, "/route_type"),
      (#"{"route_type":"llm/v1/files","model":{"provider":"dashscope"}}"#, "/route_type"),
      (#"{"model":{"provider":"dashscope"}}"#, "/route_type"), (#"{"route_type":"llm/v1/chat"}"#, "/model/provider"),
      (minimal(#","translation":{"thinking":"perhaps"}"#), "/translation/thinking"), ("[", ""),
    ])
  func refused(_ given: (json: String, pointer: String)) {
    let error = #expect(throws: ConfigurationError.self) { try read(given.json) }
    #expect(error?.pointer == given.pointer && error?.message.isEmpty == false)
  }

  @Test("the schema is JSON, has Kong's defaults, and marks secrets")
  func schema() throws {
    let schema = try JSONNode.parse(ConfigurationSchema.text.description)
    let properties = try #require(schema["properties"])
    #expect(properties["llm_format"]?["default"]?.string == "openai")
    #expect(properties["response_streaming"]?["default"]?.string == "allow")
    let dashscope = properties["model"]?["properties"]?["options"]?["properties"]?["dashscope"]
    #expect(dashscope?["properties"]?["international"]?["default"]?.boolean == true)
    let auth = try #require(properties["auth"]?["properties"])
    for name in ["header_value", "param_value", "gcp_service_account_json", "aws_secret_access_key"] {
      #expect(auth[name]?["x-secret"]?.boolean == true, "\(name)")
      #expect(auth[name]?["x-referenceable"]?.boolean == true, "\(name)")
    }
    #expect(
      properties["max_request_body_size"]?["default"]?.integer == AIProxyConfiguration.defaultMaximumRequestBodySize)
    for route in AIProxyConfiguration.RouteType.allCases {
      #expect(properties["route_type"]?["enum"]?.array?.contains(.init(route.rawValue)) == true, "\(route)")
    }
  }

  @Test("templates are filled from the request, or refused in Kong's words")
  func templates() throws {
    let values = ["headers.x-model": "a", "query_params.v": "b"]
    func fill(_ text: String) throws -> String {
      try ModelNameTemplate.fill(text) { values["\($0.rawValue).\($1)"] }
    }
    #expect(try fill("$(headers.x-model)-$(query_params.v)") == "a-b")
    #expect(try fill("plain") == "plain")
    #expect(throws: Failure(.invalidRequest, "headers key y was not provided")) { try fill("$(headers.y)") }
    #expect(throws: Failure(.invalidRequest, "source 'x' is not supported")) { try fill("$(x.y)") }
    #expect(throws: Failure(.invalidRequest, "cannot parse expression for field '$(headers'")) { try fill("$(headers") }
  }

  @Test(
    "names with asterisks match any characters",
    arguments: [
      ("a*c", "abc", true), ("a*c", "ac", true), ("a*c", "ab", false), ("*", "", true),
      ("claude-*", "claude-x-y", true),
      ("claude-*", "claud", false), ("a*b*c", "a1b2b3c", true), ("x", "x", true), ("x", "xy", false),
    ])
  func globs(_ given: (pattern: String, text: String, expected: Bool)) {
    #expect(Glob.matches(given.pattern, given.text) == given.expected)
  }
}
