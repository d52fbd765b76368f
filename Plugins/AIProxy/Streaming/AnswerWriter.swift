/// A writer of answers in a client's format: takes what the reader finds, and is told how it ended.
protocol AnswerWriter: ChatEventSink {
  /// Bytes for the client that were not yet taken.
  var output: [UInt8] { get }
  /// Whether the response has begun, so that failures can no longer change its status.
  var isStarted: Bool { get }
  /// Whether the answer was brought to an end, good or bad.
  var isEnded: Bool { get }
  /// Whether the model has produced anything.
  var hasToken: Bool { get }
  /// Why the upstream stopped, once it said so.
  var finishReason: FinishReason? { get }
  /// Tokens used, as last reported.
  var usage: Usage { get }
  /// Bytes of what the model produced, for an estimate when the upstream counts nothing.
  var producedByteCount: Int { get }
  /// The model as the upstream names it, escaped; empty until it did.
  var upstreamModel: [UInt8] { get }

  /// The answer so far as a whole, for the log, if it was kept.
  var record: [UInt8]? { get }

  /// Forgets the bytes taken.
  mutating func removeOutput()
  /// Changes the buffer of the output, bytes and all, for another one: streams that wait need none of their own.
  mutating func swapOutput(_ buffer: inout [UInt8])
  /// The upstream has begun to answer.
  mutating func start()
  /// Shows the client that the connection is alive, if the format can.
  mutating func ping()
  /// The answer is complete.
  mutating func end(explanation: String?)
  /// The upstream cut its answer off for what it says.
  mutating func refuse(explanation: String)
  /// The answer failed after it had begun.
  mutating func fail(_ failure: Failure)
}

extension AnswerWriter {
  var record: [UInt8]? { nil }
}

extension AnthropicStreamWriter: AnswerWriter {}
