import JSON

/// Anthropic itself. Its own clients' requests pass through; OpenAI clients' are translated.
struct Anthropic: Driver {
  func dialect(for route: AIProxyConfiguration.RouteType) -> Dialect? {
    route == .chat ? .anthropic : nil
  }

  func endpoint(for call: DriverCall) -> Endpoint? {
    call.route == .chat ? Endpoint(host: "api.anthropic.com", path: "/v1/messages") : nil
  }

  func headers(for call: DriverCall) -> [(name: String, value: String)] {
    guard let version = call.options.anthropicVersion else { return [] }
    return [("anthropic-version", version)]
  }

  func body(chat: [UInt8], for call: DriverCall, json: JSONReader) throws(Failure) -> [UInt8] {
    try AnthropicRequestWriter.write(chat: chat, for: call, json: json)
  }

  func capabilities(of model: String) -> ModelCapabilities {
    var capabilities = ModelCapabilities(saysParallelToolCalls: true)
    // Thinking is asked for in Anthropic's own way.
    capabilities.canThink = true
    return capabilities
  }

  func problem(with options: AIProxyConfiguration.Options) -> (field: String, message: String)? {
    guard options.anthropicVersion == nil else { return nil }
    return ("anthropic_version", "must set 'model.options.anthropic_version' for anthropic provider")
  }
}
