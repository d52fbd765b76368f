import JSON

/// Turns a chat completions request into one for Anthropic's Messages API.
enum AnthropicRequestWriter {
  /// - Throws: 400 for what Anthropic has no form for.
  static func write(chat: [UInt8], for call: DriverCall, json: JSONReader) throws(Failure) -> [UInt8] {
    let result = json.read(chat.span) { root -> Result<[UInt8], Failure> in
      var writer = JSONWriter(reservingCapacity: chat.count + 256)
      do throws(Failure) {
        try write(root, for: call, to: &writer)
        return .success(writer.bytes)
      } catch {
        return .failure(error)
      }
    }
    guard let result else { throw Failure(.invalidRequest, "request body doesn't contain valid prompts") }
    return try result.get()
  }

  /// Answers without a limit of their own get this one: Anthropic demands a limit.
  private static let defaultMaximumTokens = 4096

  private static func write(_ root: JSONValue, for call: DriverCall, to writer: inout JSONWriter) throws(Failure) {
    let limit = root["max_completion_tokens"]?.integer ?? root["max_tokens"]?.integer ?? defaultMaximumTokens
    let budget = ThinkingWish(root).budget(limit: limit)
    writer.beginObject()
    writer.key("model")
    writer.string(call.model)
    writer.key("max_tokens")
    writer.integer(max(1, limit))
    var messages = AnthropicMessageList(writer: writer)
    writer = JSONWriter()
    try messages.write(root["messages"])
    writer = messages.takeWriter()
    writeSampling(root, thinks: budget != nil, to: &writer)
    if let budget {
      writer.key("thinking")
      writer.rawValue("{\"type\":\"enabled\",\"budget_tokens\":\(budget)}")
    }
    writeTools(root, to: &writer)
    if let schema = root["response_format"]?["json_schema"]?["schema"] {
      writer.key("output_config")
      writer.beginObject()
      writer.key("format")
      writer.beginObject()
      writer.key("type")
      writer.string("json_schema" as StaticString)
      writer.key("schema")
      writer.value(schema)
      writer.endObject()
      writer.endObject()
    }
    if let user = root["user"], user.isNonEmptyString {
      writer.key("metadata")
      writer.beginObject()
      writer.key("user_id")
      writer.value(user)
      writer.endObject()
    }
    writer.key("stream")
    writer.boolean(call.isStream)
    writer.endObject()
  }

  private static func writeSampling(_ root: JSONValue, thinks: Bool, to writer: inout JSONWriter) {
    // With thinking Anthropic takes no other temperature than its own.
    if !thinks, let temperature = root["temperature"], let value = temperature.double {
      writer.key("temperature")
      if value > 1 { writer.integer(1) } else { writer.value(temperature) }
    }
    for name in ["top_p", "top_k"] as [StaticString] {
      guard !thinks, let value = root[name], value.kind == .number else { continue }
      writer.key(name)
      writer.value(value)
    }
    guard let stop = root["stop"] else { return }
    if stop.isNonEmptyString {
      writer.key("stop_sequences")
      writer.beginArray()
      writer.value(stop)
      writer.endArray()
    } else if stop.kind == .array {
      writer.key("stop_sequences")
      writer.beginArray()
      for sequence in stop.elements where sequence.isNonEmptyString { writer.value(sequence) }
      writer.endArray()
    }
  }

  private static func writeTools(_ root: JSONValue, to writer: inout JSONWriter) {
    guard let tools = root["tools"], tools.kind == .array, tools.count > 0 else { return }
    writer.key("tools")
    writer.beginArray()
    for tool in tools.elements {
      guard let function = tool["function"], let name = function["name"] else { continue }
      writer.beginObject()
      writer.key("name")
      writer.value(name)
      if let description = function["description"], description.kind == .string {
        writer.key("description")
        writer.value(description)
      }
      writer.key("input_schema")
      if let parameters = function["parameters"], parameters.kind == .object, parameters["type"] != nil {
        writer.value(parameters)
      } else {
        writer.rawValue("{\"type\":\"object\",\"properties\":{}}" as StaticString)
      }
      writer.endObject()
    }
    writer.endArray()
    let isSerial = root["parallel_tool_calls"]?.boolean == false
    guard root["tool_choice"] != nil || isSerial else { return }
    writer.key("tool_choice")
    writer.beginObject()
    writer.key("type")
    let choice = root["tool_choice"]
    if let name = choice?["function"]?["name"] {
      writer.string("tool" as StaticString)
      writer.key("name")
      writer.value(name)
    } else if choice?.equals("required") ?? false {
      writer.string("any" as StaticString)
    } else if choice?.equals("none") ?? false {
      writer.string("none" as StaticString)
    } else {
      writer.string("auto" as StaticString)
    }
    if isSerial, !(choice?.equals("none") ?? false) {
      writer.key("disable_parallel_tool_use")
      writer.boolean(true)
    }
    writer.endObject()
  }
}
