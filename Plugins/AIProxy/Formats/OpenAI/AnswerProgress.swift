/// What every writer knows of the answer that it writes.
struct AnswerProgress {
  /// Bytes for the client that were not yet taken.
  var output: [UInt8] = []
  var isStarted = false
  var isEnded = false
  var hasToken = false
  var finishReason: FinishReason?
  var usage = Usage()
  var producedByteCount = 0
  /// The model as the upstream names it, escaped.
  var upstreamModel: [UInt8] = []

  /// Notes that the model has produced something.
  mutating func note(_ count: Int) {
    hasToken = true
    producedByteCount += count
  }
}

/// A writer that keeps an ``AnswerProgress``: what an ``AnswerWriter`` must tell of itself follows from it.
protocol ProgressingAnswerWriter: AnswerWriter {
  var progress: AnswerProgress { get set }
}

extension ProgressingAnswerWriter {
  var output: [UInt8] { progress.output }
  var isStarted: Bool { progress.isStarted }
  var isEnded: Bool { progress.isEnded }
  var hasToken: Bool { progress.hasToken }
  var finishReason: FinishReason? { progress.finishReason }
  var usage: Usage { progress.usage }
  var producedByteCount: Int { progress.producedByteCount }
  var upstreamModel: [UInt8] { progress.upstreamModel }

  mutating func removeOutput() {
    progress.output.removeAll(keepingCapacity: progress.output.capacity <= 16384)
  }

  mutating func swapOutput(_ buffer: inout [UInt8]) { swap(&progress.output, &buffer) }

  mutating func model(_ name: borrowing Span<UInt8>) {
    if progress.upstreamModel.isEmpty { progress.upstreamModel.append(name) }
  }

  mutating func finish(_ reason: FinishReason) {
    if progress.finishReason == nil { progress.finishReason = reason }
  }

  mutating func usage(_ usage: Usage) { progress.usage = usage }

  mutating func refuse(explanation: String) {
    progress.finishReason = .contentFilter
    end(explanation: explanation)
  }
}
