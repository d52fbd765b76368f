/// Blocks: which is open, when the next may begin, and what waits meanwhile.
extension AnthropicStreamWriter {
  mutating func flush() {
    closeBlock()
    beginWaitingCalls(closingIncomplete: true)
    closeBlock()
    flushDeferred()
    closeBlock()
  }

  mutating func flushDeferred() {
    if defersSearch {
      defersSearch = false
      closeBlock()
      writeSearch()
    }
    if !deferredReasoning.isEmpty {
      var held: [UInt8] = []
      swap(&held, &deferredReasoning)
      beginThinking()
      writeDelta("thinking_delta\",\"thinking\":\"", held.span)
    }
    if !deferredText.isEmpty {
      var held: [UInt8] = []
      swap(&held, &deferredText)
      beginText()
      writeDelta("text_delta\",\"text\":\"", held.span)
    }
  }

  /// Whether a tool's arguments are on their way, so that text must wait for their end.
  mutating func isToolIncomplete(adding count: Int) -> Bool {
    guard case .tool(let slot) = block else { return false }
    if !calls[slot].scanner.isComplete, deferredText.count + deferredReasoning.count + count <= Self.deferredLimit {
      return true
    }
    closeBlock()
    beginWaitingCalls(closingIncomplete: true)
    closeBlock()
    flushDeferred()
    return false
  }

  mutating func beginThinking() {
    closeBlock()
    beginBlock("thinking\",\"thinking\":\"\",\"signature\":\"\"}}\n\n")
    block = .thinking
  }

  mutating func beginText() {
    closeBlock()
    beginBlock("text\",\"text\":\"\"}}\n\n")
    block = .text
  }

  /// Begins the block of every call that waits and has a name, as long as the one before is complete.
  mutating func beginWaitingCalls(closingIncomplete: Bool) {
    for slot in 0..<calls.count where calls[slot].state == .waiting && !calls[slot].name.isEmpty {
      if case .tool(let other) = block, !closingIncomplete, !calls[other].scanner.isComplete { return }
      closeBlock()
      beginTool(slot)
    }
  }

  private mutating func beginTool(_ slot: Int) {
    if calls[slot].identifier.isEmpty {
      AnthropicToolIdentifier.append(madeFor: answer, position: slot, to: &calls[slot].identifier)
    }
    beginBlock("tool_use\",\"id\":\"")
    AnthropicToolIdentifier.append(calls[slot].identifier, to: &output)
    output.append("\",\"name\":\"")
    answer.toolNames.append(originalOf: calls[slot].name, to: &output)
    output.append("\",\"input\":{}}}\n\n")
    block = .tool(slot)
    hasToolBlock = true
    calls[slot].state = .open
    if !calls[slot].arguments.isEmpty {
      var held: [UInt8] = []
      swap(&held, &calls[slot].arguments)
      writeArguments(held.span)
    }
  }

  mutating func beginBlock(_ rest: StaticString) {
    start()
    output.append("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":")
    output.append(decimal: nextIndex)
    output.append(",\"content_block\":{\"type\":\"")
    output.append(rest)
  }

  /// Ends the block that is open, if one is.
  mutating func closeBlock() {
    switch block {
    case .none: return
    case .thinking:
      finishJoiner()
      beginDelta()
      output.append("signature_delta\",\"signature\":\"")
      output.append(AnthropicAnswer.thinkingSignature)
      output.append("\"}}\n\n")
    case .text:
      finishJoiner()
    case .tool(let slot):
      finishJoiner()
      // Clients that parse the joined pieces need something to parse.
      if !calls[slot].hasArguments { writeArguments(emptyObject.span) }
      calls[slot].state = .closed
    }
    endBlock()
  }

  /// Writes the two blocks of the provider's web search; no block may be open.
  mutating func writeSearch() {
    beginBlock("server_tool_use\",\"id\":\"")
    AnthropicWebSearch.appendIdentifier(of: answer, to: &output)
    output.append("\",\"name\":\"web_search\",\"input\":{}}}\n\n")
    beginDelta()
    output.append("input_json_delta\",\"partial_json\":\"")
    output.append(escaping: answer.webSearch.input.span)
    output.append("\"}}\n\n")
    endBlock()
    beginBlock("")
    answer.webSearch.appendResult(of: answer, to: &output)
    output.append("}\n\n")
    endBlock()
  }

  private mutating func endBlock() {
    output.append("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":")
    output.append(decimal: nextIndex)
    output.append("}\n\n")
    nextIndex += 1
    block = .none
  }
}

private let emptyObject: [UInt8] = [UInt8(ascii: "{"), UInt8(ascii: "}")]
