/// Anthropic's `stop_reason` for what an OpenAI-compatible server says.
enum AnthropicStopReason {
  /// - Parameters:
  ///   - reason: why the upstream stopped, if it said so.
  ///   - hasToolCalls: whether the message holds a tool call. Some servers say `stop` all the same.
  static func text(for reason: FinishReason?, hasToolCalls: Bool) -> StaticString {
    switch reason {
    case .length: "max_tokens"
    case .contentFilter: "refusal"
    case .stop, .toolCalls, .other, .failed, nil: hasToolCalls ? "tool_use" : "end_turn"
    }
  }

  /// Appends `,"stop_details":…` when the message was refused.
  static func appendDetails(for reason: FinishReason?, explanation: String?, to output: inout [UInt8]) {
    guard reason == .contentFilter else { return }
    output.append(",\"stop_details\":{\"type\":\"refusal\",\"category\":null,\"explanation\":\"")
    output.append(escaping: explanation ?? "The provider's content filter stopped the answer.")
    output.append("\"}")
  }
}
