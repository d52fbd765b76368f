import JSON

/// Why a configuration is refused.
struct ConfigurationError: Error, Equatable {
  /// JSON Pointer (RFC 6901) to the field at fault; empty for the whole.
  var pointer: String
  /// What is wrong and what to do about it.
  var message: String
}

/// Reads a configuration that follows the schema, and checks what the schema cannot say. Fields for providers that have no
/// driver yet are taken and left alone.
enum ConfigurationReader {
  /// - Parameter json: the object, defaults filled in or not.
  static func read(_ json: [UInt8]) throws(ConfigurationError) -> AIProxyConfiguration {
    let root: JSONNode
    do {
      root = try JSONNode(parsing: json)
    } catch {
      throw ConfigurationError(pointer: "", message: "not JSON: \(error)")
    }
    let routeType: AIProxyConfiguration.RouteType = try choice(root, "route_type", "") { $0 }
    guard let provider = root["model"]?["provider"]?.string else {
      throw ConfigurationError(pointer: "/model/provider", message: "required field missing")
    }
    var result = AIProxyConfiguration(routeType: routeType, model: .init(provider: provider))
    if root["llm_format"] != nil { result.clientFormat = try choice(root, "llm_format", "") { $0 } }
    if root["response_streaming"] != nil {
      result.responseStreaming = try choice(root, "response_streaming", "") { $0 }
    }
    result.category = root["genai_category"]?.string ?? result.category
    result.maximumRequestBodySize = root["max_request_body_size"]?.integer ?? result.maximumRequestBodySize
    result.hasModelNameHeader = root["model_name_header"]?.boolean ?? true
    result.logging.logsStatistics = root["logging"]?["log_statistics"]?.boolean ?? false
    result.logging.logsPayloads = root["logging"]?["log_payloads"]?.boolean ?? false
    if let auth = root["auth"], !auth.isNull { result.authentication = try authentication(auth) }
    if let model = root["model"] { readModel(model, into: &result.model) }
    if let translation = root["translation"], !translation.isNull { try readTranslation(translation, into: &result) }
    try check(result)
    return result
  }

  private static func authentication(_ node: JSONNode) throws(ConfigurationError)
    -> AIProxyConfiguration.Authentication
  {
    var result = AIProxyConfiguration.Authentication()
    result.headerName = text(node, "header_name")
    result.headerValue = text(node, "header_value")
    result.parameterName = text(node, "param_name")
    result.parameterValue = text(node, "param_value")
    if text(node, "param_location") != nil {
      let location: AIProxyConfiguration.Authentication.ParameterLocation = try choice(node, "param_location", "/auth")
      {
        $0
      }
      result.parameterLocation = location
    }
    result.allowsOverride = node["allow_override"]?.boolean ?? false
    guard (result.headerName == nil) == (result.headerValue == nil) else {
      throw ConfigurationError(pointer: "/auth", message: "set both header_name and header_value, or neither")
    }
    let given = [result.parameterName != nil, result.parameterValue != nil, result.parameterLocation != nil]
    guard given.allSatisfy({ $0 == given[0] }) else {
      throw ConfigurationError(
        pointer: "/auth", message: "set all of param_name, param_value and param_location, or none of them")
    }
    return result
  }

  private static func readModel(_ node: JSONNode, into model: inout AIProxyConfiguration.Model) {
    model.name = text(node, "name")
    model.alias = text(node, "model_alias")
    guard let options = node["options"] else { return }
    model.options.maximumTokens = options["max_tokens"]?.integer
    model.options.temperature = options["temperature"]?.number
    model.options.topP = options["top_p"]?.number
    model.options.topK = options["top_k"]?.number
    model.options.inputCost = options["input_cost"]?.double
    model.options.outputCost = options["output_cost"]?.double
    model.options.cacheReadCost = options["cache_read_cost"]?.double
    model.options.cacheWriteCost = options["cache_write_cost"]?.double
    model.options.upstreamURL = text(options, "upstream_url")
    model.options.upstreamPath = text(options, "upstream_path")
    model.options.isInternational = options["dashscope"]?["international"]?.boolean ?? true
  }

  private static func readTranslation(
    _ node: JSONNode, into configuration: inout AIProxyConfiguration
  ) throws(ConfigurationError) {
    var result = AIProxyConfiguration.Translation()
    if node["thinking"] != nil { result.thinking = try choice(node, "thinking", "/translation") { $0 } }
    result.preservesThinking = node["preserve_thinking"]?.boolean ?? false
    if node["web_search"] != nil { result.webSearch = try choice(node, "web_search", "/translation") { $0 } }
    if node["unsupported_content"] != nil {
      result.unsupportedContent = try choice(node, "unsupported_content", "/translation") { $0 }
    }
    result.acceptsMissingFinishReason = node["missing_finish_reason"]?.string == "accept"
    result.answersWithRequestedModel = node["response_model"]?.string == "request"
    result.pingInterval = node["ping_interval"]?.integer ?? result.pingInterval
    configuration.translation = result
  }

  private static func check(_ configuration: AIProxyConfiguration) throws(ConfigurationError) {
    let provider = configuration.model.provider
    guard let driver = Drivers.driver(for: provider) else {
      throw ConfigurationError(
        pointer: "/model/provider", message: "provider '\(provider)' is not available yet; use dashscope")
    }
    switch configuration.clientFormat {
    case .openai: break
    case .anthropic:
      guard configuration.routeType == .chat else {
        throw ConfigurationError(
          pointer: "/route_type", message: "llm_format anthropic needs route_type llm/v1/chat")
      }
    default:
      throw ConfigurationError(
        pointer: "/llm_format",
        message: "llm_format '\(configuration.clientFormat.rawValue)' is not available yet; use openai or anthropic")
    }
    let options = configuration.model.options
    if let url = options.upstreamURL, !ModelNameTemplate.isTemplate(url), Endpoint(url: url) == nil {
      throw ConfigurationError(
        pointer: "/model/options/upstream_url", message: "'\(url)' is not a URL: http(s)://host[:port][/path]")
    }
    guard
      configuration.routeType == .preserve || options.upstreamURL != nil
        || driver.endpoint(for: configuration.routeType, options: options) != nil
    else {
      throw ConfigurationError(
        pointer: "/route_type", message: "provider \(provider) does not serve \(configuration.routeType.rawValue)")
    }
  }

  /// A text that is there and not empty.
  private static func text(_ node: JSONNode, _ name: String) -> String? {
    guard let text = node[name]?.string, !text.isEmpty else { return nil }
    return text
  }

  private static func choice<Value: RawRepresentable<String>>(
    _ node: JSONNode, _ name: String, _ path: String, _ identity: (Value) -> Value
  ) throws(ConfigurationError) -> Value {
    guard let text = node[name]?.string else {
      throw ConfigurationError(pointer: "\(path)/\(name)", message: "required field missing")
    }
    guard let value = Value(rawValue: text) else {
      throw ConfigurationError(
        pointer: "\(path)/\(name)", message: "'\(text)' is not one of the values this field takes")
    }
    return identity(value)
  }
}
