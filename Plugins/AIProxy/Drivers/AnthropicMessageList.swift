import JSON

/// Writes `system` and `messages` of an Anthropic request from the messages of a chat.
///
/// Anthropic wants turns of user and assistant, results of tools in the user turn behind the calls and before its text, and
/// what the system says apart.
struct AnthropicMessageList {
  private enum Role {
    case user, assistant
  }

  private var writer: JSONWriter
  private var open: Role?
  /// Whose turn the next block belongs to: a turn without one is left out.
  private var role = Role.user

  init(writer: JSONWriter) {
    self.writer = writer
  }

  /// Gives the writer back.
  mutating func takeWriter() -> JSONWriter {
    var taken = JSONWriter()
    swap(&taken, &writer)
    return taken
  }

  mutating func write(_ messages: JSONValue?) throws(Failure) {
    guard let messages, messages.kind == .array else {
      throw Failure(.invalidRequest, "request body doesn't contain valid prompts")
    }
    writeSystem(messages)
    writer.key("messages")
    writer.beginArray()
    for message in messages.elements {
      guard let name = message["role"] else { continue }
      if name.equals("user") {
        role = .user
        try writeContent(message["content"])
      } else if name.equals("assistant") {
        role = .assistant
        try writeContent(message["content"])
        writeCalls(message["tool_calls"])
      } else if name.equals("tool") || name.equals("function") {
        role = .user
        writeResult(message)
      }
    }
    closeTurn()
    writer.endArray()
  }

  private mutating func writeSystem(_ messages: JSONValue) {
    var isOpen = false
    for message in messages.elements {
      guard let role = message["role"], role.equals("system") || role.equals("developer") else { continue }
      for text in Self.texts(message["content"]) {
        if isOpen {
          writer.appendText("\n\n" as StaticString)
        } else {
          writer.key("system")
          writer.beginString()
          isOpen = true
        }
        writer.appendRawString(of: text)
      }
    }
    if isOpen { writer.endString() }
  }

  /// The texts of a content, which is a string or parts.
  static func texts(_ content: JSONValue?) -> [JSONValue] {
    guard let content else { return [] }
    if content.isNonEmptyString { return [content] }
    return content.elements.compactMap { $0["text"] }.filter(\.isNonEmptyString)
  }

  private mutating func openTurn() {
    guard open != role else { return }
    closeTurn()
    open = role
    writer.beginObject()
    writer.key("role")
    writer.string(role == .user ? "user" : "assistant" as StaticString)
    writer.key("content")
    writer.beginArray()
  }

  private mutating func closeTurn() {
    guard open != nil else { return }
    writer.endArray()
    writer.endObject()
    open = nil
  }

  private mutating func block(_ type: StaticString) {
    openTurn()
    writer.beginObject()
    writer.key("type")
    writer.string(type)
  }

  private mutating func writeContent(_ content: JSONValue?) throws(Failure) {
    guard let content else { return }
    if content.isNonEmptyString {
      block("text")
      writer.key("text")
      writer.value(content)
      writer.endObject()
      return
    }
    guard content.kind == .array else { return }
    for part in content.elements {
      if let text = part["text"] {
        guard text.isNonEmptyString else { continue }
        block("text")
        writer.key("text")
        writer.value(text)
        if let cache = part["cache_control"], cache.kind == .object {
          writer.key("cache_control")
          writer.value(cache)
        }
        writer.endObject()
      } else if let image = part["image_url"] {
        guard let url = image.kind == .object ? image["url"] : image, url.isNonEmptyString else { continue }
        writeImage(url)
      } else if let data = part["file"]?["file_data"], data.isNonEmptyString {
        writeFile(data)
      } else if let type = part["type"]?.string {
        throw Failure(.invalidRequest, "messages: content of type '\(type)' cannot be sent to this provider")
      }
    }
  }

  private mutating func writeImage(_ url: JSONValue) {
    block("image")
    writer.key("source")
    writer.beginObject()
    writer.key("type")
    if let data = DataURL(url.decodedBytes) {
      writer.string("base64" as StaticString)
      writer.key("media_type")
      writer.string(utf8Bytes: data.mediaType)
      writer.key("data")
      writer.string(utf8Bytes: data.content)
    } else {
      writer.string("url" as StaticString)
      writer.key("url")
      writer.value(url)
    }
    writer.endObject()
    writer.endObject()
  }

  private mutating func writeFile(_ value: JSONValue) {
    let data = DataURL(value.decodedBytes)
    block("document")
    writer.key("source")
    writer.beginObject()
    writer.key("type")
    writer.string("base64" as StaticString)
    writer.key("media_type")
    writer.string(utf8Bytes: data?.mediaType ?? Array("application/pdf".utf8))
    writer.key("data")
    writer.string(utf8Bytes: data?.content ?? value.decodedBytes)
    writer.endObject()
    writer.endObject()
  }

  private mutating func writeCalls(_ calls: JSONValue?) {
    guard let calls else { return }
    for call in calls.elements {
      guard let identifier = call["id"], let name = call["function"]?["name"] else { continue }
      block("tool_use")
      writer.key("id")
      writer.value(identifier)
      writer.key("name")
      writer.value(name)
      writer.key("input")
      writer.rawValue(JSONText.object(call["function"]?["arguments"]))
      writer.endObject()
    }
  }

  private mutating func writeResult(_ message: JSONValue) {
    block("tool_result")
    writer.key("tool_use_id")
    if let identifier = message["tool_call_id"] { writer.value(identifier) } else { writer.string("" as StaticString) }
    writer.key("content")
    writer.beginString()
    for (place, text) in Self.texts(message["content"]).enumerated() {
      if place > 0 { writer.appendText("\n" as StaticString) }
      writer.appendRawString(of: text)
    }
    writer.endString()
    writer.endObject()
  }
}
