/// What the simulated model answers, before it takes the shape of a body or a stream.
struct Completion {
  /// A call of a tool.
  struct Call {
    let id: String
    let name: String
    var arguments: String
  }

  /// The identity that all events of the answer share.
  let id: String
  let created: Int
  let model: String
  /// How often the answer is given (`n`).
  let count: Int
  private(set) var reasoning = ""
  private(set) var text = ""
  private(set) var calls: [Call] = []
  /// The finish reason; `nil` for JSON null.
  private(set) var finish: String? = "stop"
  private(set) var thinks: Bool
  let usage: PromptUsage
  private(set) var reasoningTokens = 0
  private(set) var completionTokens = 0

  /// Answers a request. The content depends on the request and nothing else.
  init(_ request: ChatRequest, instructions: Instructions, faults: FaultPlan, requestID: String) {
    id = "chatcmpl-" + requestID
    created = Clock.unixMilliseconds() / 1000
    model = request.model.name
    count = request.count
    usage = request.usage
    thinks = request.thinks
    var said: [String] = []
    for marker in instructions.markers {
      switch marker {
      case .say(let text): said.append(text)
      case .long(let tokens): said.append(Self.filler(tokens))
      case .reasoning(let text):
        thinks = true
        if let text { reasoning = text }
      case .tool(let name, let arguments): call(name, arguments, request)
      case .fault, .step: break
      }
    }
    if thinks, reasoning.isEmpty {
      let length = instructions.userText.unicodeScalars.count
      reasoning = "The user wrote \(length) characters. I weigh what they want, and then I answer."
    }
    callAsAsked(request, instructions)
    if !request.parallelToolCalls, calls.count > 1 { calls.removeLast(calls.count - 1) }
    text = said.joined()
    if said.isEmpty, calls.isEmpty { text = Self.standardText(request, instructions) }
    if faults.has(.reasoningOnly) {
      text = ""
      calls = []
    }
    limit(request)
    if !calls.isEmpty, finish == "stop" { finish = "tool_calls" }
    if let reason = faults[.finish]?.text("reason") { finish = reason == "null" ? nil : reason }
  }

  /// Tools that are asked for without a marker: by `use tool NAME`, or by `tool_choice`.
  private mutating func callAsAsked(_ request: ChatRequest, _ instructions: Instructions) {
    switch request.toolChoice {
    case .none:
      calls = []
    case .named(let name):
      calls.removeAll { $0.name != name }
      if calls.isEmpty { call(name, nil, request) }
    case .required, .auto:
      if calls.isEmpty, instructions.results.isEmpty {
        for tool in request.tools where instructions.userText.mentions(tool: tool.name) {
          call(tool.name, nil, request)
        }
      }
      if calls.isEmpty, case .required = request.toolChoice, let tool = request.tools.first {
        call(tool.name, nil, request)
      }
    }
  }

  private mutating func call(_ name: String, _ arguments: String?, _ request: ChatRequest) {
    // A tool that is not on offer is not called: the same text may come in a request without tools.
    guard let tool = request.tools.first(where: { $0.name == name }) else { return }
    calls.append(
      Call(id: Identifier.call(), name: name, arguments: arguments ?? SchemaExample.text(tool.parameters)))
  }

  /// Applies `stop` and `max_tokens`, and counts. Thinking does not count against `max_tokens`.
  private mutating func limit(_ request: ChatRequest) {
    for stop in request.stop where !stop.isEmpty {
      if let start = text.firstOccurrence(of: stop) {
        text = String(text[..<start])
        calls = []
      }
    }
    var left = request.maxTokens
    func take(_ value: String) -> (String, Bool) {
      let tokens = Tokens.count(value)
      let isCut = tokens > left
      let result = isCut ? Tokens.prefix(value, left) : value
      left -= min(tokens, left)
      return (result, isCut)
    }
    var isCut: Bool
    (text, isCut) = take(text)
    for index in calls.indices where !isCut {
      (calls[index].arguments, isCut) = take(calls[index].arguments)
      if isCut { calls.removeLast(calls.count - 1 - index) }
    }
    if isCut { finish = "length" }
    reasoningTokens = Tokens.count(reasoning)
    let tokens = Tokens.count(text) + calls.reduce(0) { $0 + Tokens.count($1.name) + Tokens.count($1.arguments) }
    completionTokens = max(1, tokens * count + reasoningTokens)
  }

  private static func standardText(_ request: ChatRequest, _ instructions: Instructions) -> String {
    switch request.format {
    case .object: return #"{"answer":"example"}"#
    case .schema(let schema): return SchemaExample.text(schema)
    case .text: break
    }
    if !instructions.results.isEmpty {
      let quotes = instructions.results.map { "“\(quote($0))”" }.joined(separator: ", ")
      return instructions.results.count == 1
        ? "The tool returned \(quotes). That is all I needed to know."
        : "The \(instructions.results.count) tools returned \(quotes). That is all I needed to know."
    }
    return "You said: “\(quote(instructions.userText))”. I am a simulated model. My answers are always the same."
  }

  private static func quote(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard scalars.count > 200 else { return text }
    return String(String.UnicodeScalarView(scalars.prefix(200))) + "…"
  }

  /// Exactly `tokens` tokens of text.
  private static func filler(_ tokens: Int) -> String {
    var text = ""
    text.reserveCapacity(tokens * 4)
    for number in 0..<max(0, tokens) {
      let digits = String(number % 1000)
      text += String(repeating: "0", count: 3 - digits.utf8.count) + digits + " "
    }
    return text
  }
}

extension String {
  /// Whether the text says `use tool NAME`, with NAME as a whole word.
  fileprivate func mentions(tool name: String) -> Bool {
    guard let start = firstOccurrence(of: "use tool " + name) else { return false }
    let after = self[start...].unicodeScalars.dropFirst(9 + name.unicodeScalars.count).first
    return after.map { !($0.properties.isAlphabetic || $0 == "_" || $0 == "-" || $0.properties.numericType != nil) }
      ?? true
  }

  /// Where a text first occurs, scalar by scalar.
  fileprivate func firstOccurrence(of text: String) -> Index? {
    let wanted = Array(text.utf8)
    guard let first = wanted.first else { return nil }
    var start = utf8.startIndex
    while let found = utf8[start...].firstIndex(of: first) {
      if utf8[found...].starts(with: wanted) { return found }
      start = utf8.index(after: found)
    }
    return nil
  }
}
