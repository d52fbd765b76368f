import JSON

/// A writer that also gathers the answer as one message, for `log_payloads`: the log holds what was said, not a stream's frames.
struct RecordingWriter<Writer: AnswerWriter, Recorder: AnswerWriter>: AnswerWriter {
  private var writer: Writer
  private var recorder: Recorder

  init(_ writer: Writer, recorder: Recorder) {
    self.writer = writer
    self.recorder = recorder
  }

  /// The message, as far as it came.
  var record: [UInt8]? {
    var recorder = recorder
    recorder.end(explanation: nil)
    return recorder.output
  }

  var output: [UInt8] { writer.output }
  var isStarted: Bool { writer.isStarted }
  var isEnded: Bool { writer.isEnded }
  var hasToken: Bool { writer.hasToken }
  var finishReason: FinishReason? { writer.finishReason }
  var usage: Usage { writer.usage }
  var producedByteCount: Int { writer.producedByteCount }
  var upstreamModel: [UInt8] { writer.upstreamModel }

  mutating func removeOutput() { writer.removeOutput() }
  mutating func swapOutput(_ buffer: inout [UInt8]) { writer.swapOutput(&buffer) }
  mutating func start() { writer.start() }
  mutating func ping() { writer.ping() }
  mutating func end(explanation: String?) { writer.end(explanation: explanation) }
  mutating func refuse(explanation: String) { writer.refuse(explanation: explanation) }
  mutating func fail(_ failure: Failure) { writer.fail(failure) }

  mutating func model(_ name: borrowing Span<UInt8>) {
    writer.model(name)
    recorder.model(name)
  }

  mutating func reasoning(_ text: borrowing Span<UInt8>) {
    writer.reasoning(text)
    recorder.reasoning(text)
  }

  mutating func text(_ text: borrowing Span<UInt8>) {
    writer.text(text)
    recorder.text(text)
  }

  mutating func toolCall(
    position: Int?, identifier: borrowing Span<UInt8>, name: borrowing Span<UInt8>, arguments: borrowing Span<UInt8>
  ) {
    writer.toolCall(position: position, identifier: identifier, name: name, arguments: arguments)
    recorder.toolCall(position: position, identifier: identifier, name: name, arguments: arguments)
  }

  mutating func searchResults(_ results: JSONValue) {
    writer.searchResults(results)
    recorder.searchResults(results)
  }

  mutating func finish(_ reason: FinishReason) {
    writer.finish(reason)
    recorder.finish(reason)
  }

  mutating func usage(_ usage: Usage) {
    writer.usage(usage)
    recorder.usage(usage)
  }
}
