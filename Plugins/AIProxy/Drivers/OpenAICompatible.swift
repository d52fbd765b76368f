import JSON

/// OpenAI, and the many servers that speak as OpenAI does. Any other such server is reached with provider `openai` and
/// `upstream_url`.
struct OpenAICompatible: Driver {
  /// What there is to know of one.
  private struct Profile: Sendable {
    /// Empty when only `upstream_url` says it.
    var host: String
    /// What stands before `/chat/completions`.
    var base = "/v1"
    /// Calls besides chats.
    var routes: Set<AIProxyConfiguration.RouteType> = []
    /// Whether it takes `top_k`.
    var acceptsTopK = true
    /// Whether it refuses `stream_options`.
    var refusesStreamOptions = false
  }

  let provider: String
  private let profile: Profile

  /// - Returns: `nil` for a provider that is not one of them.
  init?(provider: String) {
    guard let profile = Self.profile(provider) else { return nil }
    self.provider = provider
    self.profile = profile
  }

  private static func profile(_ provider: String) -> Profile? {
    switch provider {
    case "openai": Profile(host: "api.openai.com", routes: openAIRoutes, acceptsTopK: false)
    case "cerebras": Profile(host: "api.cerebras.ai", acceptsTopK: false)
    case "cohere": Profile(host: "api.cohere.com", base: "/compatibility/v1", routes: [.embeddings])
    case "databricks": Profile(host: "", base: "/serving-endpoints/v1")
    case "deepseek": Profile(host: "api.deepseek.com", acceptsTopK: false)
    case "huggingface": Profile(host: "router.huggingface.co")
    case "mistral":
      Profile(host: "api.mistral.ai", routes: [.embeddings], acceptsTopK: false, refusesStreamOptions: true)
    case "xai": Profile(host: "api.x.ai", routes: [.responses, .imageGenerations], acceptsTopK: false)
    case "llama2", "ollama", "vllm": Profile(host: "", routes: [.completions, .embeddings])
    default: nil
    }
  }

  private static let openAIRoutes: Set<AIProxyConfiguration.RouteType> = [
    .completions, .embeddings, .responses, .assistants, .batches, .files, .speech, .transcriptions, .translations,
    .imageGenerations, .imageEdits, .videoGenerations, .realtime,
  ]

  func dialect(for route: AIProxyConfiguration.RouteType) -> Dialect? {
    if route == .chat { return .chatCompletions }
    return profile.routes.contains(route) ? .openAI : nil
  }

  func endpoint(for call: DriverCall) -> Endpoint? {
    var host = profile.host
    if provider == "databricks", let instance = call.options.databricksInstance {
      host = "\(instance).cloud.databricks.com"
    }
    guard let path = Self.path(call.route) else { return nil }
    return Endpoint(host: host, path: profile.base + path)
  }

  /// What OpenAI's calls are named, behind `/v1`.
  static func path(_ route: AIProxyConfiguration.RouteType) -> String? {
    switch route {
    case .chat: "/chat/completions"
    case .completions: "/completions"
    case .embeddings: "/embeddings"
    case .responses: "/responses"
    case .assistants: "/assistants"
    case .batches: "/batches"
    case .files: "/files"
    case .speech: "/audio/speech"
    case .transcriptions: "/audio/transcriptions"
    case .translations: "/audio/translations"
    case .imageGenerations: "/images/generations"
    case .imageEdits: "/images/edits"
    case .videoGenerations: "/videos"
    case .realtime: "/realtime"
    case .preserve: nil
    }
  }

  func headers(for call: DriverCall) -> [(name: String, value: String)] {
    guard provider == "huggingface" else { return [] }
    var headers: [(name: String, value: String)] = []
    if let usesCache = call.options.usesHuggingFaceCache {
      headers.append(("x-use-cache", usesCache ? "true" : "false"))
    }
    if let waits = call.options.waitsForHuggingFaceModel {
      headers.append(("x-wait-for-model", waits ? "true" : "false"))
    }
    return headers
  }

  func body(chat: [UInt8], for call: DriverCall, json: JSONReader) throws(Failure) -> [UInt8] {
    var change = ChatAdjustment()
    change.dropsStreamOptions = profile.refusesStreamOptions
    change.isReasoningModel = provider == "openai" && Self.isReasoningModel(call.model)
    return change.apply(to: chat, json: json)
  }

  func capabilities(of model: String) -> ModelCapabilities {
    var capabilities = ModelCapabilities(saysParallelToolCalls: false)
    capabilities.acceptsTopK = profile.acceptsTopK
    return capabilities
  }

  /// Models that take `max_completion_tokens` only, and no temperature.
  static func isReasoningModel(_ model: String) -> Bool {
    ["o1", "o3", "o4", "gpt-5"].contains { model == $0 || model.hasPrefix($0 + "-") || model.hasPrefix($0 + ".") }
      && !model.contains(text: "chat")
  }

  func problem(with options: AIProxyConfiguration.Options) -> (field: String, message: String)? {
    switch provider {
    case "llama2":
      guard let format = options.llama2Format else {
        return ("llama2_format", "must set 'model.options.llama2_format' for llama2 provider")
      }
      guard format == "openai" else {
        return ("llama2_format", "llama2_format '\(format)' is not available: use openai, which the servers speak too")
      }
    case "mistral":
      guard let format = options.mistralFormat else {
        return ("mistral_format", "must set 'model.options.mistral_format' for mistral provider")
      }
      guard format == "openai" else {
        return (
          "mistral_format", "mistral_format '\(format)' is not available: use openai, which the servers speak too"
        )
      }
    case "databricks":
      guard options.databricksInstance != nil || options.upstreamURL != nil else {
        return ("databricks", "must set 'model.options.databricks.workspace_instance_id' for databricks provider")
      }
    default: break
    }
    guard !profile.host.isEmpty || options.upstreamURL != nil || provider == "databricks" else {
      return ("upstream_url", "must set 'model.options.upstream_url' for self-hosted providers/models")
    }
    return nil
  }
}
