import JSON

/// What a response says of the request that it answers: OpenAI's carry every setting, given or not, with the value that
/// counted. What was not part of the call is not told as if it were.
struct ResponseEcho {
  let settings: ChatRequestSettings
  /// The model that the request goes to.
  let model: String

  /// The members of the response object, without its braces.
  func members(_ root: JSONValue) -> [UInt8] {
    let options = settings.configuration.model.options
    var writer = JSONWriter(reservingCapacity: 512)
    writer.beginObject()
    writer.key("background")
    writer.boolean(false)
    given("instructions", root, to: &writer)
    writer.key("max_output_tokens")
    let limit = settings.maximumTokens(
      requested: root["max_output_tokens"]?.integer, capabilities: settings.capabilities(of: model))
    if let limit { writer.integer(limit) } else { writer.null() }
    given("max_tool_calls", root, to: &writer)
    writer.key("metadata")
    if let metadata = root["metadata"], metadata.kind == .object {
      writer.value(metadata)
    } else {
      writer.beginObject()
      writer.endObject()
    }
    writer.key("parallel_tool_calls")
    writer.boolean(root["parallel_tool_calls"]?.boolean ?? true)
    for name in ["previous_response_id", "prompt_cache_key"] as [StaticString] { given(name, root, to: &writer) }
    writeReasoning(root["reasoning"], to: &writer)
    given("safety_identifier", root, to: &writer)
    writer.key("service_tier")
    writer.string("default" as StaticString)
    writer.key("store")
    writer.boolean(false)
    number("temperature", configured: options.temperature, root, to: &writer)
    writer.key("text")
    writeText(root["text"], to: &writer)
    writeTools(root, to: &writer)
    writer.key("top_logprobs")
    writer.integer(0)
    number("top_p", configured: options.topP, root, to: &writer)
    writer.key("truncation")
    writer.string("disabled" as StaticString)
    given("user", root, to: &writer)
    writer.endObject()
    // What was copied may have line ends between its tokens, which an event's data must not.
    return writer.bytes.dropFirst().dropLast().map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
  }

  private func given(_ name: StaticString, _ root: JSONValue, to writer: inout JSONWriter) {
    writer.key(name)
    if let value = root[name] { writer.value(value) } else { writer.null() }
  }

  /// The configured one counts, then the request's, then OpenAI's default.
  private func number(
    _ name: StaticString, configured: String?, _ root: JSONValue, to writer: inout JSONWriter
  ) {
    writer.key(name)
    if let configured {
      writer.rawValue(configured)
    } else if let value = root[name], value.kind == .number {
      writer.value(value)
    } else {
      writer.rawValue("1.0")
    }
  }

  private func writeReasoning(_ reasoning: JSONValue?, to writer: inout JSONWriter) {
    writer.key("reasoning")
    writer.beginObject()
    for name in ["effort", "summary"] as [StaticString] {
      writer.key(name)
      if let value = reasoning?[name] { writer.value(value) } else { writer.null() }
    }
    writer.endObject()
  }

  private func writeText(_ text: JSONValue?, to writer: inout JSONWriter) {
    if let text, let format = text["format"], format["type"] != nil {
      writer.value(text)
      return
    }
    writer.beginObject()
    writer.key("format")
    writer.beginObject()
    writer.key("type")
    writer.string("text" as StaticString)
    writer.endObject()
    writer.endObject()
  }

  /// Functions only: others were left out of the call.
  private func writeTools(_ root: JSONValue, to writer: inout JSONWriter) {
    var hasTools = false
    writer.key("tools")
    writer.beginArray()
    for tool in root["tools"]?.elements ?? JSONElements.none(of: root) {
      guard let type = tool["type"], type.equals("function"), tool["name"] != nil else { continue }
      hasTools = true
      writer.beginObject()
      for (key, value) in tool.members {
        writer.key(copying: key)
        writer.value(value)
      }
      if tool["parameters"] == nil {
        writer.key("parameters")
        writer.null()
      }
      if tool["strict"] == nil {
        writer.key("strict")
        writer.boolean(false)
      }
      writer.endObject()
    }
    writer.endArray()
    writer.key("tool_choice")
    if hasTools, let choice = root["tool_choice"], isKnown(choice) {
      writer.value(choice)
    } else {
      writer.string("auto" as StaticString)
    }
  }

  /// Whether a choice went upstream as it stands.
  private func isKnown(_ choice: JSONValue) -> Bool {
    choice.kind == .string || (choice.kind == .object && choice["name"] != nil)
  }
}
