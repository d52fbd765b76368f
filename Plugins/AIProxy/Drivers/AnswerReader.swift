import JSON

/// Reads what an upstream answers, whatever it speaks. One for each answer: readers of streams keep a little of what went
/// before.
struct AnswerReader {
  private let dialect: Dialect
  private var chat: ChatCompletionReader
  private var anthropic: AnthropicAnswerReader
  private var gemini: GeminiAnswerReader
  private let other: OpenAIEventReader

  /// - Parameter json: may be shared.
  init(_ dialect: Dialect = .chatCompletions, json: JSONReader, findsInlineThinking: Bool = false) {
    self.dialect = dialect
    chat = ChatCompletionReader(json: json, findsInlineThinking: findsInlineThinking)
    anthropic = AnthropicAnswerReader(json: json)
    gemini = GeminiAnswerReader(json: json)
    other = OpenAIEventReader(json: json)
  }

  /// The answer has ended: gives what was held back.
  mutating func finish<Sink: ChatEventSink>(into sink: inout Sink) { chat.finish(into: &sink) }

  /// Reads one event's data, or a whole body.
  mutating func read<Sink: ChatEventSink>(
    _ text: borrowing Span<UInt8>, into sink: inout Sink
  ) -> ChatCompletionReader.Outcome {
    switch dialect {
    case .chatCompletions: chat.read(text, into: &sink)
    case .openAI, .dashScopeImages: other.read(text, into: &sink)
    case .anthropic: anthropic.read(text, into: &sink)
    case .gemini, .geminiEmbeddings: gemini.read(text, into: &sink)
    }
  }
}
