import JSON

/// Turns a text completion request into a chat with one user message, for providers that hold chats only.
struct CompletionRequestTranslator {
  let settings: ChatRequestSettings
  private let json: JSONReader

  /// - Parameter json: may be shared: nothing of it is kept between calls.
  init(settings: ChatRequestSettings, json: JSONReader) {
    self.settings = settings
    self.json = json
  }

  /// - Throws: 400 in Kong's words.
  func translate(_ body: borrowing Span<UInt8>) throws(Failure) -> TranslatedRequest {
    let result = json.read(body) { root -> Result<[UInt8], Failure> in
      do throws(Failure) {
        return .success(try chat(root))
      } catch {
        return .failure(error)
      }
    }
    guard let result else { throw Self.noPrompt }
    let request = try result.get()
    return try OpenAIRequestTranslator(settings: settings.serving(.chat), json: json).translate(request.span)
  }

  private func chat(_ root: JSONValue) throws(Failure) -> [UInt8] {
    guard root.kind == .object else { throw Self.noPrompt }
    let hasMessages = root["messages"].map { $0.kind == .array && $0.count > 0 } ?? false
    guard let prompt = Self.prompt(root["prompt"]) else {
      guard hasMessages else { throw Self.noPrompt }
      throw OpenAIRequestTranslator.wrongFormat(.chat, on: .completions)
    }
    guard !hasMessages else { throw Failure(.invalidRequest, "request matches multiple LLM request formats") }
    return chat(root, prompt: prompt)
  }

  private static var noPrompt: Failure { Failure(.invalidRequest, "request body doesn't contain valid prompts") }

  /// A prompt of one text; several would be several answers.
  private static func prompt(_ value: JSONValue?) -> JSONValue? {
    guard let value else { return nil }
    if value.kind == .string { return value }
    guard value.kind == .array, value.count == 1, let only = value.element(0), only.kind == .string else { return nil }
    return only
  }

  private func chat(_ root: JSONValue, prompt: JSONValue) -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: 512)
    writer.beginObject()
    writer.key("messages")
    writer.beginArray()
    writer.beginObject()
    writer.key("role")
    writer.string("user" as StaticString)
    writer.key("content")
    writer.value(prompt)
    writer.endObject()
    writer.endArray()
    for (key, value) in root.members {
      if key.equals("prompt") || key.equals("suffix") || key.equals("echo") || key.equals("best_of")
        || key.equals("logprobs")
      {
        continue
      }
      writer.key(copying: key)
      writer.value(value)
    }
    writer.endObject()
    return writer.bytes
  }
}

extension ChatRequestSettings {
  /// The same, for another kind of call.
  func serving(_ route: AIProxyConfiguration.RouteType) -> ChatRequestSettings {
    var changed = configuration
    changed.routeType = route
    var result = ChatRequestSettings(changed, driver: driver)
    result.acceptedModel = acceptedModel
    result.learn(from: self)
    return result
  }
}
