/// Alibaba Cloud Model Studio, by its OpenAI-compatible interface.
struct DashScope: Driver {
  func endpoint(for route: AIProxyConfiguration.RouteType, options: AIProxyConfiguration.Options) -> Endpoint? {
    let path: String
    switch route {
    case .chat: path = "/compatible-mode/v1/chat/completions"
    case .embeddings: path = "/compatible-mode/v1/embeddings"
    case .imageGenerations: path = "/api/v1/services/aigc/multimodal-generation/generation"
    case .imageEdits: path = "/api/v1/services/aigc/image2image/image-synthesis"
    default: return nil
    }
    return Endpoint(
      host: options.isInternational ? "dashscope-intl.aliyuncs.com" : "dashscope.aliyuncs.com", path: path)
  }

  func capabilities(of model: String) -> ModelCapabilities {
    var capabilities = DashScopeModels.capabilities(of: model)
    capabilities.temperatureLimit = 2
    capabilities.reservedToolName = "search"
    capabilities.marksPrefill = true
    capabilities.thinksOnlyInStreams = true
    return capabilities
  }

  func classify(_ error: UpstreamError) -> Failure {
    DashScopeErrors.classify(error)
  }
}
