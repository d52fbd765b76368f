/// Writes an answer as OpenAI's text completions, whole or streamed. Calls and reasoning have no place there.
struct CompletionWriter: ProgressingAnswerWriter {
  let answer: OpenAIAnswer
  let isStream: Bool
  var progress = AnswerProgress()
  private var gathered: [UInt8] = []

  init(_ answer: OpenAIAnswer, isStream: Bool) {
    self.answer = answer
    self.isStream = isStream
  }

  mutating func reasoning(_ text: borrowing Span<UInt8>) {
    progress.note(text.count)
  }

  mutating func text(_ text: borrowing Span<UInt8>) {
    progress.note(text.count)
    guard isStream else {
      gathered.append(text)
      return
    }
    progress.isStarted = true
    progress.output.append("data: ")
    begin()
    progress.output.append(text)
    progress.output.append("\",\"index\":0,\"logprobs\":null,\"finish_reason\":null}]}\n\n")
  }

  mutating func toolCall(
    position: Int?, identifier: borrowing Span<UInt8>, name: borrowing Span<UInt8>, arguments: borrowing Span<UInt8>
  ) {
    progress.note(arguments.count)
  }

  mutating func start() {}

  mutating func ping() {
    guard isStream, progress.isStarted, !progress.isEnded else { return }
    progress.output.append(": ping\n\n")
  }

  mutating func end(explanation: String?) {
    guard !progress.isEnded else { return }
    progress.isEnded = true
    progress.isStarted = isStream
    if isStream { progress.output.append("data: ") }
    begin()
    progress.output.append(contentsOf: gathered)
    progress.output.append("\",\"index\":0,\"logprobs\":null,\"finish_reason\":\"")
    progress.output.append(OpenAIAnswer.finishReason(progress.finishReason, hasToolCalls: false))
    progress.output.append("\"}]")
    if isStream, answer.includesUsage {
      // On its own, behind the last choice, as OpenAI sends it.
      progress.output.append("}\n\ndata: ")
      beginObject()
      progress.output.append("[]")
    }
    if !isStream || answer.includesUsage {
      progress.output.append(",\"usage\":")
      OpenAIAnswer.append(progress.usage, to: &progress.output)
    }
    progress.output.append("}")
    if isStream { progress.output.append("\n\ndata: [DONE]\n\n") }
  }

  mutating func fail(_ failure: Failure) {
    guard !progress.isEnded else { return }
    progress.isEnded = true
    guard isStream else { return }
    progress.output.append("data: ")
    OpenAIError.append(failure, to: &progress.output)
    progress.output.append("\n\n")
  }

  private mutating func begin() {
    beginObject()
    progress.output.append("[{\"text\":\"")
  }

  private mutating func beginObject() {
    progress.output.append("{\"id\":\"")
    progress.output.append(text: answer.identifier)
    progress.output.append("\",\"object\":\"text_completion\",\"created\":")
    progress.output.append(decimal: answer.created)
    progress.output.append(",\"model\":\"")
    answer.appendModel(progress.upstreamModel, to: &progress.output)
    progress.output.append("\",\"choices\":")
  }
}
