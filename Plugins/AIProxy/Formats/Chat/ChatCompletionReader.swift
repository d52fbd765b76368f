import JSON

/// Reads answers of OpenAI-compatible chat completions, whole bodies and streamed chunks alike, and gives what it finds
/// to a ``ChatEventSink``.
///
/// It is forgiving: what is missing, null or of an unknown kind is passed over.
struct ChatCompletionReader {
  /// What a text turned out to be.
  enum Outcome {
    /// Not JSON.
    case malformed
    /// JSON without anything to say: a heartbeat, an object of another kind.
    case empty
    /// A choice, usage, or both.
    case content(hasChoice: Bool)
    /// The upstream's report of an error.
    case error(UpstreamError)
  }

  private let json: JSONReader
  /// Arguments given as an object are escaped here.
  private var scratch: [UInt8] = []

  /// Takes reasoning out of the text, if it is to be looked for there.
  private var inlineThinking: InlineThinking?

  /// - Parameters:
  ///   - json: may serve any number of streams: nothing of one is kept between calls.
  ///   - findsInlineThinking: whether `<think>…</think>` at the beginning of the text is reasoning.
  init(json: JSONReader, findsInlineThinking: Bool = false) {
    self.json = json
    if findsInlineThinking { inlineThinking = InlineThinking() }
  }

  /// The answer has ended: gives what was held back.
  mutating func finish<Sink: ChatEventSink>(into sink: inout Sink) {
    guard let parts = inlineThinking?.finish() else { return }
    pass(parts, into: &sink)
  }

  private mutating func pass<Sink: ChatEventSink>(text: borrowing Span<UInt8>, into sink: inout Sink) {
    guard let parts = inlineThinking?.receive(text) else {
      sink.text(text)
      return
    }
    pass(parts, into: &sink)
  }

  private func pass<Sink: ChatEventSink>(_ parts: InlineThinking.Parts, into sink: inout Sink) {
    if !parts.reasoning.isEmpty { sink.reasoning(parts.reasoning.span) }
    if !parts.text.isEmpty { sink.text(parts.text.span) }
  }

  /// Reads one chunk, or a whole body.
  mutating func read<Sink: ChatEventSink>(_ text: borrowing Span<UInt8>, into sink: inout Sink) -> Outcome {
    json.read(text) { read($0, into: &sink) } ?? .malformed
  }

  private mutating func read<Sink: ChatEventSink>(_ root: JSONValue, into sink: inout Sink) -> Outcome {
    guard root.kind == .object else { return .empty }
    var choices: JSONValue?
    var usage: JSONValue?
    var code: JSONValue?
    var message: JSONValue?
    var searchInformation: JSONValue?
    for (key, value) in root.members {
      if key.equals("choices") {
        choices = value
      } else if key.equals("usage") {
        usage = value
      } else if key.equals("model") {
        if value.isNonEmptyString { value.withRawString { sink.model($0) } }
      } else if key.equals("error") {
        if !value.isNull { return .error(Self.error(value)) }
      } else if key.equals("search_info") {
        searchInformation = value
      } else if key.equals("code") {
        code = value
      } else if key.equals("message") {
        message = value
      }
    }
    if choices == nil, let code, let message, code.isNonEmptyString || code.kind == .number {
      return .error(UpstreamError(code: Self.text(code), message: Self.text(message)))
    }
    read(searchInformation: searchInformation, into: &sink)
    var hasChoice = false
    for choice in choices?.elements ?? JSONElements.none(of: root) {
      if let index = choice["index"]?.integer, index != 0 { continue }
      if read(choice: choice, into: &sink) { hasChoice = true }
      break
    }
    var hasUsage = false
    if let usage, var counts = UsageReader.read(usage) {
      // It stands beside the counts, and decides what they cost.
      counts.serviceTier = root["service_tier"]?.string
      sink.usage(counts)
      hasUsage = true
    }
    return hasChoice || hasUsage ? .content(hasChoice: hasChoice) : .empty
  }

  private mutating func read<Sink: ChatEventSink>(choice: JSONValue, into sink: inout Sink) -> Bool {
    var part: JSONValue?
    var finishReason: JSONValue?
    var searchInformation: JSONValue?
    for (key, value) in choice.members {
      if key.equals("delta") || key.equals("message") {
        if value.kind == .object { part = value }
      } else if key.equals("finish_reason") {
        finishReason = value
      } else if key.equals("search_info") {
        searchInformation = value
      }
    }
    read(searchInformation: searchInformation, into: &sink)
    if let part { read(message: part, into: &sink) }
    var isFinished = false
    if let finishReason, let reason = finishReason.withRawString({ FinishReason($0) }) {
      finish(into: &sink)
      sink.finish(reason)
      isFinished = true
    }
    return part != nil || isFinished
  }

  /// Where the provider's own web search found what it says: `{"search_results":[{"title":…,"url":…}]}`.
  private func read<Sink: ChatEventSink>(searchInformation value: JSONValue?, into sink: inout Sink) {
    if let results = value?["search_results"], results.kind == .array { sink.searchResults(results) }
  }

  private mutating func read<Sink: ChatEventSink>(message: JSONValue, into sink: inout Sink) {
    var reasoning: JSONValue?
    var content: JSONValue?
    var refusal: JSONValue?
    var toolCalls: JSONValue?
    var functionCall: JSONValue?
    var searchInformation: JSONValue?
    for (key, value) in message.members {
      if key.equals("content") {
        content = value
      } else if key.equals("reasoning_content") {
        if value.isNonEmptyString { reasoning = value }
      } else if key.equals("reasoning") {
        if reasoning == nil, value.isNonEmptyString { reasoning = value }
      } else if key.equals("tool_calls") {
        toolCalls = value
      } else if key.equals("refusal") {
        refusal = value
      } else if key.equals("function_call") {
        functionCall = value
      } else if key.equals("search_info") {
        searchInformation = value
      }
    }
    read(searchInformation: searchInformation, into: &sink)
    if let reasoning { reasoning.withRawString { sink.reasoning($0) } }
    if let content { read(content: content, into: &sink) }
    if let refusal, refusal.isNonEmptyString { refusal.withRawString { sink.text($0) } }
    if let toolCalls {
      for call in toolCalls.elements {
        read(function: call["function"], position: call["index"]?.integer, identifier: call["id"], into: &sink)
      }
    }
    if let functionCall, functionCall.kind == .object {
      read(function: functionCall, position: nil, identifier: nil, into: &sink)
    }
  }

  private mutating func read<Sink: ChatEventSink>(content: JSONValue, into sink: inout Sink) {
    if content.isNonEmptyString {
      content.withRawString { pass(text: $0, into: &sink) }
      return
    }
    for part in content.elements {
      for name in ["text", "refusal"] as [StaticString] {
        if let text = part[name], text.isNonEmptyString { text.withRawString { sink.text($0) } }
      }
    }
  }

  private mutating func read<Sink: ChatEventSink>(
    function: JSONValue?, position: Int?, identifier: JSONValue?, into sink: inout Sink
  ) {
    let name = function?["name"]
    let arguments = function?["arguments"]
    scratch.removeAll(keepingCapacity: scratch.capacity <= 4096)
    if let arguments, arguments.kind == .object {
      arguments.withRawText { scratch.append(escaping: $0) }
    } else if let arguments {
      arguments.appendRawString(to: &scratch)
    }
    Self.withRawString(identifier) { identifier in
      Self.withRawString(name) { name in
        sink.toolCall(position: position, identifier: identifier, name: name, arguments: scratch.span)
      }
    }
  }

  private static func withRawString(_ value: JSONValue?, _ body: (borrowing Span<UInt8>) -> Void) {
    if let value { value.withRawString(body) } else { body(Span<UInt8>()) }
  }

  /// The error an object, or a text, reports.
  static func error(_ value: JSONValue) -> UpstreamError {
    guard value.kind == .object else { return UpstreamError(message: text(value)) }
    return UpstreamError(
      code: value["code"].map(text) ?? "", type: value["type"].map(text) ?? "",
      message: value["message"].map(text) ?? "")
  }

  /// A string decoded, a number as it is spelled, nothing for `null`, and anything else as JSON.
  static func text(_ value: JSONValue) -> String {
    switch value.kind {
    case .string: value.string ?? ""
    case .null: ""
    default: value.withRawText { $0.text }
    }
  }
}

extension JSONElements {
  /// No elements.
  static func none(of value: JSONValue) -> JSONElements {
    // Only arrays have elements, and this is asked of objects.
    value.elements
  }
}
