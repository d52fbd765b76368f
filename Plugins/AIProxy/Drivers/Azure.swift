/// OpenAI's models on Azure: the same bodies at addresses that name a deployment.
struct Azure: Driver {
  func dialect(for route: AIProxyConfiguration.RouteType) -> Dialect? {
    switch route {
    case .chat: .chatCompletions
    case .preserve: nil
    default: .openAI
    }
  }

  func endpoint(for call: DriverCall) -> Endpoint? {
    guard let instance = call.options.azure.instance, let operation = OpenAICompatible.path(call.route) else {
      return nil
    }
    let path: String
    switch call.route {
    case .responses: path = "/openai/v1/responses"
    case .videoGenerations: path = "/openai/v1/video/generations/jobs"
    case .assistants, .batches, .files, .realtime: path = "/openai" + operation
    default:
      guard let deployment = call.options.azure.deployment else { return nil }
      path = "/openai/deployments/\(PercentEncoding.encode(deployment))\(operation)"
    }
    var endpoint = Endpoint(host: "\(instance).openai.azure.com", path: path)
    endpoint.query = "api-version=\(PercentEncoding.encode(call.options.azure.version))"
    return endpoint
  }

  func capabilities(of model: String) -> ModelCapabilities {
    var capabilities = ModelCapabilities(saysParallelToolCalls: false)
    capabilities.acceptsTopK = false
    return capabilities
  }

  func problem(with options: AIProxyConfiguration.Options) -> (field: String, message: String)? {
    if options.azure.instance == nil {
      return ("azure_instance", "must set 'model.options.azure_instance' for azure provider")
    }
    if options.azure.deployment == nil {
      return ("azure_deployment_id", "must set 'model.options.azure_deployment_id' for azure provider")
    }
    return nil
  }
}
