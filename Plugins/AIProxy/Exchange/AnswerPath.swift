import JSON

/// How an answer goes from the upstream to the client: one of the translators, or straight through.
///
/// Translators have memory of their own: each takes what it needs and not what the largest of them would, and none is moved
/// while it works.
enum AnswerPath {
  case none
  case anthropicStream(Held<AnswerTranslator<AnthropicStreamWriter>>)
  case anthropicRecordedStream(Held<AnswerTranslator<RecordingWriter<AnthropicStreamWriter, AnthropicMessageWriter>>>)
  case anthropicMessage(Held<AnswerTranslator<AnthropicMessageWriter>>)
  /// What passes in the upstream's own words.
  case openAI(Held<OpenAIAnswerRelay>)
  /// The body of an error that passes in the upstream's own words, gathered to keep keys out of it.
  case relayedError([UInt8])
  /// What becomes an answer in one of OpenAI's forms.
  case translated(any AnswerTranslating)
  /// A whole body that is turned into another at its end.
  case whole([UInt8])
  /// The body of an error, gathered to be told in the client's words.
  case upstreamError([UInt8])
  /// Somebody else's response, or our own: not to be touched.
  case untouched
}

/// A value in a place of its own, of one owner.
final class Held<Value> {
  var value: Value

  init(_ value: Value) { self.value = value }
}
