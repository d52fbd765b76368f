import JSON

/// Which messages a conversation may have, and in which order.
enum MessageRules {
  private static let roles = ["system", "assistant", "user", "tool", "function"]

  static func check(_ root: JSONNode, model: Model) throws(ServiceError) {
    guard let node = root["messages"]?.present else {
      throw .parameter("Either \"prompt\" or \"messages\" must exist and cannot both be none")
    }
    guard let messages = node.array else { throw .parameter("messages must be an array") }
    guard !messages.isEmpty else { throw .parameter("[] is too short - 'messages'") }
    for (index, message) in messages.enumerated() { try check(message, at: index, model: model) }
    try checkToolSequence(messages)
    guard messages.contains(where: { $0["role"]?.string == "user" }) else {
      throw .parameter("The input messages do not contain elements with the role of user")
    }
    let last = messages[messages.count - 1]
    let lastRole = last["role"]?.string
    guard lastRole == "user" || lastRole == "tool" || last["partial"]?.boolean == true else {
      throw .parameter("The role of the last message should be \"user\" or \"tool\".")
    }
  }

  private static func check(_ message: JSONNode, at index: Int, model: Model) throws(ServiceError) {
    guard message.members != nil else { throw .parameter("messages.[\(index)] must be an object") }
    guard let role = message["role"]?.string else {
      throw .parameter("'role' is a required property - 'messages.[\(index)]'")
    }
    guard roles.contains(role) else {
      let known = roles.map { "'\($0)'" }.joined(separator: ", ")
      throw .parameter("\(role) is not one of [\(known)] - 'messages.[\(index)].role'")
    }
    guard let content = message["content"] else {
      throw .parameter("Input error. Field required: input.messages.\(index).content")
    }
    if content.isNull {
      // Clients that speak OpenAI's dialect send null beside tool calls.
      guard role == "assistant", message["tool_calls"]?.present != nil else {
        throw .parameter("The content field is a required field. - 'messages.[\(index)].content'")
      }
    } else {
      try ContentRules.check(content, role: role, at: index, model: model)
    }
    if let calls = message["tool_calls"]?.present {
      guard role == "assistant" else { throw .parameter("only an assistant message may have tool_calls") }
      try check(calls: calls, at: index)
    }
    if role == "tool", message["tool_call_id"]?.string?.isEmpty != false {
      throw .parameter("'tool_call_id' is a required property - 'messages.[\(index)]'")
    }
  }

  private static func check(calls: JSONNode, at index: Int) throws(ServiceError) {
    guard let list = calls.array else { throw .parameter("messages.[\(index)].tool_calls must be an array") }
    guard !list.isEmpty else { throw .parameter("[] is too short - 'messages.[\(index)].tool_calls'") }
    for (position, call) in list.enumerated() {
      let path = "messages.[\(index)].tool_calls.[\(position)]"
      guard call["id"]?.string?.isEmpty == false else { throw .parameter("'id' is a required property - '\(path)'") }
      guard call["type"]?.string == "function" else { throw .parameter("'type' must be 'function' - '\(path)'") }
      guard let name = call["function"]?["name"]?.string else {
        throw .parameter("'name' is a required property - '\(path).function'")
      }
      try ToolRules.check(name: name)
      guard let text = call["function"]?["arguments"]?.string, (try? JSONNode.read(Array(text.utf8))) != nil else {
        throw .parameter("The \"function.arguments\" parameter of the code model must be in JSON format.")
      }
    }
  }

  /// Each call must be answered at once by one tool message, and no tool message may stand elsewhere.
  private static func checkToolSequence(_ messages: [JSONNode]) throws(ServiceError) {
    var open: Set<String> = []
    var afterCalls = false
    func checkAnswered(before index: Int) throws(ServiceError) {
      guard open.isEmpty else {
        throw .parameter(
          "An assistant message with \"tool_calls\" must be followed by tool messages responding to each "
            + "\"tool_call_id\". The following tool_call_ids did not have response messages: message[\(index)].role")
      }
    }
    for (index, message) in messages.enumerated() {
      if message["role"]?.string == "tool" {
        guard afterCalls, let id = message["tool_call_id"]?.string, open.remove(id) != nil else {
          throw .parameter(
            "messages with role \"tool\" must be a response to a preceeding message with \"tool_calls\".")
        }
        continue
      }
      try checkAnswered(before: index)
      let calls = message["tool_calls"]?.array ?? []
      open = Set(calls.compactMap { $0["id"]?.string })
      afterCalls = !open.isEmpty
      guard open.count == calls.count else { throw .parameter("messages.[\(index)].tool_calls have equal ids") }
    }
    try checkAnswered(before: messages.count)
  }
}
