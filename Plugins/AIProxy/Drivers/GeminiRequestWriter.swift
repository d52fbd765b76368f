import JSON

/// Turns a chat completions request into one for Google's `generateContent`.
enum GeminiRequestWriter {
  /// - Throws: 400 for what Gemini has no form for.
  static func write(chat: [UInt8], for call: DriverCall, json: JSONReader) throws(Failure) -> [UInt8] {
    let result = json.read(chat.span) { root -> Result<[UInt8], Failure> in
      var writer = JSONWriter(reservingCapacity: chat.count + 256)
      do throws(Failure) {
        writer.beginObject()
        var contents = GeminiContents(writer: writer, model: call.model)
        writer = JSONWriter()
        try contents.write(root["messages"])
        writer = contents.takeWriter()
        writeTools(root, to: &writer)
        writeGenerationConfiguration(root, to: &writer)
        writer.endObject()
        return .success(writer.bytes)
      } catch {
        return .failure(error)
      }
    }
    guard let result else { throw Failure(.invalidRequest, "request body doesn't contain valid prompts") }
    return try result.get()
  }

  private static func writeTools(_ root: JSONValue, to writer: inout JSONWriter) {
    guard let tools = root["tools"], tools.kind == .array, tools.count > 0 else { return }
    writer.key("tools")
    writer.beginArray()
    writer.beginObject()
    writer.key("functionDeclarations")
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
      if let parameters = function["parameters"], parameters.kind == .object {
        // JSON Schema as it is; `parameters` would take a part of OpenAPI's only.
        writer.key("parametersJsonSchema")
        writer.value(parameters)
      }
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    writer.endArray()
    guard let choice = root["tool_choice"], !choice.isNull else { return }
    writer.key("toolConfig")
    writer.beginObject()
    writer.key("functionCallingConfig")
    writer.beginObject()
    writer.key("mode")
    if let name = choice["function"]?["name"] {
      writer.string("ANY" as StaticString)
      writer.key("allowedFunctionNames")
      writer.beginArray()
      writer.value(name)
      writer.endArray()
    } else if choice.equals("required") {
      writer.string("ANY" as StaticString)
    } else if choice.equals("none") {
      writer.string("NONE" as StaticString)
    } else {
      writer.string("AUTO" as StaticString)
    }
    writer.endObject()
    writer.endObject()
  }

  private static func writeGenerationConfiguration(_ root: JSONValue, to writer: inout JSONWriter) {
    writer.key("generationConfig")
    writer.beginObject()
    if let limit = root["max_completion_tokens"] ?? root["max_tokens"], limit.kind == .number {
      writer.key("maxOutputTokens")
      writer.value(limit)
    }
    let names: [(StaticString, StaticString)] = [
      ("temperature", "temperature"), ("top_p", "topP"), ("top_k", "topK"), ("n", "candidateCount"), ("seed", "seed"),
      ("presence_penalty", "presencePenalty"), ("frequency_penalty", "frequencyPenalty"),
    ]
    for (name, googles) in names {
      guard let value = root[name], value.kind == .number else { continue }
      writer.key(googles)
      writer.value(value)
    }
    if let stop = root["stop"], !stop.isNull {
      writer.key("stopSequences")
      writer.beginArray()
      if stop.isNonEmptyString { writer.value(stop) }
      for sequence in stop.elements where sequence.isNonEmptyString { writer.value(sequence) }
      writer.endArray()
    }
    if let format = root["response_format"], let type = format["type"], !type.equals("text") {
      writer.key("responseMimeType")
      writer.string("application/json" as StaticString)
      if let schema = format["json_schema"]?["schema"] {
        writer.key("responseJsonSchema")
        writer.value(schema)
      }
    }
    let wish = ThinkingWish(root)
    if let isWanted = wish.isWanted {
      writer.key("thinkingConfig")
      writer.beginObject()
      writer.key("includeThoughts")
      writer.boolean(isWanted)
      if !isWanted {
        writer.key("thinkingBudget")
        writer.integer(0)
      } else if let budget = wish.budget {
        writer.key("thinkingBudget")
        writer.integer(budget)
      }
      writer.endObject()
    }
    writer.endObject()
  }
}
