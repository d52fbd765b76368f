import JSON

/// Fits a request in OpenAI's form to the instance: sets the model and the configured options, says whether to stream, and
/// copies everything else as it stands.
struct OpenAIRequestTranslator {
  let settings: ChatRequestSettings
  private let json: JSONReader

  /// - Parameter json: may be shared: nothing of it is kept between calls.
  init(settings: ChatRequestSettings, json: JSONReader) {
    self.settings = settings
    self.json = json
  }

  /// - Throws: 400 in Kong's words.
  func translate(_ body: borrowing Span<UInt8>) throws(Failure) -> TranslatedRequest {
    let size = body.count
    let result = json.read(body) { root -> Result<TranslatedRequest, Failure> in
      do throws(Failure) {
        return .success(try translate(root, size: size))
      } catch {
        return .failure(error)
      }
    }
    guard let result else { throw Self.noPrompt }
    return try result.get()
  }

  /// A body that need not be JSON, as a form with a file: if it is an object, its model is set; else it passes as it is, with
  /// an empty ``TranslatedRequest/body``.
  func translateOpaque(_ body: borrowing Span<UInt8>) throws(Failure) -> TranslatedRequest {
    let result = json.read(body) { root -> Result<TranslatedRequest, Failure>? in
      guard root.kind == .object else { return nil }
      do throws(Failure) {
        var result = TranslatedRequest()
        result.model = try settings.model(requested: root["model"]?.string)
        result.requestedModel = result.model
        var writer = JSONWriter(reservingCapacity: 1024)
        writer.beginObject()
        writer.key("model")
        writer.string(result.model)
        for (key, value) in root.members where !key.equals("model") {
          writer.key(copying: key)
          writer.value(value)
        }
        writer.endObject()
        result.body = writer.bytes
        return .success(result)
      } catch {
        return .failure(error)
      }
    }
    if let result = result ?? nil { return try result.get() }
    var request = TranslatedRequest()
    request.model = settings.configuration.model.name ?? Statistics.unspecified
    request.requestedModel = request.model
    return request
  }

  private static var noPrompt: Failure { Failure(.invalidRequest, "request body doesn't contain valid prompts") }

  private func translate(_ root: JSONValue, size: Int) throws(Failure) -> TranslatedRequest {
    guard root.kind == .object else { throw Self.noPrompt }
    let hasMessages = root["messages"].map { $0.kind == .array && $0.count > 0 } ?? false
    let hasPrompt = root["prompt"]?.kind == .string
    let route = settings.configuration.routeType
    let isText = route == .chat || route == .completions
    guard !isText || hasMessages || hasPrompt else { throw Self.noPrompt }
    guard route != .embeddings && route != .responses || root["input"] != nil else { throw Self.noPrompt }
    guard route != .imageGenerations || hasPrompt else { throw Self.noPrompt }

    var result = TranslatedRequest()
    let requested = root["model"]?.string
    result.model = try settings.model(requested: requested)
    if route == .embeddings, let encoding = root["encoding_format"], encoding.equals("base64") {
      result.wantsBase64 = settings.capabilities(of: result.model).embedsNumbersOnly
    }
    result.requestedModel = requested.flatMap { $0.isEmpty ? nil : $0 } ?? result.model
    if isText {
      guard !(hasMessages && hasPrompt) else {
        throw Failure(.invalidRequest, "request matches multiple LLM request formats")
      }
      let format: AIProxyConfiguration.RouteType = hasMessages ? .chat : .completions
      guard format == route else {
        throw Self.wrongFormat(format, on: route)
      }
      result.isStream = try settings.isStreaming(requested: root["stream"]?.boolean ?? false)
    }
    if route == .responses {
      result.isStream = try settings.isStreaming(requested: root["stream"]?.boolean ?? false)
    }
    result.asksForStream = result.isStream
    result.estimatedInputTokens = size / 4
    var writer = JSONWriter(reservingCapacity: size + 256)
    write(root, isText: isText, request: &result, to: &writer)
    result.body = writer.bytes
    return result
  }

  private func write(
    _ root: JSONValue, isText: Bool, request: inout TranslatedRequest, to writer: inout JSONWriter
  ) {
    let capabilities = settings.capabilities(of: request.model)
    let options = settings.configuration.model.options
    let route = settings.configuration.routeType
    var limit = root["max_completion_tokens"] ?? root["max_tokens"]
    if limit?.isNull ?? false { limit = nil }
    let bound = settings.maximumTokens(requested: limit?.integer, capabilities: capabilities)

    writer.beginObject()
    writer.key("model")
    writer.string(request.model)
    for (key, value) in root.members {
      if key.equals("model") { continue }
      if isText {
        if key.equals("stream") || key.equals("stream_options") || key.equals("max_tokens")
          || key.equals("max_completion_tokens")
        {
          continue
        }
        if options.temperature != nil, key.equals("temperature") { continue }
        if options.topP != nil, key.equals("top_p") { continue }
        if key.equals("top_k"), options.topK != nil || !capabilities.acceptsTopK { continue }
      }
      if route == .responses, isConfigured(key) { continue }
      if request.wantsBase64, key.equals("encoding_format") { continue }
      writer.key(copying: key)
      writer.value(value)
    }
    if isText {
      writeOptions(root, limit: bound, capabilities: capabilities, request: &request, to: &writer)
    } else if route == .responses {
      writeResponseOptions(root, isStream: request.isStream, to: &writer)
    } else if route == .embeddings, root["dimensions"] == nil, let dimensions = options.embeddingsDimensions {
      writer.key("dimensions")
      writer.integer(dimensions)
    }
    writer.endObject()
  }

  /// Whether a field of a response request is written by ``writeResponseOptions(_:isStream:to:)``.
  private func isConfigured(_ key: JSONValue) -> Bool {
    let options = settings.configuration.model.options
    return key.equals("stream") || key.equals("max_output_tokens")
      || (options.temperature != nil && key.equals("temperature")) || (options.topP != nil && key.equals("top_p"))
  }

  private func writeResponseOptions(_ root: JSONValue, isStream: Bool, to writer: inout JSONWriter) {
    let options = settings.configuration.model.options
    let limits = [root["max_output_tokens"]?.integer, options.maximumTokens].compactMap { $0 }
    if let limit = limits.min() {
      writer.key("max_output_tokens")
      writer.integer(limit)
    }
    if let temperature = options.temperature {
      writer.key("temperature")
      writer.rawValue(temperature)
    }
    if let topP = options.topP {
      writer.key("top_p")
      writer.rawValue(topP)
    }
    writer.key("stream")
    writer.boolean(isStream)
  }

  private func writeOptions(
    _ root: JSONValue, limit: Int?, capabilities: ModelCapabilities, request: inout TranslatedRequest,
    to writer: inout JSONWriter
  ) {
    let options = settings.configuration.model.options
    if let limit {
      if root["max_completion_tokens"] != nil { writer.key("max_completion_tokens") } else { writer.key("max_tokens") }
      writer.integer(limit)
    } else if let given = root["max_tokens"], !given.isNull {
      // Not a number that can be bounded: the upstream says what it thinks of it.
      writer.key("max_tokens")
      writer.value(given)
    }
    if let temperature = options.temperature {
      writer.key("temperature")
      if let bound = capabilities.temperatureLimit, Double(temperature) ?? 0 >= bound {
        writer.rawValue(capabilities.greatestTemperature)
      } else {
        writer.rawValue(temperature)
      }
    }
    if let topP = options.topP {
      writer.key("top_p")
      writer.rawValue(topP)
    }
    if let topK = options.topK, capabilities.acceptsTopK {
      writer.key("top_k")
      writer.rawValue(topK)
    }
    writer.key("stream")
    writer.boolean(request.isStream)
    guard request.isStream else { return }
    // Usage is needed for the log; a client that did not ask for it does not see the event that carries it.
    writer.key("stream_options")
    writer.beginObject()
    var asksForUsage = false
    if let given = root["stream_options"] {
      for (key, value) in given.members {
        if key.equals("include_usage") {
          asksForUsage = value.boolean == true
        } else {
          writer.key(copying: key)
          writer.value(value)
        }
      }
    }
    writer.key("include_usage")
    writer.boolean(true)
    writer.endObject()
    request.hidesUsageEvent = !asksForUsage
  }

  /// The refusal of a request in the form of another route, in Kong's words.
  static func wrongFormat(
    _ format: AIProxyConfiguration.RouteType, on route: AIProxyConfiguration.RouteType
  ) -> Failure {
    var failure = Failure(
      .invalidRequest, "[\(format.rawValue)] message format is not compatible with [\(route.rawValue)] route type")
    failure.recordedCall = .configured
    return failure
  }
}
