import JSON

/// Writes `systemInstruction` and `contents` of a Gemini request from the messages of a chat.
struct GeminiContents {
  private enum Role {
    case user, model
  }

  private var writer: JSONWriter
  private let needsSignatures: Bool
  private var open: Role?
  /// Whose turn the next part belongs to: a turn without one is left out.
  private var role = Role.user
  /// Names of called functions by the ids of the calls: results carry names there.
  private var names: [(identifier: JSONValue, name: JSONValue)] = []

  init(writer: JSONWriter, model: String) {
    self.writer = writer
    needsSignatures = model.contains(text: "gemini-3")
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
    writer.key("contents")
    writer.beginArray()
    for message in messages.elements {
      guard let name = message["role"] else { continue }
      if name.equals("user") {
        role = .user
        try writeContent(message["content"])
      } else if name.equals("assistant") {
        role = .model
        try writeContent(message["content"])
        writeCalls(message["tool_calls"])
      } else if name.equals("tool") {
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
      for text in AnthropicMessageList.texts(message["content"]) {
        if !isOpen {
          writer.key("systemInstruction")
          writer.beginObject()
          writer.key("parts")
          writer.beginArray()
          isOpen = true
        }
        writeText(text)
      }
    }
    guard isOpen else { return }
    writer.endArray()
    writer.endObject()
  }

  private mutating func openTurn() {
    guard open != role else { return }
    closeTurn()
    open = role
    writer.beginObject()
    writer.key("role")
    writer.string(role == .user ? "user" : "model" as StaticString)
    writer.key("parts")
    writer.beginArray()
  }

  private mutating func closeTurn() {
    guard open != nil else { return }
    writer.endArray()
    writer.endObject()
    open = nil
  }

  private mutating func writeText(_ text: JSONValue) {
    writer.beginObject()
    writer.key("text")
    writer.value(text)
    writer.endObject()
  }

  private mutating func writeContent(_ content: JSONValue?) throws(Failure) {
    guard let content else { return }
    if content.isNonEmptyString {
      openTurn()
      writeText(content)
      return
    }
    guard content.kind == .array else { return }
    for part in content.elements {
      if let text = part["text"] {
        guard text.isNonEmptyString else { continue }
        openTurn()
        writeText(text)
      } else if let image = part["image_url"] {
        guard let url = image.kind == .object ? image["url"] : image, url.isNonEmptyString else { continue }
        writeData(url)
      } else if let data = part["file"]?["file_data"], data.isNonEmptyString {
        writeData(data)
      } else if let type = part["type"]?.string {
        throw Failure(.invalidRequest, "messages: content of type '\(type)' cannot be sent to this provider")
      }
    }
  }

  private mutating func writeData(_ url: JSONValue) {
    openTurn()
    writer.beginObject()
    if let data = DataURL(url.decodedBytes) {
      writer.key("inlineData")
      writer.beginObject()
      writer.key("mimeType")
      writer.string(utf8Bytes: data.mediaType)
      writer.key("data")
      writer.string(utf8Bytes: data.content)
      writer.endObject()
    } else {
      writer.key("fileData")
      writer.beginObject()
      writer.key("fileUri")
      writer.value(url)
      writer.endObject()
    }
    writer.endObject()
  }

  private mutating func writeCalls(_ calls: JSONValue?) {
    guard let calls else { return }
    var isFirst = true
    for call in calls.elements {
      guard let name = call["function"]?["name"] else { continue }
      if let identifier = call["id"] { names.append((identifier, name)) }
      openTurn()
      writer.beginObject()
      writer.key("functionCall")
      writer.beginObject()
      writer.key("name")
      writer.value(name)
      writer.key("args")
      writer.rawValue(JSONText.object(call["function"]?["arguments"]))
      writer.endObject()
      if needsSignatures, isFirst {
        // Signatures do not travel through other formats; this one says so.
        writer.key("thoughtSignature")
        writer.string("skip_thought_signature_validator" as StaticString)
      }
      isFirst = false
      writer.endObject()
    }
  }

  private mutating func writeResult(_ message: JSONValue) {
    openTurn()
    writer.beginObject()
    writer.key("functionResponse")
    writer.beginObject()
    writer.key("name")
    let identifier = message["tool_call_id"]
    let known = names.last { entry in identifier.map { entry.identifier.hasSameSpelling(as: $0) } ?? false }
    if let name = known?.name ?? message["name"] { writer.value(name) } else { writer.string("tool" as StaticString) }
    writer.key("response")
    writer.beginObject()
    writer.key("result")
    writer.beginString()
    for (place, text) in AnthropicMessageList.texts(message["content"]).enumerated() {
      if place > 0 { writer.appendText("\n" as StaticString) }
      writer.appendRawString(of: text)
    }
    writer.endString()
    writer.endObject()
    writer.endObject()
    writer.endObject()
  }
}
