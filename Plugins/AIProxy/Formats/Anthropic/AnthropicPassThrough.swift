import JSON

/// Fits a request in Anthropic's form to the instance, for a provider that speaks it too: sets the model and the configured
/// options, and copies everything else as it stands.
struct AnthropicPassThrough {
  let settings: ChatRequestSettings
  private let json: JSONReader

  /// - Parameter json: may be shared: nothing of it is kept between calls.
  init(settings: ChatRequestSettings, json: JSONReader) {
    self.settings = settings
    self.json = json
  }

  /// - Throws: why the request cannot be sent.
  func translate(_ body: borrowing Span<UInt8>) throws(Failure) -> TranslatedRequest {
    let size = body.count
    let result = json.read(body) { root -> Result<TranslatedRequest, Failure> in
      do throws(Failure) {
        return .success(try translate(root, size: size))
      } catch {
        return .failure(error)
      }
    }
    guard let result else { throw Failure(.invalidRequest, "The request body is not valid JSON.") }
    return try result.get()
  }

  private func translate(_ root: JSONValue, size: Int) throws(Failure) -> TranslatedRequest {
    guard root.kind == .object else { throw Failure(.invalidRequest, "The request body must be a JSON object.") }
    guard let messages = root["messages"], messages.kind == .array, messages.count > 0 else {
      throw Failure(.invalidRequest, "messages: field required")
    }
    var result = TranslatedRequest()
    let requested = root["model"]?.string
    result.model = try settings.model(requested: requested)
    result.requestedModel = requested.flatMap { $0.isEmpty ? nil : $0 } ?? result.model
    result.isStream = try settings.isStreaming(requested: root["stream"]?.boolean ?? false)
    result.asksForStream = result.isStream
    result.estimatedInputTokens = size / 4
    let limit = settings.maximumTokens(
      requested: root["max_tokens"]?.integer, capabilities: settings.capabilities(of: result.model))
    let options = settings.configuration.model.options
    var writer = JSONWriter(reservingCapacity: size + 128)
    writer.beginObject()
    writer.key("model")
    writer.string(result.model)
    for (key, value) in root.members {
      if key.equals("model") || key.equals("stream") || key.equals("max_tokens") { continue }
      if options.temperature != nil, key.equals("temperature") { continue }
      if options.topP != nil, key.equals("top_p") { continue }
      if options.topK != nil, key.equals("top_k") { continue }
      writer.key(copying: key)
      writer.value(value)
    }
    if let limit {
      writer.key("max_tokens")
      writer.integer(limit)
    }
    let configured: [(StaticString, String?)] = [
      ("temperature", options.temperature), ("top_p", options.topP), ("top_k", options.topK),
    ]
    for (name, value) in configured {
      guard let value else { continue }
      writer.key(name)
      writer.rawValue(value)
    }
    if root["stream"] != nil || result.isStream {
      writer.key("stream")
      writer.boolean(result.isStream)
    }
    writer.endObject()
    result.body = writer.bytes
    return result
  }
}
