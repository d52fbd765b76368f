import JSON

/// Alibaba Cloud Model Studio, by its OpenAI-compatible interface, and by its own for images.
struct DashScope: Driver {
  func dialect(for route: AIProxyConfiguration.RouteType) -> Dialect? {
    switch route {
    case .chat: .chatCompletions
    case .embeddings: .openAI
    case .imageGenerations, .imageEdits: .dashScopeImages
    default: nil
    }
  }

  func endpoint(for call: DriverCall) -> Endpoint? {
    let path: String
    switch call.route {
    case .chat: path = "/compatible-mode/v1/chat/completions"
    case .embeddings: path = "/compatible-mode/v1/embeddings"
    case .imageGenerations: path = "/api/v1/services/aigc/multimodal-generation/generation"
    case .imageEdits: path = "/api/v1/services/aigc/image2image/image-synthesis"
    default: return nil
    }
    return Endpoint(host: Self.host(call.options), path: path)
  }

  /// A key is bound to one of these.
  private static func host(_ options: AIProxyConfiguration.Options) -> String {
    switch options.region {
    case .international: "dashscope-intl.aliyuncs.com"
    case .mainland: "dashscope.aliyuncs.com"
    case .us: "dashscope-us.aliyuncs.com"
    case .hongkong: "cn-hongkong.dashscope.aliyuncs.com"
    case .finance: "dashscope-finance.aliyuncs.com"
    case nil: options.isInternational ? "dashscope-intl.aliyuncs.com" : "dashscope.aliyuncs.com"
    }
  }

  func headers(for call: DriverCall) -> [(name: String, value: String)] {
    call.marksCache ? [("x-dashscope-cachecontrol", "enable")] : []
  }

  func capabilities(of model: String) -> ModelCapabilities {
    var capabilities = DashScopeModels.capabilities(of: model)
    capabilities.temperatureLimit = 2
    capabilities.reservedToolName = "search"
    capabilities.marksPrefill = true
    capabilities.thinksOnlyInStreams = true
    capabilities.embedsNumbersOnly = true
    capabilities.acceptsCacheMarkers = true
    return capabilities
  }

  func classify(_ error: UpstreamError) -> Failure {
    DashScopeErrors.classify(error)
  }
}
