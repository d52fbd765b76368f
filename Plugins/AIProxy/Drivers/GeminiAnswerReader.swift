import JSON

/// Reads answers of Google's `generateContent`, whole and streamed: a stream's events are whole answers with a piece of the
/// text each.
struct GeminiAnswerReader {
  private let json: JSONReader
  private var toolCount = 0
  private var scratch: [UInt8] = []

  init(json: JSONReader) {
    self.json = json
  }

  /// Reads one event's data, or a whole body.
  mutating func read<Sink: ChatEventSink>(
    _ text: borrowing Span<UInt8>, into sink: inout Sink
  ) -> ChatCompletionReader.Outcome {
    json.read(text) { read($0, into: &sink) } ?? .malformed
  }

  private mutating func read<Sink: ChatEventSink>(
    _ root: JSONValue, into sink: inout Sink
  ) -> ChatCompletionReader.Outcome {
    // Errors of streams come in an array.
    if root.kind == .array, let first = root.element(0) { return read(first, into: &sink) }
    if let error = root["error"], !error.isNull {
      var result = ChatCompletionReader.error(error)
      result.type = error["status"].map(ChatCompletionReader.text) ?? ""
      return .error(result)
    }
    if let model = root["modelVersion"], model.isNonEmptyString { model.withRawString { sink.model($0) } }
    var hasChoice = false
    if let candidate = root["candidates"]?.element(0) {
      hasChoice = true
      for part in candidate["content"]?["parts"]?.elements ?? JSONElements.none(of: root) {
        read(part: part, into: &sink)
      }
      if let reason = candidate["finishReason"], reason.isNonEmptyString { sink.finish(finishReason(reason)) }
    } else if let reason = root["promptFeedback"]?["blockReason"], reason.isNonEmptyString {
      hasChoice = true
      sink.finish(.contentFilter)
    }
    var hasUsage = false
    if let counts = root["usageMetadata"], let usage = UsageReader.readGemini(counts) {
      sink.usage(usage)
      hasUsage = true
    }
    return hasChoice || hasUsage ? .content(hasChoice: hasChoice) : .empty
  }

  private mutating func read<Sink: ChatEventSink>(part: JSONValue, into sink: inout Sink) {
    if let text = part["text"], text.isNonEmptyString {
      if part["thought"]?.boolean == true {
        text.withRawString { sink.reasoning($0) }
      } else {
        text.withRawString { sink.text($0) }
      }
    } else if let call = part["functionCall"], let name = call["name"] {
      scratch.removeAll(keepingCapacity: true)
      if let arguments = call["args"], arguments.kind == .object {
        arguments.withRawText { scratch.append(escaping: $0) }
      } else {
        scratch.append("{}")
      }
      let position = toolCount
      toolCount += 1
      name.withRawString { name in
        if let identifier = call["id"] {
          identifier.withRawString {
            sink.toolCall(position: position, identifier: $0, name: name, arguments: scratch.span)
          }
        } else {
          sink.toolCall(position: position, identifier: Span(), name: name, arguments: scratch.span)
        }
      }
    }
  }

  private func finishReason(_ value: JSONValue) -> FinishReason {
    if value.equals("STOP") { return toolCount > 0 ? .toolCalls : .stop }
    if value.equals("MAX_TOKENS") { return .length }
    if value.equals("MALFORMED_FUNCTION_CALL") || value.equals("UNEXPECTED_TOOL_CALL") { return .failed }
    for word in ["SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"] as [StaticString]
    where value.equals(word) {
      return .contentFilter
    }
    return .other
  }
}
