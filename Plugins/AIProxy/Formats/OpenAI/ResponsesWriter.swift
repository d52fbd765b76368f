/// Writes an answer as OpenAI's Responses API does, whole or as a stream of events.
struct ResponsesWriter: ProgressingAnswerWriter {
  /// What an item of the output is.
  private enum Item {
    case reasoning([UInt8])
    case message([UInt8])
    /// A call, by its place in the table.
    case call(Int)
  }

  let answer: OpenAIAnswer
  let isStream: Bool
  var progress = AnswerProgress()
  private var items: [Item] = []
  private var calls = ToolCallTable()
  /// The item that text goes to, if the last one is it.
  private var open: Int?
  private var sequence = 0

  init(_ answer: OpenAIAnswer, isStream: Bool) {
    self.answer = answer
    self.isStream = isStream
  }

  // MARK: What the reader brings

  mutating func reasoning(_ text: borrowing Span<UInt8>) {
    progress.note(text.count)
    if open == nil || !isReasoning(open) { begin(.reasoning([])) }
    append(text)
    event("response.reasoning_summary_text.delta")
    place(hasPart: "summary_index")
    member("delta", text)
    endEvent()
  }

  mutating func text(_ text: borrowing Span<UInt8>) {
    progress.note(text.count)
    if open == nil || isReasoning(open) { begin(.message([])) }
    append(text)
    event("response.output_text.delta")
    place(hasPart: "content_index")
    member("delta", text)
    noLogProbabilities()
    endEvent()
  }

  mutating func toolCall(
    position: Int?, identifier: borrowing Span<UInt8>, name: borrowing Span<UInt8>, arguments: borrowing Span<UInt8>
  ) {
    progress.note(arguments.count)
    guard let slot = calls.slot(position: position, identifier: identifier, name: name) else { return }
    let before = calls[slot].arguments.count
    calls[slot].arguments.append(arguments)
    if calls[slot].state == .waiting {
      guard !calls[slot].name.isEmpty else { return }
      closeOpen()
      if calls[slot].identifier.isEmpty { answer.appendToolIdentifier(slot, to: &calls[slot].identifier) }
      calls[slot].state = .open
      items.append(.call(slot))
      announce(items.count - 1)
      if before > 0 || !arguments.isEmpty { argumentsDelta(slot, calls[slot].arguments.span) }
    } else if !arguments.isEmpty {
      argumentsDelta(slot, arguments)
    }
  }

  private mutating func argumentsDelta(_ slot: Int, _ text: borrowing Span<UInt8>) {
    let index = items.firstIndex { if case .call(slot) = $0 { true } else { false } } ?? 0
    event("response.function_call_arguments.delta")
    itemPlace(index)
    member("delta", text)
    endEvent()
  }

  // MARK: What the owner asks for

  mutating func start() {
    guard isStream, !progress.isStarted, !progress.isEnded else { return }
    progress.isStarted = true
    for name in ["response.created", "response.in_progress"] as [StaticString] {
      event(name)
      progress.output.append(",\"response\":")
      appendResponse("in_progress", isWhole: false)
      endEvent()
    }
  }

  /// A comment: clients pass over it.
  mutating func ping() {
    guard progress.isStarted, !progress.isEnded else { return }
    progress.output.append(": ping\n\n")
  }

  mutating func end(explanation: String?) {
    guard !progress.isEnded else { return }
    start()
    closeOpen()
    for index in items.indices {
      if case .call(let slot) = items[index] { finishCall(index, slot) }
    }
    let isCut = progress.finishReason == .length || progress.finishReason == .contentFilter
    if isStream {
      event(isCut ? "response.incomplete" : "response.completed")
      progress.output.append(",\"response\":")
      appendResponse(isCut ? "incomplete" : "completed", isWhole: true)
      endEvent()
    } else {
      appendResponse(isCut ? "incomplete" : "completed", isWhole: true)
    }
    progress.isEnded = true
  }

  mutating func fail(_ failure: Failure) {
    guard !progress.isEnded else { return }
    if isStream {
      event("error")
      progress.output.append(",\"code\":\"")
      if let code = failure.code {
        progress.output.append(escaping: code)
      } else {
        progress.output.append(failure.kind.anthropicType)
      }
      progress.output.append("\",\"message\":\"")
      progress.output.append(escaping: failure.message)
      progress.output.append("\",\"param\":null")
      endEvent()
    }
    progress.isEnded = true
  }

  // MARK: Items

  private func isReasoning(_ index: Int?) -> Bool {
    guard let index, case .reasoning = items[index] else { return false }
    return true
  }

  private mutating func begin(_ item: Item) {
    closeOpen()
    items.append(item)
    open = items.count - 1
    announce(items.count - 1)
    partEvent(
      isReasoning(open) ? "response.reasoning_summary_part.added" : "response.content_part.added", isWhole: false)
  }

  private mutating func append(_ text: borrowing Span<UInt8>) {
    guard let open else { return }
    switch items[open] {
    case .reasoning(var bytes):
      // Taken out first, so that appending does not copy.
      items[open] = .reasoning([])
      bytes.append(text)
      items[open] = .reasoning(bytes)
    case .message(var bytes):
      items[open] = .message([])
      bytes.append(text)
      items[open] = .message(bytes)
    case .call: break
    }
  }

  private mutating func closeOpen() {
    guard let index = open else { return }
    let isReasoning = isReasoning(index)
    if isStream {
      event(isReasoning ? "response.reasoning_summary_text.done" : "response.output_text.done")
      place(hasPart: isReasoning ? "summary_index" : "content_index")
      member("text", itemText(index).span)
      if !isReasoning { noLogProbabilities() }
      endEvent()
      partEvent(isReasoning ? "response.reasoning_summary_part.done" : "response.content_part.done", isWhole: true)
      finishItem(index)
    }
    open = nil
  }

  private mutating func finishCall(_ index: Int, _ slot: Int) {
    if calls[slot].arguments.isEmpty { calls[slot].arguments.append("{}") }
    guard isStream else { return }
    event("response.function_call_arguments.done")
    itemPlace(index)
    member("arguments", calls[slot].arguments.span)
    endEvent()
    finishItem(index)
  }

  private func itemText(_ index: Int) -> [UInt8] {
    switch items[index] {
    case .reasoning(let bytes), .message(let bytes): bytes
    case .call(let slot): calls[slot].arguments
    }
  }

  // MARK: Events

  private mutating func event(_ type: StaticString) {
    guard isStream else { return }
    start()
    progress.output.append("event: ")
    progress.output.append(type)
    progress.output.append("\ndata: {\"type\":\"")
    progress.output.append(type)
    progress.output.append("\",\"sequence_number\":")
    progress.output.append(decimal: sequence)
    sequence += 1
  }

  private mutating func endEvent() {
    guard isStream else { return }
    progress.output.append("}\n\n")
  }

  private mutating func member(_ name: StaticString, _ escaped: borrowing Span<UInt8>) {
    guard isStream else { return }
    progress.output.append(",\"")
    progress.output.append(name)
    progress.output.append("\":\"")
    progress.output.append(escaped)
    progress.output.append("\"")
  }

  /// Nobody has asked for them, but the member must be there.
  private mutating func noLogProbabilities() {
    guard isStream else { return }
    progress.output.append(",\"logprobs\":[]")
  }

  private mutating func itemPlace(_ index: Int) {
    guard isStream else { return }
    progress.output.append(",\"item_id\":\"")
    appendIdentifier(index)
    progress.output.append("\",\"output_index\":")
    progress.output.append(decimal: index)
  }

  private mutating func place(hasPart part: StaticString) {
    guard isStream, let open else { return }
    itemPlace(open)
    progress.output.append(",\"")
    progress.output.append(part)
    progress.output.append("\":0")
  }

  private mutating func announce(_ index: Int) {
    guard isStream else { return }
    event("response.output_item.added")
    progress.output.append(",\"output_index\":")
    progress.output.append(decimal: index)
    progress.output.append(",\"item\":")
    appendItem(index, isWhole: false)
    endEvent()
  }

  private mutating func finishItem(_ index: Int) {
    event("response.output_item.done")
    progress.output.append(",\"output_index\":")
    progress.output.append(decimal: index)
    progress.output.append(",\"item\":")
    appendItem(index, isWhole: true)
    endEvent()
  }

  private mutating func partEvent(_ type: StaticString, isWhole: Bool) {
    guard isStream, let open else { return }
    event(type)
    place(hasPart: isReasoning(open) ? "summary_index" : "content_index")
    progress.output.append(",\"part\":")
    appendPart(open, isWhole: isWhole)
    endEvent()
  }

  // MARK: Values

  private mutating func appendIdentifier(_ index: Int) {
    switch items[index] {
    case .reasoning: progress.output.append("rs_")
    case .message: progress.output.append("msg_")
    case .call: progress.output.append("fc_")
    }
    progress.output.append(contentsOf: answer.identifier.utf8.suffix(20))
    progress.output.append(decimal: index)
  }

  private mutating func appendPart(_ index: Int, isWhole: Bool) {
    progress.output.append(
      isReasoning(index) ? "{\"type\":\"summary_text\",\"text\":\"" : "{\"type\":\"output_text\",\"text\":\"")
    if isWhole { progress.output.append(contentsOf: itemText(index)) }
    progress.output.append(isReasoning(index) ? "\"}" : "\",\"annotations\":[]}")
  }

  private mutating func appendItem(_ index: Int, isWhole: Bool) {
    progress.output.append("{\"id\":\"")
    appendIdentifier(index)
    switch items[index] {
    case .reasoning:
      progress.output.append("\",\"type\":\"reasoning\",\"summary\":[")
      if isWhole { appendPart(index, isWhole: true) }
      progress.output.append("]}")
    case .message:
      progress.output.append("\",\"type\":\"message\",\"status\":\"")
      progress.output.append(isWhole ? "completed" : "in_progress")
      progress.output.append("\",\"role\":\"assistant\",\"content\":[")
      if isWhole { appendPart(index, isWhole: true) }
      progress.output.append("]}")
    case .call(let slot):
      progress.output.append("\",\"type\":\"function_call\",\"status\":\"")
      progress.output.append(isWhole ? "completed" : "in_progress")
      progress.output.append("\",\"call_id\":\"")
      progress.output.append(contentsOf: calls[slot].identifier)
      progress.output.append("\",\"name\":\"")
      progress.output.append(contentsOf: calls[slot].name)
      progress.output.append("\",\"arguments\":\"")
      if isWhole { progress.output.append(contentsOf: calls[slot].arguments) }
      progress.output.append("\"}")
    }
  }

  private mutating func appendResponse(_ status: StaticString, isWhole: Bool) {
    progress.output.append("{\"id\":\"")
    progress.output.append(text: answer.identifier)
    progress.output.append("\",\"object\":\"response\",\"created_at\":")
    progress.output.append(decimal: answer.created)
    progress.output.append(",\"status\":\"")
    progress.output.append(status)
    progress.output.append("\",\"error\":null,\"incomplete_details\":")
    if isWhole, progress.finishReason == .length {
      progress.output.append("{\"reason\":\"max_output_tokens\"}")
    } else if isWhole, progress.finishReason == .contentFilter {
      progress.output.append("{\"reason\":\"content_filter\"}")
    } else {
      progress.output.append("null")
    }
    progress.output.append(",\"model\":\"")
    answer.appendModel(progress.upstreamModel, to: &progress.output)
    progress.output.append("\",\"output\":[")
    if isWhole {
      for index in items.indices {
        if index > 0 { progress.output.append(",") }
        appendItem(index, isWhole: true)
      }
    }
    progress.output.append("],")
    if answer.echo.isEmpty {
      progress.output.append("\"tools\":[],\"tool_choice\":\"auto\",\"parallel_tool_calls\":true")
    } else {
      progress.output.append(contentsOf: answer.echo)
    }
    progress.output.append(",\"usage\":")
    if isWhole { appendUsage() } else { progress.output.append("null") }
    progress.output.append("}")
  }

  private mutating func appendUsage() {
    let usage = progress.usage
    progress.output.append("{\"input_tokens\":")
    progress.output.append(decimal: usage.promptTokens)
    progress.output.append(",\"input_tokens_details\":{\"cached_tokens\":")
    progress.output.append(decimal: usage.cachedTokens ?? 0)
    progress.output.append(",\"cache_write_tokens\":")
    progress.output.append(decimal: usage.cacheCreationTokens ?? 0)
    progress.output.append("},\"output_tokens\":")
    progress.output.append(decimal: usage.completionTokens)
    progress.output.append(",\"output_tokens_details\":{\"reasoning_tokens\":")
    progress.output.append(decimal: usage.reasoningTokens ?? 0)
    progress.output.append("},\"total_tokens\":")
    progress.output.append(decimal: usage.totalOrSum)
    progress.output.append("}")
  }
}
