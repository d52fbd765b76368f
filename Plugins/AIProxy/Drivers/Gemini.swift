import JSON

/// Google's Gemini models: by the Gemini API, or by Vertex AI when project and location are configured.
struct Gemini: Driver {
  func dialect(for route: AIProxyConfiguration.RouteType) -> Dialect? {
    switch route {
    case .chat: .gemini
    case .embeddings: .geminiEmbeddings
    default: nil
    }
  }

  func endpoint(for call: DriverCall) -> Endpoint? {
    let operation: String
    switch call.route {
    case .chat: operation = call.isStream ? "streamGenerateContent" : "generateContent"
    case .embeddings: operation = "batchEmbedContents"
    default: return nil
    }
    let model = PercentEncoding.encode(call.model)
    let gemini = call.options.gemini
    var endpoint: Endpoint
    if let project = gemini.project, let location = gemini.location {
      let place =
        gemini.endpointIdentifier.map { "endpoints/\(PercentEncoding.encode($0))" }
        ?? "publishers/google/models/\(model)"
      endpoint = Endpoint(
        host: gemini.endpoint ?? "aiplatform.googleapis.com",
        path: "/v1/projects/\(PercentEncoding.encode(project))/locations/\(PercentEncoding.encode(location))/\(place):"
          + operation)
    } else {
      endpoint = Endpoint(host: "generativelanguage.googleapis.com", path: "/v1beta/models/\(model):\(operation)")
    }
    // Google refuses parameters that it does not know.
    endpoint.keepsQuery = false
    if call.route == .chat, call.isStream { endpoint.query = "alt=sse" }
    return endpoint
  }

  func body(chat: [UInt8], for call: DriverCall, json: JSONReader) throws(Failure) -> [UInt8] {
    try GeminiRequestWriter.write(chat: chat, for: call, json: json)
  }

  func capabilities(of model: String) -> ModelCapabilities {
    var capabilities = ModelCapabilities(saysParallelToolCalls: false)
    capabilities.embedsNumbersOnly = true
    capabilities.canThink = model.contains(text: "2.5") || model.contains(text: "gemini-3")
    return capabilities
  }

  func problem(with options: AIProxyConfiguration.Options) -> (field: String, message: String)? {
    let gemini = options.gemini
    let given = [gemini.endpoint != nil, gemini.project != nil, gemini.location != nil]
    guard !given.allSatisfy({ $0 == given[0] }) else { return nil }
    return ("gemini", "set all of api_endpoint, project_id and location_id, or none of them")
  }
}
