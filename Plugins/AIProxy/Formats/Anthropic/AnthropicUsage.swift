/// Token counts in Anthropic's words: `input_tokens` leaves out what a cache served or took in.
enum AnthropicUsage {
  /// Appends the `usage` object of a message or of `message_delta`. Every count is there, zero if unknown: clients
  /// read them without asking.
  /// - Parameter searchCount: searches that the provider made; shown if there were any.
  static func append(_ usage: Usage, searchCount: Int = 0, to output: inout [UInt8]) {
    output.append("{\"input_tokens\":")
    output.append(decimal: usage.anthropicInputTokens)
    output.append(",\"cache_creation_input_tokens\":")
    output.append(decimal: usage.cacheCreationTokens ?? 0)
    output.append(",\"cache_read_input_tokens\":")
    output.append(decimal: usage.cachedTokens ?? 0)
    output.append(",\"output_tokens\":")
    output.append(decimal: usage.completionTokens)
    if let reasoning = usage.reasoningTokens {
      output.append(",\"output_tokens_details\":{\"thinking_tokens\":")
      output.append(decimal: reasoning)
      output.append("}")
    }
    if searchCount > 0 {
      output.append(",\"server_tool_use\":{\"web_search_requests\":")
      output.append(decimal: searchCount)
      output.append("}")
    }
    output.append("}")
  }
}
