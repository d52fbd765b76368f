import JSON

/// A call in the words of OpenTelemetry's conventions for generative AI (open-telemetry/semantic-conventions-genai, in
/// development): the attributes of a client's span.
enum GenAIAttributes {
  /// The attributes as one JSON object. Only what is known is said.
  static func json(_ statistics: Statistics, _ call: GenAICall) -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: 640)
    writer.beginObject()
    write("gen_ai.operation.name", operation(call.route), to: &writer)
    write("gen_ai.provider.name", provider(statistics.provider, isVertex: call.isVertex), to: &writer)
    write("gen_ai.request.model", statistics.requestModel, to: &writer)
    write("gen_ai.response.model", statistics.responseModel, to: &writer)
    for (attribute, value) in call.requestAttributes {
      writer.key(attribute)
      writer.rawValue(value)
    }
    write("gen_ai.conversation.id", call.conversation, to: &writer)
    if statistics.isStream {
      writer.key("gen_ai.request.stream")
      writer.boolean(true)
      if let seconds = statistics.secondsToFirstToken {
        writer.key("gen_ai.response.time_to_first_chunk")
        writer.double(seconds)
      }
    }
    if let reason = call.finishReason {
      writer.key("gen_ai.response.finish_reasons")
      writer.beginArray()
      writer.string(word(reason))
      writer.endArray()
    }
    let usage = statistics.usage
    write("gen_ai.usage.input_tokens", usage.promptTokens, to: &writer)
    write("gen_ai.usage.output_tokens", usage.completionTokens, to: &writer)
    write("gen_ai.usage.cache_read.input_tokens", usage.cachedTokens, to: &writer)
    write("gen_ai.usage.cache_creation.input_tokens", usage.cacheCreationTokens, to: &writer)
    write("gen_ai.usage.reasoning.output_tokens", usage.reasoningTokens, to: &writer)
    if let endpoint = call.endpoint {
      write("server.address", endpoint.host, to: &writer)
      write("server.port", endpoint.effectivePort, to: &writer)
    }
    write("error.type", call.errorType, to: &writer)
    writer.endObject()
    return writer.bytes
  }

  /// What the conventions call a call of some route.
  static func operation(_ route: AIProxyConfiguration.RouteType) -> String {
    switch route {
    case .chat, .responses, .preserve: "chat"
    case .completions: "text_completion"
    case .embeddings: "embeddings"
    default: "generate_content"
    }
  }

  /// The conventions' name for a provider; Kong's where they have none.
  static func provider(_ name: String, isVertex: Bool) -> String {
    switch name {
    case "azure": "azure.ai.openai"
    case "gemini": isVertex ? "gcp.vertex_ai" : "gcp.gemini"
    case "mistral": "mistral_ai"
    case "xai": "x_ai"
    default: name
    }
  }

  /// As chat completions call it: the conventions leave the word to the provider.
  private static func word(_ reason: FinishReason) -> StaticString {
    switch reason {
    case .stop, .other: "stop"
    case .length: "length"
    case .toolCalls: "tool_calls"
    case .contentFilter: "content_filter"
    case .failed: "error"
    }
  }

  private static func write(_ name: StaticString, _ text: String?, to writer: inout JSONWriter) {
    guard let text else { return }
    writer.key(name)
    writer.string(text)
  }

  private static func write(_ name: StaticString, _ count: Int?, to writer: inout JSONWriter) {
    guard let count else { return }
    writer.key(name)
    writer.integer(count)
  }
}

/// What telemetry tells of a call besides its ``Statistics``.
struct GenAICall {
  var route = AIProxyConfiguration.RouteType.chat
  var isVertex = false
  var endpoint: Endpoint?
  var finishReason: FinishReason?
  /// What the request asked of the model, each with its value's JSON.
  var requestAttributes: [(attribute: StaticString, value: String)] = []
  /// What the client calls its conversation.
  var conversation: String?
  /// A status or a word; `nil` when the call went well.
  var errorType: String?
}
