import JSON

/// A provider: where its servers are, what they speak, what its models can do, and what its errors mean. Formats know
/// nothing of drivers; a new provider is one file that conforms to this, and a line in ``Drivers``.
///
/// Inside, every conversation is a chat completions request: formats write it, drivers take it from there.
///
///     client's body ─ format ─► chat completions ─ body(chat:…) ─► provider
///     client ◄─ format's writer ◄─ ChatEventSink ◄─ AnswerReader(dialect) ◄─ provider
protocol Driver: Sendable {
  /// What the provider speaks for a kind of call; `nil` when it has no such call.
  func dialect(for route: AIProxyConfiguration.RouteType) -> Dialect?

  /// Where a call goes; `nil` when the configuration does not say.
  func endpoint(for call: DriverCall) -> Endpoint?

  /// Header fields that the provider wants besides the credential.
  func headers(for call: DriverCall) -> [(name: String, value: String)]

  /// The body for the provider.
  /// - Parameter chat: a chat completions request.
  /// - Throws: why it cannot be said to this provider; the client gets 400.
  func body(chat: [UInt8], for call: DriverCall, json: JSONReader) throws(Failure) -> [UInt8]

  /// What is known of a model.
  func capabilities(of model: String) -> ModelCapabilities

  /// What an error means.
  func classify(_ error: UpstreamError) -> Failure

  /// What the configuration lacks: a field of `model.options`, and what to do.
  func problem(with options: AIProxyConfiguration.Options) -> (field: String, message: String)?
}

/// A call as a driver sees it.
struct DriverCall: Sendable {
  var route: AIProxyConfiguration.RouteType
  var model: String
  /// Whether the upstream is asked for a stream.
  var isStream: Bool
  /// Whether it says which prefixes the provider is to cache.
  var marksCache = false
  var sharedOptions: AIProxyConfiguration.SharedOptions
  var options: AIProxyConfiguration.Options { sharedOptions.options }
}

/// What an upstream speaks.
enum Dialect: Equatable, Sendable {
  /// OpenAI's chat completions: the form that every conversation has inside.
  case chatCompletions
  /// Another call of OpenAI's, which goes through as the client sent it.
  case openAI
  /// Anthropic's messages.
  case anthropic
  /// Google's `generateContent`.
  case gemini
  /// Google's `batchEmbedContents`.
  case geminiEmbeddings
  /// DashScope's own image interface.
  case dashScopeImages
}

extension Driver {
  func headers(for call: DriverCall) -> [(name: String, value: String)] { [] }

  func body(chat: [UInt8], for call: DriverCall, json: JSONReader) throws(Failure) -> [UInt8] { chat }

  func capabilities(of model: String) -> ModelCapabilities {
    ModelCapabilities(saysParallelToolCalls: false)
  }

  func classify(_ error: UpstreamError) -> Failure { CommonErrors.classify(error) }

  func problem(with options: AIProxyConfiguration.Options) -> (field: String, message: String)? { nil }

  /// As ``dialect(for:)``; completions and responses that a provider does not have are held as chats.
  func dialect(serving route: AIProxyConfiguration.RouteType) -> Dialect? {
    if let dialect = dialect(for: route) { return dialect }
    guard route == .completions || route == .responses else { return nil }
    return dialect(for: .chat)
  }
}

/// The drivers there are.
enum Drivers {
  /// The providers that there is a driver for.
  static let names = [
    "anthropic", "azure", "cerebras", "cohere", "dashscope", "databricks", "deepseek", "gemini", "huggingface",
    "llama2",
    "mistral", "ollama", "openai", "vllm", "xai",
  ]

  /// The driver of a provider, as `model.provider` names it; `nil` if there is none yet.
  static func driver(for provider: String) -> (any Driver)? {
    switch provider {
    case "anthropic": Anthropic()
    case "azure": Azure()
    case "dashscope": DashScope()
    case "gemini": Gemini()
    default: OpenAICompatible(provider: provider)
    }
  }
}
