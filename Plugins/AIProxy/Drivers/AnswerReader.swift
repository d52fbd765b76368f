import JSON

/// Reads what an upstream answers, whatever it speaks. One for each answer: readers of streams keep a little of what went
/// before.
struct AnswerReader {
  private let dialect: Dialect
  private var chat: ChatCompletionReader
  private let foreign: Foreign?

  /// What reads other dialects than chat completions: most streams have no need of its memory.
  private final class Foreign {
    var anthropic: AnthropicAnswerReader
    var gemini: GeminiAnswerReader
    let other: OpenAIEventReader

    init(json: JSONReader) {
      anthropic = AnthropicAnswerReader(json: json)
      gemini = GeminiAnswerReader(json: json)
      other = OpenAIEventReader(json: json)
    }
  }

  /// - Parameter json: may be shared.
  init(_ dialect: Dialect = .chatCompletions, json: JSONReader, findsInlineThinking: Bool = false) {
    self.dialect = dialect
    chat = ChatCompletionReader(json: json, findsInlineThinking: findsInlineThinking)
    foreign = dialect == .chatCompletions ? nil : Foreign(json: json)
  }

  /// The answer has ended: gives what was held back.
  mutating func finish<Sink: ChatEventSink>(into sink: inout Sink) { chat.finish(into: &sink) }

  /// Reads one event's data, or a whole body.
  mutating func read<Sink: ChatEventSink>(
    _ text: borrowing Span<UInt8>, into sink: inout Sink
  ) -> ChatCompletionReader.Outcome {
    guard let foreign else { return chat.read(text, into: &sink) }
    switch dialect {
    case .chatCompletions: return chat.read(text, into: &sink)
    case .openAI, .dashScopeImages: return foreign.other.read(text, into: &sink)
    case .anthropic: return foreign.anthropic.read(text, into: &sink)
    case .gemini, .geminiEmbeddings: return foreign.gemini.read(text, into: &sink)
    }
  }
}
