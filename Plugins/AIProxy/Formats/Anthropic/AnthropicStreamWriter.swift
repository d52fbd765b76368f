import JSON

/// Writes an answer as Anthropic's event stream, event by event as it comes.
///
/// What it guarantees, whatever the upstream sends: `message_start` comes first and once; blocks are numbered from 0
/// without gaps and never overlap; every tool's arguments are complete and in order; a stream that ends well has exactly
/// one `message_delta` with stop reason and usage, and one `message_stop`; one that fails has an `error` event instead.
///
/// Events gather in ``output``; the owner takes them and clears it with ``removeOutput()``.
struct AnthropicStreamWriter: ChatEventSink {
  /// The block that is open.
  enum Block {
    case none
    case thinking
    case text
    /// A tool call, by its place in the table.
    case tool(Int)
  }

  /// Answer text that came while a tool's arguments are incomplete waits until they are; beyond this many bytes the
  /// tool's block is closed as it is.
  static let deferredLimit = 1 << 20

  // What every event touches stands together, before what is seldom looked at: with thousands of streams open, each line
  // of memory has to be fetched anew for each event.

  /// Events not yet taken.
  var output: [UInt8] = []
  /// Whether `message_start` was written.
  private(set) var isStarted = false
  /// Whether the stream was brought to an end, good or bad.
  private(set) var isEnded = false
  /// Whether the model has produced anything, shown or not.
  private(set) var hasToken = false
  /// Why the upstream stopped, once it said so.
  private(set) var finishReason: FinishReason?
  var hasToolBlock = false
  var defersSearch = false
  var joiner = SurrogateJoiner()
  /// Bytes of what the model produced, shown or not.
  private(set) var producedByteCount = 0
  var block = Block.none
  var nextIndex = 0
  /// The model as the upstream names it, escaped; empty until it did.
  private(set) var upstreamModel: [UInt8] = []

  var calls = ToolCallTable()
  var deferredReasoning: [UInt8] = []
  var deferredText: [UInt8] = []
  var answer: AnthropicAnswer
  /// Tokens used, as last reported.
  private(set) var usage = Usage()

  init(_ answer: AnthropicAnswer) {
    self.answer = answer
  }

  /// Forgets the events taken.
  mutating func removeOutput() {
    output.removeAll(keepingCapacity: output.capacity <= 16384)
  }

  mutating func swapOutput(_ buffer: inout [UInt8]) { swap(&output, &buffer) }

  // MARK: What the reader brings

  mutating func model(_ name: borrowing Span<UInt8>) {
    if upstreamModel.isEmpty { upstreamModel.append(name) }
  }

  mutating func reasoning(_ text: borrowing Span<UInt8>) {
    hasToken = true
    producedByteCount += text.count
    guard answer.showsThinking else { return }
    if isToolIncomplete(adding: text.count) {
      deferredReasoning.append(text)
      return
    }
    if case .thinking = block {} else { beginThinking() }
    writeDelta("thinking_delta\",\"thinking\":\"", text)
  }

  mutating func text(_ text: borrowing Span<UInt8>) {
    hasToken = true
    producedByteCount += text.count
    if isToolIncomplete(adding: text.count) {
      deferredText.append(text)
      return
    }
    if case .text = block {} else { beginText() }
    writeDelta("text_delta\",\"text\":\"", text)
  }

  mutating func toolCall(
    position: Int?, identifier: borrowing Span<UInt8>, name: borrowing Span<UInt8>, arguments: borrowing Span<UInt8>
  ) {
    hasToken = true
    producedByteCount += arguments.count
    guard let slot = calls.slot(position: position, identifier: identifier, name: name) else { return }
    let isPlaceholder = !calls[slot].scanner.hasBegun && arguments.equals("null")
    switch calls[slot].state {
    case .closed:
      return
    case .open:
      if arguments.isEmpty || isPlaceholder { return }
      calls[slot].scanner.scan(arguments)
      writeArguments(arguments)
    case .waiting:
      if !isPlaceholder {
        calls[slot].scanner.scan(arguments)
        calls[slot].arguments.append(arguments)
      }
      beginWaitingCalls(closingIncomplete: false)
    }
  }

  mutating func searchResults(_ results: JSONValue) {
    guard answer.webSearch.take(results) else { return }
    if isToolIncomplete(adding: 0) {
      defersSearch = true
    } else {
      closeBlock()
      writeSearch()
    }
  }

  mutating func finish(_ reason: FinishReason) {
    if finishReason == nil { finishReason = reason }
  }

  mutating func usage(_ usage: Usage) {
    self.usage = usage
  }

  // MARK: What the owner asks for

  /// Writes `message_start`, and a `ping` as Anthropic does. Does nothing the second time.
  mutating func start() {
    guard !isStarted, !isEnded else { return }
    isStarted = true
    output.append("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"")
    output.append(text: answer.messageIdentifier)
    output.append("\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"")
    if answer.namesUpstreamModel, !upstreamModel.isEmpty {
      output.append(contentsOf: upstreamModel)
    } else {
      output.append(escaping: answer.model)
    }
    output.append("\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":")
    AnthropicUsage.append(Usage(promptTokens: answer.estimatedInputTokens), to: &output)
    output.append("}}\n\n")
    ping()
  }

  /// Writes a `ping`: bytes that keep a connection from looking dead.
  mutating func ping() {
    guard isStarted, !isEnded else { return }
    output.append("event: ping\ndata: {\"type\":\"ping\"}\n\n")
  }

  /// The upstream's answer is complete: writes what is left of it, `message_delta` and `message_stop`.
  mutating func end(explanation: String? = nil) {
    guard !isEnded else { return }
    start()
    flush()
    if finishReason != .contentFilter, answer.webSearch.takeUntold() { writeSearch() }
    isEnded = true
    output.append("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"")
    output.append(AnthropicStopReason.text(for: finishReason, hasToolCalls: hasToolBlock))
    output.append("\",\"stop_sequence\":null")
    AnthropicStopReason.appendDetails(for: finishReason, explanation: explanation, to: &output)
    output.append("},\"usage\":")
    AnthropicUsage.append(usage, searchCount: answer.webSearch.count, to: &output)
    output.append("}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n")
  }

  /// The upstream cut its answer off for what it says: what was said stands, the message ends as a refusal.
  mutating func refuse(explanation: String) {
    finishReason = .contentFilter
    end(explanation: explanation)
  }

  /// The stream failed: writes what was held back and an `error` event, and nothing after it. Ending the message as if it
  /// were whole would hide that it is not.
  mutating func fail(_ failure: Failure) {
    guard !isEnded else { return }
    if case .tool = block {} else { flushDeferred() }
    finishJoiner()
    isEnded = true
    AnthropicError.appendEvent(failure, requestIdentifier: answer.requestIdentifier, to: &output)
  }
}
