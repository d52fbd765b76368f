/// Notes of an answer what the log needs, and nothing else.
struct AnswerObserver: ChatEventSink {
  private(set) var hasToken = false
  private(set) var finishReason: FinishReason?
  private(set) var usage = Usage()
  /// The model as the upstream names it, escaped.
  private(set) var upstreamModel: [UInt8] = []
  /// Bytes of what the model produced, for an estimate when the upstream counts nothing.
  private(set) var producedByteCount = 0
  /// Gathers what passes, for the log.
  var recorder: ChatMessageWriter?

  mutating func model(_ name: borrowing Span<UInt8>) {
    if upstreamModel.isEmpty { upstreamModel.append(name) }
    recorder?.model(name)
  }

  mutating func reasoning(_ text: borrowing Span<UInt8>) {
    hasToken = true
    producedByteCount += text.count
    recorder?.reasoning(text)
  }

  mutating func text(_ text: borrowing Span<UInt8>) {
    hasToken = true
    producedByteCount += text.count
    recorder?.text(text)
  }

  mutating func toolCall(
    position: Int?, identifier: borrowing Span<UInt8>, name: borrowing Span<UInt8>, arguments: borrowing Span<UInt8>
  ) {
    hasToken = true
    producedByteCount += arguments.count
    recorder?.toolCall(position: position, identifier: identifier, name: name, arguments: arguments)
  }

  mutating func finish(_ reason: FinishReason) {
    if finishReason == nil { finishReason = reason }
    recorder?.finish(reason)
  }

  mutating func usage(_ usage: Usage) {
    self.usage = usage
    recorder?.usage(usage)
  }
}
