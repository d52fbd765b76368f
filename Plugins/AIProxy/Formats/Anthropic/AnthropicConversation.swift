import JSON

/// Turns `system` and `messages` of Anthropic's form into the messages of chat completions.
///
/// The conversation is taken in turns: what the assistant said, and all that follows until it speaks again. OpenAI-compatible
/// servers want the result of every call right after the call, once each, in messages of their own, and nothing between;
/// Anthropic's put them into the user's message in any order. So each turn becomes: the assistant's text with those calls that
/// were answered, their results in the order of the calls, and then one message with everything else the user said.
struct AnthropicConversation {
  private var writer: JSONWriter
  /// Tool names changed so far.
  private(set) var names: ToolNameMap
  /// What was left out or replaced.
  var notes: [String] = []
  /// What is not understood, so that something may be missing from the conversation.
  var warnings: [String] = []
  /// The log tells of so many: a conversation comes again with each of its turns.
  static let warningLimit = 4

  let capabilities: ModelCapabilities
  let translation: AIProxyConfiguration.Translation
  let model: String

  /// Which `cache_control` markers go upstream.
  var markers: CacheMarkers
  /// What the user said and was not written yet.
  var user = UserContent()
  /// Scratch space for one turn.
  private var assistantTexts: [UserContent.Part] = []
  private var thoughts: [JSONValue] = []
  private var calls: [JSONValue] = []
  var results: [(block: JSONValue, isUsed: Bool)] = []

  init(
    writer: JSONWriter, names: ToolNameMap, capabilities: ModelCapabilities,
    translation: AIProxyConfiguration.Translation, model: String, markers: CacheMarkers
  ) {
    self.markers = markers
    self.writer = writer
    self.names = names
    self.capabilities = capabilities
    self.translation = translation
    self.model = model
  }

  /// Gives the writer back.
  mutating func takeWriter() -> JSONWriter {
    var result = JSONWriter()
    swap(&result, &writer)
    return result
  }

  enum Role {
    case user, assistant, system
  }

  mutating func translate(_ messages: JSONValue, system: JSONValue?) throws(Failure) {
    writer.beginArray()
    if let system { try AnthropicSystemPrompt.write(system, markers: &markers, to: &writer) }
    var list: [(role: Role, content: JSONValue)] = []
    list.reserveCapacity(messages.count)
    var position = 0
    for message in messages.elements {
      list.append(try read(message: message, position: position))
      position += 1
    }
    var start = 0
    while start < list.count {
      var end = start
      while end < list.count, list[end].role == .assistant { end += 1 }
      var next = end
      while next < list.count, list[next].role != .assistant { next += 1 }
      try translateTurn(assistant: list[start..<end], others: list[end..<next], offset: end, isLast: next == list.count)
      start = next
    }
    user.flush(to: &writer)
    writer.endArray()
  }

  private func read(message: JSONValue, position: Int) throws(Failure) -> (role: Role, content: JSONValue) {
    guard message.kind == .object else {
      throw Failure(.invalidRequest, "messages.\(position): must be an object")
    }
    var role: Role?
    var content: JSONValue?
    for (key, value) in message.members {
      if key.equals("role"), role == nil {
        if value.equals("user") {
          role = .user
        } else if value.equals("assistant") {
          role = .assistant
        } else if value.equals("system") {
          role = .system
        } else {
          throw Failure(.invalidRequest, "messages.\(position).role: must be user, assistant or system")
        }
      } else if key.equals("content"), content == nil {
        content = value
      }
    }
    guard let role else { throw Failure(.invalidRequest, "messages.\(position).role: field required") }
    guard let content else { throw Failure(.invalidRequest, "messages.\(position).content: field required") }
    guard content.kind == .string || content.kind == .array else {
      throw Failure(.invalidRequest, "messages.\(position).content: must be a string or an array of blocks")
    }
    if role != .assistant, content.kind == .array, content.count == 0 {
      throw Failure(.invalidRequest, "messages.\(position).content: must not be empty")
    }
    return (role, content)
  }

  // MARK: A turn

  typealias Message = (role: Role, content: JSONValue)

  private mutating func translateTurn(
    assistant: ArraySlice<Message>, others: ArraySlice<Message>, offset: Int, isLast: Bool
  ) throws(Failure) {
    assistantTexts.removeAll(keepingCapacity: true)
    thoughts.removeAll(keepingCapacity: true)
    calls.removeAll(keepingCapacity: true)
    results.removeAll(keepingCapacity: true)
    for message in assistant { readAssistant(message.content) }
    for message in others where message.role == .user {
      for block in message.content.elements where block["type"]?.equals("tool_result") ?? false {
        results.append((block, false))
      }
    }
    var answers = matchResults()
    if calls.isEmpty { answers = [] }
    let isAnswered = answers.contains { $0 != nil }
    if !assistantTexts.isEmpty || isAnswered {
      user.flush(to: &writer)
      writeAssistant(answers: answers, isPrefill: isLast && others.isEmpty)
      for (call, answer) in zip(calls, answers) {
        if let answer { try writeResult(results[answer].block, of: call) }
      }
    }
    if answers.contains(where: { $0 == nil }) { notes.append("tool calls without results were left out") }
    var position = offset
    for message in others {
      try readOther(message, position: position)
      position += 1
    }
  }

  private mutating func readAssistant(_ content: JSONValue) {
    if content.isNonEmptyString {
      assistantTexts.append(.text(content))
      return
    }
    for block in content.elements {
      guard let type = block["type"] else { continue }
      if type.equals("text") {
        if let text = block["text"], text.isNonEmptyString { assistantTexts.append(.text(text)) }
      } else if type.equals("tool_use") {
        if let name = block["name"], name.isNonEmptyString { calls.append(block) }
      } else if type.equals("thinking") {
        if translation.preservesThinking, let text = block["thinking"], text.isNonEmptyString { thoughts.append(text) }
      } else if let text = AnthropicServerTools.summary(of: block, type: type) {
        assistantTexts.append(.made(text))
      }
    }
  }

  /// For each call the place of its result, the first with its id that no other call took.
  private mutating func matchResults() -> [Int?] {
    var answers: [Int?] = []
    answers.reserveCapacity(calls.count)
    // Results mostly come in the order of the calls: the search begins behind the last one found.
    var cursor = 0
    for call in calls {
      var found: Int?
      if let identifier = call["id"] {
        for step in results.indices {
          let place = (cursor + step) % results.count
          if results[place].isUsed { continue }
          if results[place].block["tool_use_id"]?.hasSameSpelling(as: identifier) ?? false {
            found = place
            break
          }
        }
      }
      if let found {
        results[found].isUsed = true
        cursor = found + 1
      }
      answers.append(found)
    }
    return answers
  }

  private mutating func writeAssistant(answers: [Int?], isPrefill: Bool) {
    writer.beginObject()
    writer.key("role")
    writer.string("assistant")
    writer.key("content")
    // Always there, if only empty: DashScope refuses messages without it.
    UserContent.writeString(assistantTexts, joiner: "\\n\\n", to: &writer)
    if capabilities.canThink, !thoughts.isEmpty {
      writer.key("reasoning_content")
      UserContent.writeString(thoughts.map { .text($0) }, joiner: "\\n\\n", to: &writer)
    }
    var isOpen = false
    for (call, answer) in zip(calls, answers) where answer != nil {
      if !isOpen {
        writer.key("tool_calls")
        writer.beginArray()
        isOpen = true
      }
      write(call: call)
    }
    if isOpen {
      writer.endArray()
    } else if isPrefill, capabilities.marksPrefill {
      writer.key("partial")
      writer.boolean(true)
    }
    writer.endObject()
  }

  private mutating func write(call: JSONValue) {
    writer.beginObject()
    writer.key("id")
    if let identifier = call["id"] { writer.value(identifier) }
    writer.key("type")
    writer.string("function")
    writer.key("function")
    writer.beginObject()
    writer.key("name")
    if let name = call["name"] {
      names.write(upstreamNameOf: name, reserved: capabilities.reservedToolName, to: &writer)
    }
    writer.key("arguments")
    writer.beginString()
    if let input = call["input"], input.kind == .object {
      writer.appendText(of: input)
    } else {
      writer.appendText("{}")
    }
    writer.endString()
    writer.endObject()
    writer.endObject()
  }

  private mutating func writeResult(_ result: JSONValue, of call: JSONValue) throws(Failure) {
    let content = try AnthropicToolResult(result, capabilities: capabilities, translation: translation)
    writer.beginObject()
    writer.key("role")
    writer.string("tool")
    writer.key("tool_call_id")
    if let identifier = call["id"] { writer.value(identifier) }
    writer.key("content")
    content.write(isMarked: markers.take(result), to: &writer)
    writer.endObject()
    if !content.images.isEmpty {
      var label: [UInt8] = []
      label.append("Images in the result of tool call ")
      call["id"]?.appendRawString(to: &label)
      label.append(":")
      user.append(.made(label))
      for image in content.images { user.append(.image(image)) }
    }
  }
}
