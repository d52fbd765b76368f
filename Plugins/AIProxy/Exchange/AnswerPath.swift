import JSON

/// How an answer goes from the upstream to the client: one of the translators, or straight through.
enum AnswerPath {
  case none
  case anthropicStream(AnswerTranslator<AnthropicStreamWriter>)
  case anthropicRecordedStream(AnswerTranslator<RecordingWriter<AnthropicStreamWriter>>)
  case anthropicMessage(AnswerTranslator<AnthropicMessageWriter>)
  case openAI(OpenAIAnswerRelay)
  /// The body of an error, gathered to be told in the client's words.
  case upstreamError([UInt8])
  /// Somebody else's response, or our own: not to be touched.
  case untouched
}
