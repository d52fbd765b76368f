/// What both writers of an Anthropic answer, streamed and whole, must know beforehand.
struct AnthropicAnswer: Sendable {
  /// The message's id, `msg_…`: never the upstream's, since clients tell turns apart by it.
  var messageIdentifier: String
  /// The request's id, `req_…`, for errors.
  var requestIdentifier: String
  /// The model named in the answer until the upstream names one, or for good if ``namesUpstreamModel`` is off.
  var model: String
  /// Whether the answer names the upstream's model rather than the one asked for.
  var namesUpstreamModel = true
  /// Whether the client wants to see reasoning.
  var showsThinking = false
  /// The prompt's size as estimated, for `message_start`; the true number comes in `message_delta`.
  var estimatedInputTokens = 0
  /// Tool names that were changed on the way to the upstream.
  var toolNames = ToolNameMap()
  /// The web search that the request asks for.
  var webSearch = AnthropicWebSearch()

  /// Signature of the thinking blocks made here. Clients expect one that is not empty, and send it back as it is.
  static let thinkingSignature: StaticString = "dG9yaWk="
}
