/// Writes an answer as one chat completion, at its end.
struct ChatMessageWriter: ProgressingAnswerWriter {
  let answer: OpenAIAnswer
  var progress = AnswerProgress()
  private var gathered = GatheredAnswer()

  init(_ answer: OpenAIAnswer) {
    self.answer = answer
  }

  mutating func reasoning(_ text: borrowing Span<UInt8>) {
    progress.note(text.count)
    gathered.reasoning.append(text)
  }

  mutating func text(_ text: borrowing Span<UInt8>) {
    progress.note(text.count)
    gathered.text.append(text)
  }

  mutating func toolCall(
    position: Int?, identifier: borrowing Span<UInt8>, name: borrowing Span<UInt8>, arguments: borrowing Span<UInt8>
  ) {
    progress.note(arguments.count)
    gathered.addCall(position: position, identifier: identifier, name: name, arguments: arguments)
  }

  mutating func start() {}
  mutating func ping() {}
  mutating func fail(_ failure: Failure) { progress.isEnded = true }

  mutating func end(explanation: String?) {
    guard !progress.isEnded else { return }
    progress.isEnded = true
    gathered.nameCalls(answer)
    let calls = gathered.namedCalls
    progress.output.append("{\"id\":\"")
    progress.output.append(text: answer.identifier)
    progress.output.append("\",\"object\":\"chat.completion\",\"created\":")
    progress.output.append(decimal: answer.created)
    progress.output.append(",\"model\":\"")
    answer.appendModel(progress.upstreamModel, to: &progress.output)
    progress.output.append("\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":")
    if gathered.text.isEmpty, !calls.isEmpty {
      progress.output.append("null")
    } else {
      progress.output.append("\"")
      progress.output.append(contentsOf: gathered.text)
      progress.output.append("\"")
    }
    if !gathered.reasoning.isEmpty {
      progress.output.append(",\"reasoning_content\":\"")
      progress.output.append(contentsOf: gathered.reasoning)
      progress.output.append("\"")
    }
    if !calls.isEmpty {
      progress.output.append(",\"tool_calls\":[")
      for (place, call) in calls.enumerated() {
        progress.output.append(place == 0 ? "{\"id\":\"" : ",{\"id\":\"")
        progress.output.append(contentsOf: call.identifier)
        progress.output.append("\",\"type\":\"function\",\"function\":{\"name\":\"")
        progress.output.append(contentsOf: call.name)
        progress.output.append("\",\"arguments\":\"")
        if call.arguments.isEmpty { progress.output.append("{}") }
        progress.output.append(contentsOf: call.arguments)
        progress.output.append("\"}}")
      }
      progress.output.append("]")
    }
    progress.output.append("},\"finish_reason\":\"")
    progress.output.append(OpenAIAnswer.finishReason(progress.finishReason, hasToolCalls: !calls.isEmpty))
    progress.output.append("\"}],\"usage\":")
    OpenAIAnswer.append(progress.usage, to: &progress.output)
    progress.output.append("}")
  }
}
