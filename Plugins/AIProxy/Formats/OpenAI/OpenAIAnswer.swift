/// What answers in OpenAI's forms are told beforehand.
struct OpenAIAnswer: Sendable {
  /// `chatcmpl-…`, `cmpl-…`, `resp_…`
  var identifier: String
  /// Seconds since 1970.
  var created: Int
  /// The model as the client named it.
  var model: String
  /// Answers carry the upstream's name for the model.
  var namesUpstreamModel = true
  /// What responses say of their request: members of a JSON object.
  var echo: [UInt8] = []
  /// The client asked for usage in the stream.
  var includesUsage = false

  /// Appends the model's name, escaped.
  func appendModel(_ upstreamModel: [UInt8], to output: inout [UInt8]) {
    if namesUpstreamModel, !upstreamModel.isEmpty {
      output.append(contentsOf: upstreamModel)
    } else {
      output.append(escaping: model)
    }
  }

  /// Appends an id for a call that the upstream gave none.
  func appendToolIdentifier(_ position: Int, to identifier: inout [UInt8]) {
    identifier.append("call_")
    identifier.append(contentsOf: self.identifier.utf8.suffix(20))
    identifier.append("_")
    identifier.append(decimal: position)
  }

  /// OpenAI's word for why generation stopped.
  static func finishReason(_ reason: FinishReason?, hasToolCalls: Bool) -> StaticString {
    switch reason {
    case .length: "length"
    case .contentFilter: "content_filter"
    case .toolCalls: hasToolCalls ? "tool_calls" : "stop"
    default: hasToolCalls ? "tool_calls" : "stop"
    }
  }

  /// Appends a `usage` object.
  static func append(_ usage: Usage, to output: inout [UInt8]) {
    output.append("{\"prompt_tokens\":")
    output.append(decimal: usage.promptTokens)
    output.append(",\"completion_tokens\":")
    output.append(decimal: usage.completionTokens)
    output.append(",\"total_tokens\":")
    output.append(decimal: usage.totalOrSum)
    output.append(",\"prompt_tokens_details\":{\"cached_tokens\":")
    output.append(decimal: usage.cachedTokens ?? 0)
    output.append("},\"completion_tokens_details\":{\"reasoning_tokens\":")
    output.append(decimal: usage.reasoningTokens ?? 0)
    output.append("}}")
  }
}
