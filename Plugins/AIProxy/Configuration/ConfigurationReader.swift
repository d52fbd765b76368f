import JSON

/// Why a configuration is refused.
struct ConfigurationError: Error, Equatable {
  /// JSON Pointer (RFC 6901) to the field at fault; empty for the whole.
  var pointer: String
  /// What is wrong and what to do about it.
  var message: String
}

/// Reads a configuration that follows the schema. What the schema cannot say is checked by ``ConfigurationCheck``. Fields for
/// providers that have no driver yet are taken and left alone.
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
    if let auth = root["auth"], !auth.isNull { result.authentication = try authentication(auth, "/auth") }
    if let model = root["model"] { result.model = try ModelReader.read(model, "/model") }
    if let translation = root["translation"], !translation.isNull { try readTranslation(translation, into: &result) }
    result.payloads.limit = root["payloads"]?["size_limit"]?.integer ?? result.payloads.limit
    result.payloads.redacts = root["payloads"]?["redact"]?.boolean ?? result.payloads.redacts
    result.telemetry.logsAttributes = root["telemetry"]?["log_attributes"]?.boolean ?? false
    if let resilience = root["resilience"], !resilience.isNull {
      result.resilience = try ResilienceReader.read(resilience)
    }
    try ConfigurationCheck.check(result)
    return result
  }

  /// Reads `auth`, which lies at `path`.
  static func authentication(_ node: JSONNode, _ path: String) throws(ConfigurationError)
    -> AIProxyConfiguration.Authentication
  {
    var result = AIProxyConfiguration.Authentication()
    result.headerName = text(node, "header_name")
    result.headerValue = text(node, "header_value")
    result.parameterName = text(node, "param_name")
    result.parameterValue = text(node, "param_value")
    if text(node, "param_location") != nil {
      let location: AIProxyConfiguration.Authentication.ParameterLocation = try choice(node, "param_location", path) {
        $0
      }
      result.parameterLocation = location
    }
    result.allowsOverride = node["allow_override"]?.boolean ?? false
    guard (result.headerName == nil) == (result.headerValue == nil) else {
      throw ConfigurationError(pointer: path, message: "set both header_name and header_value, or neither")
    }
    let given = [result.parameterName != nil, result.parameterValue != nil, result.parameterLocation != nil]
    guard given.allSatisfy({ $0 == given[0] }) else {
      throw ConfigurationError(
        pointer: path, message: "set all of param_name, param_value and param_location, or none of them")
    }
    for name in ["azure_use_managed_identity", "gcp_use_service_account"] where node[name]?.boolean == true {
      throw ConfigurationError(
        pointer: "\(path)/\(name)", message: "\(name) is not available: set header_name and header_value to a key")
    }
    return result
  }

  private static func readTranslation(
    _ node: JSONNode, into configuration: inout AIProxyConfiguration
  ) throws(ConfigurationError) {
    var result = AIProxyConfiguration.Translation()
    if node["thinking"] != nil { result.thinking = try choice(node, "thinking", "/translation") { $0 } }
    result.preservesThinking = node["preserve_thinking"]?.boolean ?? false
    if node["web_search"] != nil { result.webSearch = try choice(node, "web_search", "/translation") { $0 } }
    result.marksCache = node["context_cache"]?.string == "explicit"
    if node["unsupported_content"] != nil {
      result.unsupportedContent = try choice(node, "unsupported_content", "/translation") { $0 }
    }
    result.acceptsMissingFinishReason = node["missing_finish_reason"]?.string == "accept"
    result.findsInlineThinking = node["inline_thinking"]?.boolean ?? false
    result.answersWithRequestedModel = node["response_model"]?.string == "request"
    result.pingInterval = node["ping_interval"]?.integer ?? result.pingInterval
    configuration.translation = result
  }

  /// A text that is there and not empty.
  static func text(_ node: JSONNode, _ name: String) -> String? {
    guard let text = node[name]?.string, !text.isEmpty else { return nil }
    return text
  }

  /// One of the values of an enumeration, which must be there.
  static func choice<Value: RawRepresentable<String>>(
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
