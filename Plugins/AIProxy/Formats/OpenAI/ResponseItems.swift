import JSON

/// Writes a chat's `messages` from the input items of a response request. Calls that follow each other, and the text before
/// them, are one message: that is how chats have it.
struct ResponseItems {
  private var writer: JSONWriter
  /// An assistant's message is open, and whether its calls are.
  private var assistant: Assistant?

  private enum Assistant {
    case text, calls
  }

  init(writer: JSONWriter) {
    self.writer = writer
  }

  /// Gives the writer back.
  mutating func takeWriter() -> JSONWriter {
    var taken = JSONWriter()
    swap(&taken, &writer)
    return taken
  }

  mutating func write(_ input: JSONValue, instructions: JSONValue?) throws(Failure) {
    writer.key("messages")
    writer.beginArray()
    if let instructions, instructions.isNonEmptyString { message("system", instructions) }
    if input.isNonEmptyString {
      message("user", input)
    } else {
      for item in input.elements { try write(item) }
    }
    closeAssistant()
    writer.endArray()
  }

  private mutating func message(_ role: StaticString, _ content: JSONValue) {
    writer.beginObject()
    writer.key("role")
    writer.string(role)
    writer.key("content")
    writer.value(content)
    writer.endObject()
  }

  private mutating func write(_ item: JSONValue) throws(Failure) {
    let type = item["type"]
    if type == nil || type?.equals("message") ?? false {
      try writeMessage(item)
    } else if type?.equals("function_call") ?? false {
      writeCall(item)
    } else if type?.equals("function_call_output") ?? false {
      writeOutput(item)
    } else if type?.equals("reasoning") ?? false {
      // Models are not told what they thought before.
    } else {
      throw Failure(
        .invalidRequest, "input: items of type '\(type?.string ?? "")' cannot be sent to this provider")
    }
  }

  private mutating func writeMessage(_ item: JSONValue) throws(Failure) {
    closeAssistant()
    guard let role = item["role"] else { throw Failure(.invalidRequest, "input: a message has no role") }
    writer.beginObject()
    writer.key("role")
    if role.equals("developer") { writer.string("system" as StaticString) } else { writer.value(role) }
    writer.key("content")
    if let content = item["content"] { try writeContent(content) } else { writer.string("" as StaticString) }
    if role.equals("assistant") {
      assistant = .text
    } else {
      writer.endObject()
    }
  }

  private mutating func writeContent(_ content: JSONValue) throws(Failure) {
    guard content.kind == .array else { return writer.value(content) }
    let isText = content.elements.allSatisfy { $0["text"] != nil }
    if isText {
      // Many servers take texts only.
      writer.beginString()
      for part in content.elements { if let text = part["text"] { writer.appendRawString(of: text) } }
      writer.endString()
      return
    }
    writer.beginArray()
    for part in content.elements {
      writer.beginObject()
      writer.key("type")
      if let text = part["text"] {
        writer.string("text" as StaticString)
        writer.key("text")
        writer.value(text)
      } else if let url = part["image_url"], url.kind == .string {
        writer.string("image_url" as StaticString)
        writer.key("image_url")
        writer.beginObject()
        writer.key("url")
        writer.value(url)
        writer.endObject()
      } else if let data = part["file_data"], data.isNonEmptyString {
        writer.string("file" as StaticString)
        writer.key("file")
        writer.beginObject()
        writer.key("file_data")
        writer.value(data)
        writer.endObject()
      } else {
        throw Failure(
          .invalidRequest, "input: content of type '\(part["type"]?.string ?? "")' cannot be sent to this provider")
      }
      writer.endObject()
    }
    writer.endArray()
  }

  private mutating func writeCall(_ item: JSONValue) {
    guard let name = item["name"], let identifier = item["call_id"] ?? item["id"] else { return }
    if assistant == nil {
      writer.beginObject()
      writer.key("role")
      writer.string("assistant" as StaticString)
      writer.key("content")
      writer.string("" as StaticString)
      assistant = .text
    }
    if assistant == .text {
      writer.key("tool_calls")
      writer.beginArray()
      assistant = .calls
    }
    writer.beginObject()
    writer.key("id")
    writer.value(identifier)
    writer.key("type")
    writer.string("function" as StaticString)
    writer.key("function")
    writer.beginObject()
    writer.key("name")
    writer.value(name)
    writer.key("arguments")
    if let arguments = item["arguments"], arguments.kind == .string {
      writer.value(arguments)
    } else {
      writer.string("{}" as StaticString)
    }
    writer.endObject()
    writer.endObject()
  }

  private mutating func writeOutput(_ item: JSONValue) {
    closeAssistant()
    writer.beginObject()
    writer.key("role")
    writer.string("tool" as StaticString)
    writer.key("tool_call_id")
    if let identifier = item["call_id"] { writer.value(identifier) } else { writer.string("" as StaticString) }
    writer.key("content")
    writer.beginString()
    if let output = item["output"] {
      if output.kind == .string {
        writer.appendRawString(of: output)
      } else if output.kind == .array {
        for part in output.elements { if let text = part["text"] { writer.appendRawString(of: text) } }
      } else {
        writer.appendText(of: output)
      }
    }
    writer.endString()
    writer.endObject()
  }

  private mutating func closeAssistant() {
    guard let assistant else { return }
    if assistant == .calls { writer.endArray() }
    writer.endObject()
    self.assistant = nil
  }
}
