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
  /// Places of the parts with which a prefix ends that the provider caches.
  private var markedPlaces: [Int] = []

  mutating func append(_ part: Part, isMarked: Bool = false) {
    if case .image = part { hasImage = true }
    if isMarked { markedPlaces.append(parts.count) }
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
      for (place, part) in parts.enumerated() where !Self.isEmpty(part) {
        Self.write(part: part, isMarked: markedPlaces.contains(place), to: &writer)
      }
      writer.endArray()
    } else if !markedPlaces.isEmpty {
      Self.writeMarked(parts, markedPlaces: markedPlaces, joiner: "\\n\\n", to: &writer)
    } else {
      Self.writeString(parts, joiner: "\\n\\n", to: &writer)
    }
    writer.endObject()
    parts.removeAll(keepingCapacity: true)
    markedPlaces.removeAll(keepingCapacity: true)
    hasImage = false
  }

  /// As ``writeString(_:joiner:to:)``, cut into a part at each mark: put together they are the same text, so that a prefix that
  /// was cached is found again when its mark has moved on.
  static func writeMarked(
    _ parts: [Part], markedPlaces: [Int], joiner: StaticString, to writer: inout JSONWriter
  ) {
    writer.beginArray()
    var isFirst = true
    var isOpen = false
    for (place, part) in parts.enumerated() where !isEmpty(part) {
      if !isOpen {
        writer.beginObject()
        writer.key("type")
        writer.string("text")
        writer.key("text")
        writer.beginString()
        isOpen = true
      }
      if !isFirst { writer.bytes.append(joiner) }
      isFirst = false
      appendText(of: part, to: &writer)
      guard markedPlaces.contains(place) else { continue }
      writer.endString()
      CacheMarkers.write(to: &writer)
      writer.endObject()
      isOpen = false
    }
    if isOpen {
      writer.endString()
      writer.endObject()
    }
    writer.endArray()
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

  private static func write(part: Part, isMarked: Bool, to writer: inout JSONWriter) {
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
    if isMarked { CacheMarkers.write(to: &writer) }
    writer.endObject()
  }
}
