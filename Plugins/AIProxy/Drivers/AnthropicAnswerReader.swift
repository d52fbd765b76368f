import JSON

/// Reads answers of Anthropic's Messages API, messages and events alike.
struct AnthropicAnswerReader {
  private let json: JSONReader
  /// Put together from `message_start` and `message_delta`: the latter's numbers replace the former's.
  private var usage = Usage()
  /// The index of the block that is open, if it is a tool's, and the tool's place among the tools.
  private var openTool: (block: Int, position: Int)?
  private var toolCount = 0
  private var scratch: [UInt8] = []

  init(json: JSONReader) {
    self.json = json
  }

  /// Reads one event's data, or a whole message.
  mutating func read<Sink: ChatEventSink>(
    _ text: borrowing Span<UInt8>, into sink: inout Sink
  ) -> ChatCompletionReader.Outcome {
    json.read(text) { read($0, into: &sink) } ?? .malformed
  }

  private mutating func read<Sink: ChatEventSink>(
    _ root: JSONValue, into sink: inout Sink
  ) -> ChatCompletionReader.Outcome {
    guard let type = root["type"] else {
      if let error = root["error"] { return .error(ChatCompletionReader.error(error)) }
      return .empty
    }
    if type.equals("content_block_delta") {
      return readDelta(root, into: &sink)
    } else if type.equals("content_block_start") {
      return readBlockStart(root, into: &sink)
    } else if type.equals("content_block_stop") {
      openTool = nil
      return .empty
    } else if type.equals("message_start") {
      guard let message = root["message"] else { return .empty }
      readModel(message, into: &sink)
      readUsage(message["usage"], into: &sink)
      return .content(hasChoice: true)
    } else if type.equals("message_delta") {
      readUsage(root["usage"], into: &sink)
      return .content(hasChoice: readStop(root["delta"]?["stop_reason"], into: &sink))
    } else if type.equals("error") {
      return .error(root["error"].map(ChatCompletionReader.error) ?? UpstreamError())
    } else if type.equals("message") {
      return read(message: root, into: &sink)
    }
    return .empty
  }

  private mutating func read<Sink: ChatEventSink>(
    message: JSONValue, into sink: inout Sink
  ) -> ChatCompletionReader.Outcome {
    readModel(message, into: &sink)
    for block in message["content"]?.elements ?? JSONElements.none(of: message) {
      guard let type = block["type"] else { continue }
      if type.equals("text"), let text = block["text"], text.isNonEmptyString {
        text.withRawString { sink.text($0) }
      } else if type.equals("thinking"), let text = block["thinking"], text.isNonEmptyString {
        text.withRawString { sink.reasoning($0) }
      } else if type.equals("tool_use") {
        scratch.removeAll(keepingCapacity: true)
        block["input"]?.withRawText { scratch.append(escaping: $0) }
        beginTool(block, into: &sink)
      }
    }
    readUsage(message["usage"], into: &sink)
    _ = readStop(message["stop_reason"], into: &sink)
    return .content(hasChoice: true)
  }

  private mutating func readBlockStart<Sink: ChatEventSink>(
    _ root: JSONValue, into sink: inout Sink
  ) -> ChatCompletionReader.Outcome {
    guard let block = root["content_block"], let type = block["type"] else { return .empty }
    if type.equals("tool_use") {
      scratch.removeAll(keepingCapacity: true)
      openTool = (root["index"]?.integer ?? 0, toolCount)
      beginTool(block, into: &sink)
    } else if type.equals("text"), let text = block["text"], text.isNonEmptyString {
      text.withRawString { sink.text($0) }
    }
    return .content(hasChoice: true)
  }

  /// Gives the beginning of a call, with what ``scratch`` holds of its arguments.
  private mutating func beginTool<Sink: ChatEventSink>(_ block: JSONValue, into sink: inout Sink) {
    let position = toolCount
    toolCount += 1
    guard let identifier = block["id"], let name = block["name"] else { return }
    identifier.withRawString { identifier in
      name.withRawString { name in
        sink.toolCall(position: position, identifier: identifier, name: name, arguments: scratch.span)
      }
    }
  }

  private mutating func readDelta<Sink: ChatEventSink>(
    _ root: JSONValue, into sink: inout Sink
  ) -> ChatCompletionReader.Outcome {
    guard let delta = root["delta"] else { return .empty }
    if let text = delta["text"] {
      if text.isNonEmptyString { text.withRawString { sink.text($0) } }
    } else if let text = delta["thinking"] {
      if text.isNonEmptyString { text.withRawString { sink.reasoning($0) } }
    } else if let piece = delta["partial_json"], let openTool {
      if piece.isNonEmptyString {
        piece.withRawString {
          sink.toolCall(position: openTool.position, identifier: Span(), name: Span(), arguments: $0)
        }
      }
    }
    return .content(hasChoice: true)
  }

  private func readModel<Sink: ChatEventSink>(_ message: JSONValue, into sink: inout Sink) {
    if let model = message["model"], model.isNonEmptyString { model.withRawString { sink.model($0) } }
  }

  private func readStop<Sink: ChatEventSink>(_ value: JSONValue?, into sink: inout Sink) -> Bool {
    guard let value, value.isNonEmptyString else { return false }
    if value.equals("max_tokens") || value.equals("model_context_window_exceeded") {
      sink.finish(.length)
    } else if value.equals("tool_use") {
      sink.finish(.toolCalls)
    } else if value.equals("refusal") {
      sink.finish(.contentFilter)
    } else {
      sink.finish(.stop)
    }
    return true
  }

  private mutating func readUsage<Sink: ChatEventSink>(_ value: JSONValue?, into sink: inout Sink) {
    guard let value, value.kind == .object else { return }
    UsageReader.readAnthropic(value, into: &usage)
    sink.usage(usage)
  }
}
