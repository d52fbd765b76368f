import JSON

/// Reads what passes of OpenAI's other interfaces: completions, embeddings, and responses with their events.
struct OpenAIEventReader {
  private let json: JSONReader

  init(json: JSONReader) {
    self.json = json
  }

  /// Reads one event's data, or a whole body.
  func read<Sink: ChatEventSink>(_ text: borrowing Span<UInt8>, into sink: inout Sink) -> ChatCompletionReader.Outcome {
    json.read(text) { read($0, into: &sink) } ?? .malformed
  }

  private func read<Sink: ChatEventSink>(
    _ root: JSONValue, into sink: inout Sink
  ) -> ChatCompletionReader.Outcome {
    guard root.kind == .object else { return .empty }
    if let error = root["error"], !error.isNull { return .error(ChatCompletionReader.error(error)) }
    // An event of a response carries the whole of it at its beginning and its end.
    let body = root["response"].flatMap { $0.kind == .object ? $0 : nil } ?? root
    if let model = body["model"], model.isNonEmptyString { model.withRawString { sink.model($0) } }
    var hasChoice = false
    if let delta = root["delta"], delta.isNonEmptyString {
      delta.withRawString { sink.text($0) }
      hasChoice = true
    }
    if let choice = root["choices"]?.element(0) {
      if let text = choice["text"], text.isNonEmptyString { text.withRawString { sink.text($0) } }
      if let reason = choice["finish_reason"]?.withRawString({ FinishReason($0) }) { sink.finish(reason) }
      hasChoice = true
    }
    for item in body["output"]?.elements ?? JSONElements.none(of: body) where root["type"] == nil {
      for part in item["content"]?.elements ?? JSONElements.none(of: item) {
        if let text = part["text"], text.isNonEmptyString { text.withRawString { sink.text($0) } }
      }
    }
    if let status = body["status"], status.equals("completed") { sink.finish(.stop) }
    if let usage = body["usage"], var counts = UsageReader.read(usage) {
      counts.serviceTier = body["service_tier"]?.string
      sink.usage(counts)
      return .content(hasChoice: hasChoice)
    }
    return hasChoice ? .content(hasChoice: true) : .empty
  }
}
