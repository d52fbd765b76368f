/// A provider that will not read a prompt, or not say an answer.
enum ContentRefusal {
  /// What is added to the provider's message: Anthropic's words for it. Claude Code sends variants of a request whose refusal
  /// it does not understand, and understands these.
  static let words = " (Output blocked by content filtering policy)"
}
