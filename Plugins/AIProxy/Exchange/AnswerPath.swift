import JSON

/// How an answer goes from the upstream to the client: one of the translators, or straight through.
enum AnswerPath {
  case none
  case anthropicStream(AnswerTranslator<AnthropicStreamWriter>)
  case anthropicRecordedStream(AnswerTranslator<RecordingWriter<AnthropicStreamWriter, AnthropicMessageWriter>>)
  case anthropicMessage(AnswerTranslator<AnthropicMessageWriter>)
  /// What passes in the upstream's own words.
  case openAI(OpenAIAnswerRelay)
  /// What becomes an answer in one of OpenAI's forms.
  case translated(any AnswerTranslating)
  /// A whole body that is turned into another at its end.
  case whole([UInt8])
  /// The body of an error, gathered to be told in the client's words.
  case upstreamError([UInt8])
  /// Somebody else's response, or our own: not to be touched.
  case untouched
}
