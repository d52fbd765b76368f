import JSON

/// The result of a tool call: text for the tool's message, and images, which only a user's message can hold.
struct AnthropicToolResult {
  private var texts: [UserContent.Part] = []
  private let isError: Bool
  /// Sources of the images in it.
  private(set) var images: [JSONValue] = []

  /// - Parameter block: a `tool_result`.
  init(
    _ block: JSONValue, capabilities: ModelCapabilities, translation: AIProxyConfiguration.Translation
  ) throws(Failure) {
    isError = block["is_error"]?.boolean == true
    guard let content = block["content"] else { return }
    if content.isNonEmptyString {
      texts.append(.text(content))
      return
    }
    for part in content.elements { read(part, capabilities: capabilities) }
  }

  private mutating func read(_ part: JSONValue, capabilities: ModelCapabilities) {
    guard let type = part["type"] else { return }
    if type.equals("text") {
      if let text = part["text"], text.isNonEmptyString { texts.append(.text(text)) }
    } else if type.equals("image") {
      read(image: part["source"], capabilities: capabilities)
    } else if type.equals("tool_reference") {
      // What a search for tools has found: the tool itself is among the request's.
      var text: [UInt8] = []
      text.append("Tool: ")
      part["tool_name"]?.appendRawString(to: &text)
      texts.append(.made(text))
    } else if type.equals("document") || type.equals("search_result") {
      // A tool's output must not make the request fail: what cannot be shown is said to be missing.
      var lenient = AIProxyConfiguration.Translation()
      lenient.unsupportedContent = .placeholder
      for inner in (try? AnthropicDocument.parts(of: part, place: "", translation: lenient)) ?? [] {
        if case .image(let source) = inner {
          read(image: source, capabilities: capabilities)
        } else {
          texts.append(inner)
        }
      }
    }
  }

  private mutating func read(image source: JSONValue?, capabilities: ModelCapabilities) {
    guard let source, capabilities.acceptsImages, AnthropicImage.isUsable(source) else {
      texts.append(.made(AnthropicImage.placeholder))
      return
    }
    images.append(source)
    texts.append(.made(Array("[image: see the next message]".utf8)))
  }

  /// Writes the text: as a string, or as a part that is marked for the provider's cache.
  func write(isMarked: Bool, to writer: inout JSONWriter) {
    guard isMarked else { return write(to: &writer) }
    writer.beginArray()
    writer.beginObject()
    writer.key("type")
    writer.string("text")
    writer.key("text")
    write(to: &writer)
    CacheMarkers.write(to: &writer)
    writer.endObject()
    writer.endArray()
  }

  private func write(to writer: inout JSONWriter) {
    guard !texts.isEmpty else {
      writer.string(isError ? "Error: (no output)" : "(no output)")
      return
    }
    if isError {
      writer.beginString()
      append(to: &writer.bytes)
      writer.endString()
    } else {
      UserContent.writeString(texts, joiner: "\\n", to: &writer)
    }
  }

  /// Appends the text, escaped.
  func append(to output: inout [UInt8]) {
    if isError { output.append("Error: ") }
    if texts.isEmpty { output.append("(no output)") }
    var needsJoiner = false
    for part in texts {
      if needsJoiner { output.append("\\n") }
      needsJoiner = true
      switch part {
      case .text(let value), .systemNote(let value): value.appendRawString(to: &output)
      case .made(let text): output.append(contentsOf: text)
      case .image: break
      }
    }
  }
}
