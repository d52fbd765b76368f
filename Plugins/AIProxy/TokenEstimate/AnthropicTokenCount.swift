import JSON

/// Answers `count_tokens` without asking anybody: system prompt, messages and tools, weighed by ``TokenCounter``.
struct AnthropicTokenCount {
  /// Tokens of an image, whatever its size in bytes.
  static let image = 1200
  // What Qwen's chat template puts around them.
  private static let message = 5
  private static let answer = 3
  private static let toolList = 87
  private static let tool = 20
  private static let toolUse = 16
  private static let toolResult = 11
  private static let systemNote = 10

  private var counter = TokenCounter()

  /// The tokens of a request to `count_tokens`.
  /// - Throws: 400 when it is no request.
  static func count(_ body: borrowing Span<UInt8>, json: JSONReader) throws(Failure) -> Int {
    let count = json.read(body) { root -> Int? in
      guard root.kind == .object, let messages = root["messages"], messages.kind == .array else { return nil }
      var count = AnthropicTokenCount()
      count.add(root, messages: messages)
      return count.counter.count
    }
    guard let count else { throw Failure(.invalidRequest, "The request body is not valid JSON.") }
    guard let count else { throw Failure(.invalidRequest, "messages: field required") }
    return max(1, count)
  }

  /// The response's body.
  static func body(_ count: Int) -> [UInt8] {
    var output: [UInt8] = []
    output.append("{\"input_tokens\":")
    output.append(decimal: count)
    output.append("}")
    return output
  }

  private mutating func add(_ root: JSONValue, messages: JSONValue) {
    if let tools = root["tools"], tools.kind == .array {
      var isEmpty = true
      for tool in tools.elements where add(tool: tool) { isEmpty = false }
      if !isEmpty { counter.add(tokens: Self.toolList) }
    }
    if let system = root["system"] { add(system: system) }
    for message in messages.elements {
      if let content = message["content"] { add(content: content) }
      counter.add(tokens: Self.message)
      if message["role"]?.equals("system") ?? false { counter.add(tokens: Self.systemNote) }
    }
    counter.add(tokens: Self.answer)
  }

  /// The system prompt without the line that does not go upstream.
  private mutating func add(system: JSONValue) {
    var isFirst = true
    for text in system.kind == .string ? [system] : system.elements.compactMap({ $0["text"] })
    where text.kind == .string {
      let skip = isFirst ? AnthropicSystemPrompt.leadingHeaderLength(text) : 0
      isFirst = false
      text.withRawString { counter.add(escaped: $0.extracting(skip..<$0.count)) }
      counter.endPiece()
    }
    if !isFirst { counter.add(tokens: Self.message) }
  }

  /// Tools stand in the prompt as JSON, their descriptions as escaped as they are.
  /// - Returns: whether the tool goes upstream: those that Anthropic runs do not.
  private mutating func add(tool: JSONValue) -> Bool {
    guard let name = tool["name"], name.isNonEmptyString else { return false }
    if let type = tool["type"], !type.isNull, !type.equals("custom"), tool["input_schema"] == nil {
      guard let known = KnownTool(type: type.string ?? "") else { return false }
      add(string: name)
      for text in [known.description, known.parameters] {
        counter.add(json: Array(text.description.utf8).span)
        counter.endPiece()
      }
      counter.add(tokens: Self.tool)
      return true
    }
    for name in ["name", "description", "input_schema"] as [StaticString] {
      if let value = tool[name] { value.withRawText { counter.add(json: $0) } }
      counter.endPiece()
    }
    counter.add(tokens: Self.tool)
    return true
  }

  private mutating func add(content: JSONValue) {
    if content.kind == .string {
      add(string: content)
      return
    }
    for block in content.elements {
      if let type = block["type"] {
        if type.equals("image") {
          counter.add(tokens: Self.image)
          continue
        }
        // Earlier reasoning does not go upstream.
        if type.equals("thinking") || type.equals("redacted_thinking") { continue }
        if type.equals("tool_use") { counter.add(tokens: Self.toolUse) }
        if type.equals("tool_result") { counter.add(tokens: Self.toolResult) }
      }
      for name in ["text", "name", "title", "context"] as [StaticString] {
        if let text = block[name] { add(string: text) }
      }
      if let input = block["input"] {
        input.withRawText { counter.add(json: $0) }
        counter.endPiece()
      }
      if let inner = block["content"] { add(content: inner) }
      if let source = block["source"], source["type"]?.equals("text") ?? false, let data = source["data"] {
        add(string: data)
      }
    }
  }

  private mutating func add(string: JSONValue) {
    string.withRawString { counter.add(escaped: $0) }
    counter.endPiece()
  }
}
