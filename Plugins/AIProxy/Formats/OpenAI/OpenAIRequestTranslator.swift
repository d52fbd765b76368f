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

  private static var noPrompt: Failure { Failure(.invalidRequest, "request body doesn't contain valid prompts") }

  private func translate(_ root: JSONValue, size: Int) throws(Failure) -> TranslatedRequest {
    guard root.kind == .object else { throw Self.noPrompt }
    let hasMessages = root["messages"].map { $0.kind == .array && $0.count > 0 } ?? false
    let hasPrompt = root["prompt"]?.kind == .string
    let route = settings.configuration.routeType
    let isText = route == .chat || route == .completions
    guard !isText || hasMessages || hasPrompt else { throw Self.noPrompt }
    guard route != .embeddings || root["input"] != nil else { throw Self.noPrompt }

    var result = TranslatedRequest()
    let requested = root["model"]?.string
    result.model = try settings.model(requested: requested)
    result.requestedModel = requested.flatMap { $0.isEmpty ? nil : $0 } ?? result.model
    if isText {
      guard !(hasMessages && hasPrompt) else {
        throw Failure(.invalidRequest, "request matches multiple LLM request formats")
      }
      let format: AIProxyConfiguration.RouteType = hasMessages ? .chat : .completions
      guard format == route else {
        throw Failure(
          .invalidRequest,
          "[\(format.rawValue)] message format is not compatible with [\(route.rawValue)] route type")
      }
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
      writer.key(copying: key)
      writer.value(value)
    }
    if isText { writeOptions(root, limit: bound, capabilities: capabilities, request: &request, to: &writer) }
    writer.endObject()
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
}
