import JSON

/// Writes an answer as one Anthropic message, at its end. It takes the same events as ``AnthropicStreamWriter``, so that an
/// upstream's stream can be gathered for a client that did not ask for one.
struct AnthropicMessageWriter: AnswerWriter {
  /// A block of the message. Text stays as escaped as it came.
  private enum Block {
    case thinking([UInt8])
    case text([UInt8])
    /// A tool call, by its place in the table.
    case tool(Int)
    /// The provider's web search.
    case search
  }

  private(set) var answer: AnthropicAnswer
  private(set) var output: [UInt8] = []
  /// Never: until the message is written, a failure can still have a status of its own.
  var isStarted: Bool { false }
  private(set) var isEnded = false
  private(set) var hasToken = false
  private(set) var finishReason: FinishReason?
  private(set) var usage = Usage()
  private(set) var upstreamModel: [UInt8] = []
  /// Bytes of what the model produced, shown or not.
  private(set) var producedByteCount = 0
  /// How many calls had arguments that are no JSON object.
  private(set) var unusableArgumentCount = 0

  private let json: JSONReader
  private var blocks: [Block] = []
  private var calls = ToolCallTable()

  /// - Parameter json: checks the arguments of tool calls; may be shared.
  init(_ answer: AnthropicAnswer, json: JSONReader) {
    self.answer = answer
    self.json = json
  }

  mutating func removeOutput() { output.removeAll(keepingCapacity: false) }
  mutating func swapOutput(_ buffer: inout [UInt8]) { swap(&output, &buffer) }

  mutating func model(_ name: borrowing Span<UInt8>) {
    if upstreamModel.isEmpty { upstreamModel.append(name) }
  }

  mutating func reasoning(_ text: borrowing Span<UInt8>) {
    hasToken = true
    producedByteCount += text.count
    guard answer.showsThinking else { return }
    if let last = blocks.indices.last, case .thinking(var bytes) = blocks[last] {
      // Taken out of the array first, so that appending does not copy.
      blocks[last] = .thinking([])
      bytes.append(text)
      blocks[last] = .thinking(bytes)
    } else {
      var bytes: [UInt8] = []
      bytes.append(text)
      blocks.append(.thinking(bytes))
    }
  }

  mutating func text(_ text: borrowing Span<UInt8>) {
    hasToken = true
    producedByteCount += text.count
    if let last = blocks.indices.last, case .text(var bytes) = blocks[last] {
      blocks[last] = .text([])
      bytes.append(text)
      blocks[last] = .text(bytes)
    } else {
      var bytes: [UInt8] = []
      bytes.append(text)
      blocks.append(.text(bytes))
    }
  }

  mutating func toolCall(
    position: Int?, identifier: borrowing Span<UInt8>, name: borrowing Span<UInt8>, arguments: borrowing Span<UInt8>
  ) {
    hasToken = true
    producedByteCount += arguments.count
    let known = calls.count
    guard let slot = calls.slot(position: position, identifier: identifier, name: name) else { return }
    calls[slot].arguments.append(arguments)
    if slot >= known { blocks.append(.tool(slot)) }
  }

  mutating func searchResults(_ results: JSONValue) {
    if answer.webSearch.take(results) { blocks.append(.search) }
  }

  mutating func finish(_ reason: FinishReason) {
    if finishReason == nil { finishReason = reason }
  }

  mutating func usage(_ usage: Usage) { self.usage = usage }

  mutating func start() {}
  mutating func ping() {}
  mutating func fail(_ failure: Failure) { isEnded = true }

  mutating func refuse(explanation: String) {
    finishReason = .contentFilter
    end(explanation: explanation)
  }

  mutating func end(explanation: String?) {
    guard !isEnded else { return }
    isEnded = true
    if finishReason != .contentFilter, answer.webSearch.takeUntold() { blocks.append(.search) }
    output.append("{\"id\":\"")
    output.append(text: answer.messageIdentifier)
    output.append("\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"")
    if answer.namesUpstreamModel, !upstreamModel.isEmpty {
      output.append(contentsOf: upstreamModel)
    } else {
      output.append(escaping: answer.model)
    }
    output.append("\",\"content\":[")
    let hasToolCalls = appendBlocks()
    output.append("],\"stop_reason\":\"")
    output.append(AnthropicStopReason.text(for: finishReason, hasToolCalls: hasToolCalls))
    output.append("\",\"stop_sequence\":null")
    AnthropicStopReason.appendDetails(for: finishReason, explanation: explanation, to: &output)
    output.append(",\"usage\":")
    AnthropicUsage.append(usage, searchCount: answer.webSearch.count, to: &output)
    output.append("}")
    blocks = []
  }

  /// Returns whether one of them is a tool call.
  private mutating func appendBlocks() -> Bool {
    var hasToolCalls = false
    var needsComma = false
    for block in blocks {
      if case .tool(let slot) = block, calls[slot].name.isEmpty { continue }
      if needsComma { output.append(",") }
      needsComma = true
      switch block {
      case .thinking(let text):
        output.append("{\"type\":\"thinking\",\"thinking\":\"")
        append(joined: text)
        output.append("\",\"signature\":\"")
        output.append(AnthropicAnswer.thinkingSignature)
        output.append("\"}")
      case .text(let text):
        output.append("{\"type\":\"text\",\"text\":\"")
        append(joined: text)
        output.append("\"}")
      case .tool(let slot):
        hasToolCalls = true
        appendToolCall(slot)
      case .search:
        appendSearch()
      }
    }
    return hasToolCalls
  }

  /// A surrogate that is half of nothing has no place in a text.
  private mutating func append(joined text: [UInt8]) {
    var joiner = SurrogateJoiner()
    joiner.append(text.span, to: &output)
    joiner.finish(to: &output)
  }

  private mutating func appendSearch() {
    output.append("{\"type\":\"server_tool_use\",\"id\":\"")
    AnthropicWebSearch.appendIdentifier(of: answer, to: &output)
    output.append("\",\"name\":\"web_search\",\"input\":")
    output.append(contentsOf: answer.webSearch.input)
    output.append("},{\"type\":\"")
    answer.webSearch.appendResult(of: answer, to: &output)
  }

  private mutating func appendToolCall(_ slot: Int) {
    if calls[slot].identifier.isEmpty {
      AnthropicToolIdentifier.append(madeFor: answer, position: slot, to: &calls[slot].identifier)
    }
    output.append("{\"type\":\"tool_use\",\"id\":\"")
    AnthropicToolIdentifier.append(calls[slot].identifier, to: &output)
    output.append("\",\"name\":\"")
    answer.toolNames.append(originalOf: calls[slot].name, to: &output)
    output.append("\",\"input\":")
    let input = ToolArguments.object(fromEscaped: calls[slot].arguments, json: json)
    if let input {
      output.append(contentsOf: input)
    } else {
      unusableArgumentCount += 1
      output.append("{}")
    }
    output.append("}")
  }
}
