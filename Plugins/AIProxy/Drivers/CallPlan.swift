import JSON

/// How a call is carried out: what the upstream is asked, in which dialect, and what becomes of its answer.
struct CallPlan: Equatable, Sendable {
  /// What becomes of an answer.
  enum Answer: Equatable, Sendable {
    /// It passes, watched.
    case relay
    /// It passes, and there is nothing in it to watch: sound, pictures, files.
    case opaque
    /// It becomes a message, or a stream of events, of this format.
    case anthropic, chat, completions, responses
    /// It becomes a list of embeddings, or of images.
    case embeddings, images
  }

  var dialect: Dialect
  /// The kind of call that goes upstream; another than the client's when completions or responses are held as chats.
  var route: AIProxyConfiguration.RouteType
  var answer: Answer

  /// Before anything is decided.
  static let undecided = CallPlan(dialect: .chatCompletions, route: .chat, answer: .relay)

  init(dialect: Dialect, route: AIProxyConfiguration.RouteType, answer: Answer) {
    self.dialect = dialect
    self.route = route
    self.answer = answer
  }

  /// The plan for calls of an instance, or of one of its targets.
  init(_ configuration: AIProxyConfiguration, driver: any Driver) {
    let route = configuration.routeType
    if configuration.clientFormat == .anthropic {
      let dialect = driver.dialect(for: .chat) ?? .chatCompletions
      self.init(dialect: dialect, route: .chat, answer: dialect == .anthropic ? .relay : .anthropic)
      return
    }
    if driver.dialect(for: route) == nil, let dialect = driver.dialect(serving: route) {
      self.init(dialect: dialect, route: .chat, answer: route == .responses ? .responses : .completions)
      return
    }
    let dialect = driver.dialect(for: route) ?? .openAI
    switch dialect {
    case .chatCompletions: self.init(dialect: dialect, route: route, answer: .relay)
    case .openAI: self.init(dialect: dialect, route: route, answer: Self.isOpaque(route) ? .opaque : .relay)
    case .anthropic, .gemini: self.init(dialect: dialect, route: route, answer: .chat)
    case .geminiEmbeddings: self.init(dialect: dialect, route: route, answer: .embeddings)
    case .dashScopeImages: self.init(dialect: dialect, route: route, answer: .images)
    }
  }

  /// Routes whose bodies need not be JSON.
  private static func isOpaque(_ route: AIProxyConfiguration.RouteType) -> Bool {
    switch route {
    case .assistants, .batches, .files, .speech, .transcriptions, .translations, .imageEdits, .videoGenerations,
      .realtime:
      true
    default: false
    }
  }

  /// What goes upstream.
  /// - Throws: why nothing does.
  func translate(
    _ body: borrowing Span<UInt8>, settings: ChatRequestSettings, json: JSONReader
  ) throws(Failure) -> TranslatedRequest {
    var request: TranslatedRequest
    switch (settings.configuration.clientFormat, answer) {
    case (.anthropic, .relay):
      return try AnthropicPassThrough(settings: settings, json: json).translate(body)
    case (.anthropic, _):
      request = try AnthropicRequestTranslator(settings: settings, json: json).translate(body)
    case (_, .completions):
      request = try CompletionRequestTranslator(settings: settings, json: json).translate(body)
    case (_, .responses):
      request = try ResponsesRequestTranslator(settings: settings, json: json).translate(body)
    case (_, .embeddings):
      request = try OpenAIRequestTranslator(settings: settings, json: json).translate(body)
      request.body = try GeminiEmbeddings.request(request.body, model: request.model, json: json)
      return request
    case (_, .images):
      request = try OpenAIRequestTranslator(settings: settings, json: json).translate(body)
      request.body = try DashScopeImages.request(request.body, route: route, json: json)
      return request
    case (_, .opaque):
      return try OpenAIRequestTranslator(settings: settings, json: json).translateOpaque(body)
    case (_, .relay), (_, .chat), (_, .anthropic):
      request = try OpenAIRequestTranslator(settings: settings, json: json).translate(body)
    }
    if route == .chat {
      request.body = try settings.driver.body(
        chat: request.body, for: call(request, settings.configuration), json: json)
    }
    return request
  }

  /// The call as the driver sees it.
  func call(_ request: TranslatedRequest, _ configuration: AIProxyConfiguration) -> DriverCall {
    DriverCall(
      route: route, model: request.model, isStream: request.asksForStream, marksCache: request.marksCache,
      sharedOptions: configuration.model.sharedOptions)
  }

  /// Where it goes.
  /// - Throws: 500 when the configuration does not say.
  func endpoint(_ call: DriverCall, driver: any Driver) throws(Failure) -> Endpoint {
    let own = driver.endpoint(for: call)
    var result: Endpoint?
    if let url = call.options.upstreamURL {
      result = Endpoint(url: url)
      result?.query = own?.query ?? ""
      result?.keepsQuery = own?.keepsQuery ?? true
      // An address alone is enough: what stands behind it is the provider's usual.
      if result?.path == "/", let own { result?.path = own.path }
      if dialect == .gemini, call.isStream, let path = result?.path, path.hasSuffix(":generateContent") {
        result?.path = path.dropLast(16) + ":streamGenerateContent"
      }
    } else {
      result = own
      if let path = call.options.upstreamPath { result?.path = path }
    }
    guard let result, !result.host.isEmpty else {
      throw Failure(.api, "The upstream's address is not usable: check model.options.upstream_url.", status: 500)
    }
    return result
  }
}
