/// Why a model stopped, in the words of OpenAI-compatible servers.
enum FinishReason: Equatable, Sendable {
  case stop
  case length
  case toolCalls
  case contentFilter
  /// The server says that generation failed.
  case failed
  /// Given, but none of the above (`"eos"`, …): taken as a natural end.
  case other

  /// Reads a `finish_reason`; `nil` for what means that there is none yet: `""` and the string `"null"`.
  init?(_ text: borrowing Span<UInt8>) {
    if text.isEmpty || text.equals("null") { return nil }
    if text.equals("stop") {
      self = .stop
    } else if text.equals("length") || text.equals("max_tokens") {
      self = .length
    } else if text.equals("tool_calls") || text.equals("function_call") {
      self = .toolCalls
    } else if text.equals("content_filter") {
      self = .contentFilter
    } else if text.equals("error") || text.equals("insufficient_system_resource") {
      self = .failed
    } else {
      self = .other
    }
  }
}
