/// Token counts in Anthropic's words: `input_tokens` leaves out what a cache served or took in.
enum AnthropicUsage {
  /// Appends the `usage` object of a message or of `message_delta`. Every count is there, zero if unknown: clients
  /// read them without asking.
  static func append(_ usage: Usage, to output: inout [UInt8]) {
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
    output.append("}")
  }
}
