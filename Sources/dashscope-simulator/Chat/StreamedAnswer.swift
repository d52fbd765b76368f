/// Writes a completion as a list of events, in the service's way:
///
/// - the first event has the role and `content: ""`; while it thinks, `reasoning_content` with `content: null`;
/// - a call begins with id, name and `arguments: ""`, goes on with `id: ""` and `name: null`, ends with `arguments: null`;
/// - the finish event has `delta: {}` after calls and `delta: {"content":""}` after text;
/// - `usage` is null in every event; with `include_usage` one more follows with `choices: []`; `[DONE]` ends it.
struct StreamedAnswer {
  private let completion: Completion
  private let faults: FaultPlan
  private let includeUsage: Bool
  private let usageMode: String?
  private var events: [StreamEvent] = []
  private var sentTokens = 0
  private var needsRole = false

  init(_ completion: Completion, includeUsage: Bool, faults: FaultPlan) {
    self.completion = completion
    self.faults = faults
    usageMode = faults[.usage]?.text("value")
    self.includeUsage = includeUsage || (usageMode != nil && usageMode != "never")
  }

  /// All events of the answer.
  mutating func list() -> [StreamEvent] {
    for index in 0..<completion.count { append(choice: index) }
    if usageMode == "early", let finish = events.lastIndex(where: { $0.kind == .finish }) {
      events.insert(usageEvent(), at: finish)
    } else if includeUsage, usageMode != "never", usageMode != "finish", !faults.has(.finishTwice) {
      events.append(usageEvent())
    }
    distort()
    if !faults.has(.noDone) { events.append(StreamEvent(kind: .done, data: [UInt8]("[DONE]".utf8))) }
    if faults.has(.afterDone) {
      events.append(event(.noise, members: [#""content":"after the end""#], choice: 0))
    }
    return events
  }

  private mutating func append(choice: Int) {
    if faults.has(.roleWithFirst) {
      needsRole = true
    } else if completion.thinks {
      append(.role, [#""content":null"#, #""role":"assistant""#, #""\#(reasoningName)":"""#], choice: choice)
    } else {
      append(.role, [#""content":"""#, #""role":"assistant""#], choice: choice)
    }
    for piece in Tokens.pieces(completion.reasoning) {
      sentTokens += 1
      append(.reasoning, [#""content":null"#, #""\#(reasoningName)":\#(quoted(String(piece)))"#], choice: choice)
    }
    if let size = faults[.bigLine]?.number("megabytes"), completion.calls.isEmpty {
      append(.content, content(quoted(String(repeating: "x", count: max(0, size) << 20))), choice: choice)
    }
    for piece in Tokens.pieces(completion.text) {
      sentTokens += 1
      if faults.has(.loneSurrogates) {
        for half in halves(piece) { append(.content, content(half), choice: choice) }
      } else {
        append(.content, content(quoted(String(piece))), choice: choice)
      }
    }
    if !completion.calls.isEmpty {
      let pieces = ToolCallPieces(completion.calls, faults: faults)
      for piece in pieces.list() {
        sentTokens += 1
        append(.tool, [#""content":null"#, piece], choice: choice)
      }
    }
    appendFinish(choice: choice)
  }

  private mutating func appendFinish(choice: Int) {
    guard !faults.has(.finishMissing) else { return }
    let functionCall = faults.has(.functionCall) && !completion.calls.isEmpty
    let reason = functionCall ? "function_call" : completion.finish
    var usage: [UInt8]?
    if usageMode == "finish" { usage = completion.usageJSON(streamed: true) }
    if faults.has(.finishWithContent), let last = events.indices.last, events[last].kind != .role {
      // The last piece was written with `finish_reason` null; it is written anew with the reason.
      events[last] = event(events[last].kind, members: lastMembers, choice: choice, finish: reason, usage: usage)
      return
    }
    let members = completion.calls.isEmpty ? [#""content":"""#] : []
    events.append(event(.finish, members: members, choice: choice, finish: reason, usage: usage))
    if faults.has(.finishTwice) {
      let usage = completion.usageJSON(streamed: true)
      events.append(event(.finish, members: members, choice: choice, finish: reason, usage: usage))
    }
  }

  private func content(_ quotedText: String) -> [String] {
    var members = [#""content":\#(quotedText)"#]
    if faults.has(.reasoningEmpty) {
      members.append(#""\#(reasoningName)":"""#)
    } else if completion.thinks {
      members.append(#""\#(reasoningName)":null"#)
    }
    return members
  }

  // MARK: Events

  private var lastMembers: [String] = []

  private mutating func append(_ kind: StreamEvent.Kind, _ members: [String], choice: Int) {
    var members = members
    if needsRole || (faults.has(.roleRepeated) && kind != .role) { members.append(#""role":"assistant""#) }
    needsRole = false
    let usage = usageMode == "always" ? completion.usageJSON(completed: sentTokens, streamed: true) : nil
    if faults.has(.finishWithContent) { lastMembers = members }
    events.append(event(kind, members: members, choice: choice, usage: usage))
  }

  private func event(
    _ kind: StreamEvent.Kind, members: [String], choice: Int, finish: String? = nil, usage: [UInt8]? = nil
  ) -> StreamEvent {
    var json = JSONText()
    json.raw(#"[{"delta":{"#)
    for (index, member) in members.enumerated() {
      if index > 0 { json.raw(",") }
      json.raw(member)
    }
    json.raw(#"},"finish_reason":"#)
    json.string(orNull: finish)
    json.raw(#","index":"#)
    json.number(choice)
    json.raw(#","logprobs":null}]"#)
    return StreamEvent(kind: kind, data: envelope(json.bytes, usage: usage))
  }

  private func envelope(_ choices: [UInt8], usage: [UInt8]?) -> [UInt8] {
    completion.envelope(
      object: "chat.completion.chunk", choices: Completion.choices(choices, faults: faults), usage: usage)
  }

  private func usageEvent() -> StreamEvent {
    let usage = usageMode == "null" ? nil : completion.usageJSON(streamed: true)
    return StreamEvent(
      kind: .usage,
      data: completion.envelope(object: "chat.completion.chunk", choices: [UInt8]("[]".utf8), usage: usage))
  }

  /// Adds the events that faults put between the others.
  private mutating func distort() {
    if let count = faults[.heartbeat]?.number("count") {
      let beat = StreamEvent(
        kind: .noise,
        data: completion.envelope(object: "chat.completion.chunk", choices: [UInt8]("[]".utf8), usage: nil))
      events = events.flatMap { Array(repeating: beat, count: max(0, count)) + [$0] }
    }
    if let fault = faults[.malformed], let after = fault.number("after") {
      let broken = StreamEvent(kind: .noise, data: [UInt8](#"{"choices":[{"delta":{"content":"broken"#.utf8))
      let place = min(max(0, after), events.count)
      events.insert(contentsOf: Array(repeating: broken, count: max(0, fault.number("count") ?? 1)), at: place)
    }
  }

  // MARK: Text

  private var reasoningName: String { faults.has(.reasoningKey) ? "reasoning" : "reasoning_content" }

  private func quoted(_ text: String) -> String {
    var json = JSONText()
    json.asciiOnly = faults.has(.ascii)
    json.string(text)
    return String(decoding: json.bytes, as: UTF8.self)
  }

  /// Cuts a text after each high surrogate, both halves written as escapes.
  private func halves(_ text: Substring) -> [String] {
    var json = JSONText()
    var result: [String] = []
    func flush() {
      result.append("\"" + String(decoding: json.bytes, as: UTF8.self) + "\"")
      json = JSONText()
    }
    for unit in text.utf16 {
      json.escape(unit: unit)
      if unit & 0xFC00 == 0xD800 { flush() }
    }
    if !json.bytes.isEmpty { flush() }
    return result
  }
}
