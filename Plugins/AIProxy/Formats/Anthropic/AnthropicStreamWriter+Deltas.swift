/// The pieces within blocks.
extension AnthropicStreamWriter {
  mutating func writeArguments(_ arguments: borrowing Span<UInt8>) {
    if case .tool(let slot) = block { calls[slot].hasArguments = true }
    writeDelta("input_json_delta\",\"partial_json\":\"", arguments)
  }

  mutating func writeDelta(_ kind: StaticString, _ text: borrowing Span<UInt8>) {
    let start = output.count
    beginDelta()
    output.append(kind)
    let before = output.count
    joiner.append(text, to: &output)
    if output.count == before {
      // All of it was half a surrogate pair.
      output.removeSubrange(start...)
      return
    }
    output.append("\"}}\n\n")
  }

  mutating func beginDelta() {
    output.append("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":")
    output.append(decimal: nextIndex)
    output.append(",\"delta\":{\"type\":\"")
  }

  mutating func finishJoiner() {
    guard joiner.isHolding else { return }
    beginDelta()
    switch block {
    case .thinking: output.append("thinking_delta\",\"thinking\":\"")
    case .tool: output.append("input_json_delta\",\"partial_json\":\"")
    case .text, .none: output.append("text_delta\",\"text\":\"")
    }
    joiner.finish(to: &output)
    output.append("\"}}\n\n")
  }
}
