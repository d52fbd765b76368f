/// What a translator of answers is told beforehand, the same for every answer of an instance.
struct AnswerOptions: Sendable {
  /// A stream that ends with `[DONE]` but never said why the model stopped is taken as complete.
  var acceptsMissingFinishReason = false
  /// `<think>…</think>` at the beginning of the text is reasoning.
  var findsInlineThinking = false
  /// The largest event, or whole body, in bytes.
  var limit = 16 << 20
}
