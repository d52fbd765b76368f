import JSON

/// The content of a user message: a string as long as all of it is text, which every model takes; else an array of parts.
struct UserContent {
  /// A piece of content.
  enum Part {
    /// A string of the request, copied as it stands.
    case text(JSONValue)
    /// A string of the request that speaks for the system, not for the user.
    case systemNote(JSONValue)
    /// Text made here, escaped.
    case made([UInt8])
    /// An image, by its `source`.
    case image(JSONValue)
  }

  private var parts: [Part] = []
  private var hasImage = false

  mutating func append(_ part: Part) {
    if case .image = part { hasImage = true }
    parts.append(part)
  }

  /// Writes what was gathered as one message, if there is any, and forgets it.
  mutating func flush(to writer: inout JSONWriter) {
    guard !parts.isEmpty else { return }
    writer.beginObject()
    writer.key("role")
    writer.string("user")
    writer.key("content")
    if hasImage {
      writer.beginArray()
      for part in parts where !Self.isEmpty(part) { Self.write(part: part, to: &writer) }
      writer.endArray()
    } else {
      Self.writeString(parts, joiner: "\\n\\n", to: &writer)
    }
    writer.endObject()
    parts.removeAll(keepingCapacity: true)
    hasImage = false
  }

  /// Writes texts as one string, `joiner` (escaped) between them; empty ones are left out.
  static func writeString(_ parts: [Part], joiner: StaticString, to writer: inout JSONWriter) {
    writer.beginString()
    var needsJoiner = false
    for part in parts where !isEmpty(part) {
      if needsJoiner { writer.bytes.append(joiner) }
      needsJoiner = true
      appendText(of: part, to: &writer)
    }
    writer.endString()
  }

  private static func isEmpty(_ part: Part) -> Bool {
    switch part {
    case .text(let value), .systemNote(let value): !value.isNonEmptyString
    case .made(let text): text.isEmpty
    case .image: false
    }
  }

  private static func appendText(of part: Part, to writer: inout JSONWriter) {
    switch part {
    case .text(let value): writer.appendRawString(of: value)
    case .systemNote(let value):
      writer.bytes.append("<system-reminder>\\n")
      writer.appendRawString(of: value)
      writer.bytes.append("\\n</system-reminder>")
    case .made(let text): writer.appendEscaped(text)
    case .image: break
    }
  }

  private static func write(part: Part, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("type")
    if case .image(let source) = part {
      writer.string("image_url")
      writer.key("image_url")
      writer.beginObject()
      writer.key("url")
      AnthropicImage.write(urlOf: source, to: &writer)
      writer.endObject()
    } else {
      writer.string("text")
      writer.key("text")
      writer.beginString()
      appendText(of: part, to: &writer)
      writer.endString()
    }
    writer.endObject()
  }
}
