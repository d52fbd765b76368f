import JSON

/// Whether a chat completions request wants the model to think, in the words of OpenAI (`reasoning_effort`) or of DashScope
/// (`enable_thinking`, `thinking_budget`).
struct ThinkingWish {
  /// `nil` when the request does not say.
  private(set) var isWanted: Bool?
  private(set) var budget: Int?

  init(_ root: JSONValue) {
    if let effort = root["reasoning_effort"], effort.kind == .string {
      isWanted = !effort.equals("none")
      if effort.equals("minimal") || effort.equals("low") {
        budget = 1024
      } else if effort.equals("medium") {
        budget = 4096
      } else {
        budget = 16384
      }
    }
    if let enabled = root["enable_thinking"]?.boolean { isWanted = enabled }
    if let tokens = root["thinking_budget"]?.integer, tokens > 0 { budget = tokens }
  }

  /// Tokens to think with, as Anthropic takes them: at least 1024, and fewer than the answer may have in all.
  func budget(limit: Int) -> Int? {
    guard isWanted == true, limit > 1024 else { return nil }
    return min(max(1024, budget ?? 4096), limit - 1)
  }
}
