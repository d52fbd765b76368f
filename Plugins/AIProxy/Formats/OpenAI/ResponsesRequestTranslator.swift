import JSON

/// Turns a request to OpenAI's Responses API into a chat, for providers that hold chats only. Nothing is kept between calls:
/// what refers to an earlier response is refused.
struct ResponsesRequestTranslator {
  let settings: ChatRequestSettings
  private let json: JSONReader

  /// - Parameter json: may be shared: nothing of it is kept between calls.
  init(settings: ChatRequestSettings, json: JSONReader) {
    self.settings = settings
    self.json = json
  }

  /// - Throws: 400, with what cannot be translated.
  func translate(_ body: borrowing Span<UInt8>) throws(Failure) -> TranslatedRequest {
    var echo: [UInt8] = []
    let result = json.read(body) { root -> Result<[UInt8], Failure> in
      do throws(Failure) {
        let request = try chat(root)
        let model = settings.configuration.model.name ?? root["model"]?.string ?? ""
        echo = ResponseEcho(settings: settings, model: model).members(root)
        return .success(request)
      } catch {
        return .failure(error)
      }
    }
    guard let result else { throw Self.noPrompt }
    let request = try result.get()
    var translated = try OpenAIRequestTranslator(settings: settings.serving(.chat), json: json).translate(request.span)
    translated.echo = echo
    return translated
  }

  private static var noPrompt: Failure { Failure(.invalidRequest, "request body doesn't contain valid prompts") }

  private func chat(_ root: JSONValue) throws(Failure) -> [UInt8] {
    guard root.kind == .object, let input = root["input"] else { throw Self.noPrompt }
    for name in ["previous_response_id", "conversation", "prompt"] as [StaticString] {
      guard let value = root[name], !value.isNull else { continue }
      throw Failure(.invalidRequest, "\(name): conversations are not kept here, send all input")
    }
    var writer = JSONWriter(reservingCapacity: 1024)
    writer.beginObject()
    if let model = root["model"] {
      writer.key("model")
      writer.value(model)
    }
    var items = ResponseItems(writer: writer)
    writer = JSONWriter()
    try items.write(input, instructions: root["instructions"])
    writer = items.takeWriter()
    let names: [(StaticString, StaticString)] = [
      ("max_output_tokens", "max_tokens"), ("temperature", "temperature"), ("top_p", "top_p"), ("stream", "stream"),
      ("parallel_tool_calls", "parallel_tool_calls"), ("user", "user"), ("enable_thinking", "enable_thinking"),
      ("thinking_budget", "thinking_budget"),
    ]
    for (name, chats) in names {
      guard let value = root[name], !value.isNull else { continue }
      writer.key(chats)
      writer.value(value)
    }
    if let effort = root["reasoning"]?["effort"], effort.isNonEmptyString {
      writer.key("reasoning_effort")
      writer.value(effort)
    }
    writeTools(root, to: &writer)
    writeFormat(root["text"]?["format"], to: &writer)
    writer.endObject()
    return writer.bytes
  }

  private func writeTools(_ root: JSONValue, to writer: inout JSONWriter) {
    var isOpen = false
    for tool in root["tools"]?.elements ?? JSONElements.none(of: root) {
      guard let type = tool["type"], type.equals("function"), let name = tool["name"] else { continue }
      if !isOpen {
        writer.key("tools")
        writer.beginArray()
        isOpen = true
      }
      writer.beginObject()
      writer.key("type")
      writer.string("function" as StaticString)
      writer.key("function")
      writer.beginObject()
      writer.key("name")
      writer.value(name)
      for field in ["description", "parameters"] as [StaticString] {
        guard let value = tool[field], !value.isNull else { continue }
        writer.key(field)
        writer.value(value)
      }
      writer.endObject()
      writer.endObject()
    }
    guard isOpen else { return }
    writer.endArray()
    guard let choice = root["tool_choice"], !choice.isNull else { return }
    writer.key("tool_choice")
    if choice.kind == .string {
      writer.value(choice)
    } else if let name = choice["name"] {
      writer.beginObject()
      writer.key("type")
      writer.string("function" as StaticString)
      writer.key("function")
      writer.beginObject()
      writer.key("name")
      writer.value(name)
      writer.endObject()
      writer.endObject()
    } else {
      writer.string("auto" as StaticString)
    }
  }

  private func writeFormat(_ format: JSONValue?, to writer: inout JSONWriter) {
    guard let format, let type = format["type"], !type.equals("text") else { return }
    writer.key("response_format")
    writer.beginObject()
    writer.key("type")
    writer.value(type)
    if type.equals("json_schema") {
      writer.key("json_schema")
      writer.beginObject()
      for field in ["name", "schema", "strict", "description"] as [StaticString] {
        guard let value = format[field], !value.isNull else { continue }
        writer.key(field)
        writer.value(value)
      }
      writer.endObject()
    }
    writer.endObject()
  }
}
