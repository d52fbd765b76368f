/// Writes an answer as OpenAI's stream of chat completion chunks.
struct ChatStreamWriter: ProgressingAnswerWriter {
  let answer: OpenAIAnswer
  var progress = AnswerProgress()
  private var calls = ToolCallTable()
  private var hasToolCall = false

  init(_ answer: OpenAIAnswer) {
    self.answer = answer
  }

  mutating func reasoning(_ text: borrowing Span<UInt8>) {
    progress.note(text.count)
    begin("{\"reasoning_content\":\"")
    progress.output.append(text)
    finishChunk("\"}")
  }

  mutating func text(_ text: borrowing Span<UInt8>) {
    progress.note(text.count)
    begin("{\"content\":\"")
    progress.output.append(text)
    finishChunk("\"}")
  }

  mutating func toolCall(
    position: Int?, identifier: borrowing Span<UInt8>, name: borrowing Span<UInt8>, arguments: borrowing Span<UInt8>
  ) {
    progress.note(arguments.count)
    guard let slot = calls.slot(position: position, identifier: identifier, name: name) else { return }
    switch calls[slot].state {
    case .open:
      guard !arguments.isEmpty else { return }
      begin("{\"tool_calls\":[{\"index\":")
      progress.output.append(decimal: slot)
      progress.output.append(",\"function\":{\"arguments\":\"")
      progress.output.append(arguments)
      finishChunk("\"}}]}")
    default:
      calls[slot].arguments.append(arguments)
      // Clients take the name from the first piece.
      if !calls[slot].name.isEmpty { beginTool(slot) }
    }
  }

  private mutating func beginTool(_ slot: Int) {
    if calls[slot].identifier.isEmpty { answer.appendToolIdentifier(slot, to: &calls[slot].identifier) }
    hasToolCall = true
    calls[slot].state = .open
    begin("{\"tool_calls\":[{\"index\":")
    progress.output.append(decimal: slot)
    progress.output.append(",\"id\":\"")
    progress.output.append(contentsOf: calls[slot].identifier)
    progress.output.append("\",\"type\":\"function\",\"function\":{\"name\":\"")
    progress.output.append(contentsOf: calls[slot].name)
    progress.output.append("\",\"arguments\":\"")
    progress.output.append(contentsOf: calls[slot].arguments)
    calls[slot].arguments = []
    finishChunk("\"}}]}")
  }

  mutating func start() {
    guard !progress.isStarted, !progress.isEnded else { return }
    progress.isStarted = true
    begin("{\"role\":\"assistant\",\"content\":\"\"}")
    finishChunk("")
  }

  /// A comment: clients pass over it.
  mutating func ping() {
    guard progress.isStarted, !progress.isEnded else { return }
    progress.output.append(": ping\n\n")
  }

  mutating func end(explanation: String?) {
    guard !progress.isEnded else { return }
    start()
    begin("{}")
    progress.output.append(",\"finish_reason\":\"")
    progress.output.append(OpenAIAnswer.finishReason(progress.finishReason, hasToolCalls: hasToolCall))
    progress.output.append("\"}]}\n\n")
    if answer.includesUsage {
      beginEvent()
      progress.output.append("],\"usage\":")
      OpenAIAnswer.append(progress.usage, to: &progress.output)
      progress.output.append("}\n\n")
    }
    progress.output.append("data: [DONE]\n\n")
    progress.isEnded = true
  }

  mutating func fail(_ failure: Failure) {
    guard !progress.isEnded else { return }
    progress.isEnded = true
    progress.output.append("data: ")
    OpenAIError.append(failure, to: &progress.output)
    progress.output.append("\n\n")
  }

  /// Begins a chunk and its delta.
  private mutating func begin(_ delta: StaticString) {
    start()
    beginEvent()
    progress.output.append("{\"index\":0,\"delta\":")
    progress.output.append(delta)
  }

  private mutating func finishChunk(_ rest: StaticString) {
    progress.output.append(rest)
    progress.output.append(",\"finish_reason\":null}]}\n\n")
  }

  private mutating func beginEvent() {
    progress.output.append("data: {\"id\":\"")
    progress.output.append(text: answer.identifier)
    progress.output.append("\",\"object\":\"chat.completion.chunk\",\"created\":")
    progress.output.append(decimal: answer.created)
    progress.output.append(",\"model\":\"")
    answer.appendModel(progress.upstreamModel, to: &progress.output)
    progress.output.append("\",\"choices\":[")
  }
}
