import JSON

/// A chat-completions request that passed every check.
struct ChatRequest {
  /// A message of the conversation.
  struct Message {
    let role: String
    /// Its text: the content, or the text parts joined with line breaks.
    let text: String
    /// Whether it calls tools.
    let callsTools: Bool
  }

  /// A tool on offer.
  struct Tool {
    let name: String
    let parameters: JSONNode?
  }

  /// What `tool_choice` asks for.
  enum ToolChoice {
    case auto, none, required
    case named(String)
  }

  /// What `response_format` asks for.
  enum Format {
    case text, object
    case schema(JSONNode)
  }

  let model: Model
  let messages: [Message]
  let tools: [Tool]
  let toolChoice: ToolChoice
  let parallelToolCalls: Bool
  let stream: Bool
  let includeUsage: Bool
  let maxTokens: Int
  let stop: [String]
  let count: Int
  let thinks: Bool
  let format: Format
  let usage: PromptUsage

  /// Checks a request as the service does: parameters first, then messages and tools, then the length.
  init(_ root: JSONNode, model: Model, simulator: Simulator) throws(ServiceError) {
    if simulator.options.strictFields { try StrictFieldRules.check(root) }
    try ParameterRules.check(root, model: model)
    try MessageRules.check(root, model: model)
    thinks = try ThinkingRules.check(root, model: model)
    try ToolRules.check(root, model: model)

    self.model = model
    stream = root["stream"]?.boolean ?? false
    includeUsage = root["stream_options"]?["include_usage"]?.boolean ?? false
    maxTokens = root["max_tokens"]?.integer ?? root["max_completion_tokens"]?.integer ?? model.outputLimit
    parallelToolCalls = root["parallel_tool_calls"]?.boolean ?? false
    count = root["n"]?.integer ?? 1
    if let single = root["stop"]?.string {
      stop = [single]
    } else {
      stop = (root["stop"]?.array ?? []).compactMap(\.string)
    }
    messages = (root["messages"]?.array ?? []).map { node in
      Message(
        role: node["role"]?.string ?? "", text: Self.text(of: node["content"]),
        callsTools: node["tool_calls"]?.array != nil)
    }
    tools = (root["tools"]?.array ?? []).map { node in
      Tool(name: node["function"]?["name"]?.string ?? "", parameters: node["function"]?["parameters"])
    }
    toolChoice = Self.toolChoice(root["tool_choice"])
    switch root["response_format"]?["type"]?.string {
    case "json_object": format = .object
    case "json_schema": format = .schema(root["response_format"]?["json_schema"]?["schema"] ?? JSONNode(.null))
    default: format = .text
    }
    let usage = PromptUsage(root, cache: simulator.cache)
    guard usage.tokens <= model.inputLimit else {
      throw .parameter("Range of input length should be [1, \(model.inputLimit)]")
    }
    self.usage = usage
  }

  private static func toolChoice(_ node: JSONNode?) -> ToolChoice {
    if let name = node?["function"]?["name"]?.string { return .named(name) }
    switch node?.string {
    case "none": return .none
    case "required": return .required
    default: return .auto
    }
  }

  private static func text(of content: JSONNode?) -> String {
    if let text = content?.string { return text }
    return (content?.array ?? []).compactMap { $0["text"]?.string }.joined(separator: "\n")
  }
}
