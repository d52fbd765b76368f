import JSON

/// Turns a request to Anthropic's Messages API into one for OpenAI-compatible chat completions.
///
/// What is not ours to change is copied as it stands in the source: texts with their escapes, schemas, numbers. The same
/// request always gives the same bytes, so that the provider's prompt cache can hold it.
struct AnthropicRequestTranslator {
  let settings: ChatRequestSettings
  private let json: JSONReader

  /// - Parameter json: may be shared: nothing of it is kept between calls.
  init(settings: ChatRequestSettings, json: JSONReader) {
    self.settings = settings
    self.json = json
  }

  /// Translates one request.
  /// - Throws: why it cannot be sent; nothing has happened then.
  func translate(_ body: borrowing Span<UInt8>) throws(Failure) -> TranslatedRequest {
    let size = body.count
    let result = json.read(body) { root -> Result<TranslatedRequest, Failure> in
      do throws(Failure) {
        return .success(try translate(root, size: size))
      } catch {
        return .failure(error)
      }
    }
    guard let result else {
      throw Failure(.invalidRequest, "The request body is not valid JSON.")
    }
    return try result.get()
  }

  /// The top-level fields that matter; of repeated ones the first.
  private struct Fields {
    var model: JSONValue?
    var messages: JSONValue?
    var system: JSONValue?
    var maximumTokens: JSONValue?
    var stream: JSONValue?
    var temperature: JSONValue?
    var topP: JSONValue?
    var topK: JSONValue?
    var stopSequences: JSONValue?
    var tools: JSONValue?
    var toolChoice: JSONValue?
    var thinking: JSONValue?
    var outputConfiguration: JSONValue?
    var outputFormat: JSONValue?
    var thread: JSONValue?

    init(_ root: JSONValue) {
      for (key, value) in root.members where !value.isNull {
        if key.equals("model") {
          model = model ?? value
        } else if key.equals("messages") {
          messages = messages ?? value
        } else if key.equals("system") {
          system = system ?? value
        } else if key.equals("max_tokens") {
          maximumTokens = maximumTokens ?? value
        } else if key.equals("stream") {
          stream = stream ?? value
        } else if key.equals("temperature") {
          temperature = temperature ?? value
        } else if key.equals("top_p") {
          topP = topP ?? value
        } else if key.equals("top_k") {
          topK = topK ?? value
        } else if key.equals("stop_sequences") {
          stopSequences = stopSequences ?? value
        } else if key.equals("tools") {
          tools = tools ?? value
        } else if key.equals("tool_choice") {
          toolChoice = toolChoice ?? value
        } else if key.equals("thinking") {
          thinking = thinking ?? value
        } else if key.equals("output_config") {
          outputConfiguration = outputConfiguration ?? value
        } else if key.equals("output_format") {
          outputFormat = outputFormat ?? value
        } else if key.equals("thread") {
          thread = thread ?? value
        }
      }
    }
  }

  private func translate(_ root: JSONValue, size: Int) throws(Failure) -> TranslatedRequest {
    guard root.kind == .object else {
      throw Failure(.invalidRequest, "The request body must be a JSON object.")
    }
    let fields = Fields(root)
    try checkThread(fields.thread)
    if let model = fields.model, model.kind != .string {
      throw Failure(.invalidRequest, "model: must be a string")
    }
    guard let messages = fields.messages, messages.kind == .array, messages.count > 0 else {
      throw Failure(.invalidRequest, "messages: at least one message is required")
    }
    var result = TranslatedRequest()
    let requestedModel = fields.model?.string
    result.model = try settings.model(requested: requestedModel)
    result.requestedModel = requestedModel.flatMap { $0.isEmpty ? nil : $0 } ?? result.model
    let capabilities = settings.capabilities(of: result.model)
    result.isStream = try settings.isStreaming(requested: try boolean(fields.stream, "stream") ?? false)
    result.estimatedInputTokens = size / 4

    var tools = AnthropicTools(capabilities: capabilities, translation: settings.configuration.translation)
    try tools.read(fields.tools, choice: fields.toolChoice)
    let responseFormat = AnthropicOutputFormat(fields.outputConfiguration, legacy: fields.outputFormat)
    let thinking = AnthropicThinking(
      fields.thinking, policy: settings.configuration.translation.thinking, capabilities: capabilities,
      isForbidden: tools.forcesTool || responseFormat.schema != nil)
    result.showsThinking = thinking.isShown
    result.asksForStream = result.isStream || (thinking.isOn && capabilities.thinksOnlyInStreams)

    var writer = JSONWriter(reservingCapacity: size + size / 8 + 1024)
    writer.beginObject()
    writer.key("model")
    writer.string(result.model)
    writer.key("messages")
    var conversation = AnthropicConversation(
      writer: writer, names: tools.names, capabilities: capabilities,
      translation: settings.configuration.translation, model: result.model,
      markers: CacheMarkers(
        isOn: settings.configuration.translation.marksCache && capabilities.acceptsCacheMarkers, system: fields.system,
        messages: messages))
    // The conversation owns the writer meanwhile: with two owners it would be copied.
    writer = JSONWriter()
    try conversation.translate(messages, system: fields.system)
    writer = conversation.takeWriter()
    tools.names = conversation.names
    result.notes = conversation.notes + tools.notes
    result.warnings = conversation.warnings
    result.marksCache = conversation.markers.count > 0

    try writeSampling(fields, capabilities, to: &writer)
    writer.key("stream")
    writer.boolean(result.asksForStream)
    if result.asksForStream {
      writer.key("stream_options")
      writer.rawValue("{\"include_usage\":true}")
    }
    tools.write(fields.tools, json: json, to: &writer)
    result.demandsSomeTool = tools.demandsSomeTool
    result.guessesLimit = capabilities.maximumOutputTokens == nil
    thinking.write(to: &writer)
    responseFormat.write(to: &writer)
    writer.endObject()
    result.body = writer.bytes
    result.toolNames = tools.names
    result.webSearch.demand = tools.webSearch
    if tools.webSearch != .none, let words = lastWords(messages) { result.webSearch.setQuery(words) }
    if let memory = json.memory {
      if let tools = fields.tools { memory.learn(tools, named: "tools", in: json) }
      if let system = fields.system { memory.learn(system, named: "system", in: json) }
    }
    return result
  }

  /// The last text of the user.
  private func lastWords(_ messages: JSONValue) -> JSONValue? {
    var words: JSONValue?
    for message in messages.elements where message["role"]?.equals("user") ?? false {
      guard let content = message["content"] else { continue }
      if content.kind == .string { words = content }
      for block in content.elements where block["type"]?.equals("text") ?? false { words = block["text"] }
    }
    return words
  }

  /// Message threads keep the conversation at the server, which no OpenAI-compatible one does. The words tell
  /// Claude Code to send the whole of it, the code tells Anthropic's packages.
  private func checkThread(_ thread: JSONValue?) throws(Failure) {
    guard let thread else { return }
    if let type = thread["type"], type.equals("create") { return }
    var failure = Failure(
      .invalidRequest,
      "thread: conversations are not kept here, send all messages "
        + "(capability_rejected: beta_header:message-threads-2026-08-12)")
    failure.detailsCode = "thread_not_found"
    throw failure
  }

  private func writeSampling(
    _ fields: Fields, _ capabilities: ModelCapabilities, to writer: inout JSONWriter
  ) throws(Failure) {
    let options = settings.configuration.model.options
    var requested: Int?
    if let value = fields.maximumTokens {
      guard let count = value.integer, count >= 0 else {
        throw Failure(.invalidRequest, "max_tokens: must be an integer of at least 0")
      }
      requested = count
    }
    guard let limit = settings.maximumTokens(requested: requested, capabilities: capabilities) else {
      throw Failure(.invalidRequest, "max_tokens: field required")
    }
    writer.key("max_tokens")
    writer.integer(limit)

    try writeNumber("temperature", fields.temperature, configured: options.temperature, to: &writer) { value in
      guard let bound = capabilities.temperatureLimit, value >= bound else { return nil }
      return capabilities.greatestTemperature
    }
    try writeNumber("top_p", fields.topP, configured: options.topP, to: &writer) { _ in nil }
    if capabilities.acceptsTopK {
      try writeNumber("top_k", fields.topK, configured: options.topK, to: &writer) { _ in nil }
    }
    if let stop = fields.stopSequences {
      guard stop.kind == .array else { throw Failure(.invalidRequest, "stop_sequences: must be an array of strings") }
      var isOpen = false
      for sequence in stop.elements where sequence.isNonEmptyString {
        if !isOpen {
          writer.key("stop")
          writer.beginArray()
          isOpen = true
        }
        writer.value(sequence)
      }
      if isOpen { writer.endArray() }
    }
  }

  /// Writes a number: the configured one if there is one, else the client's, each as it is spelled.
  private func writeNumber(
    _ name: StaticString, _ value: JSONValue?, configured: String?, to writer: inout JSONWriter,
    replacement: (Double) -> StaticString?
  ) throws(Failure) {
    if let value, value.kind != .number { throw Failure(.invalidRequest, "\(name): must be a number") }
    let number = configured.map { Double($0) ?? 0 } ?? value?.double
    guard let number else { return }
    writer.key(name)
    if let replacement = replacement(number) {
      writer.rawValue(replacement)
    } else if let configured {
      writer.rawValue(configured)
    } else if let value {
      writer.value(value)
    }
  }

  private func boolean(_ value: JSONValue?, _ name: String) throws(Failure) -> Bool? {
    guard let value else { return nil }
    guard let boolean = value.boolean else { throw Failure(.invalidRequest, "\(name): must be true or false") }
    return boolean
  }
}
