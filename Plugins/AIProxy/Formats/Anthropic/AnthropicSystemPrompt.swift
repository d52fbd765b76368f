import JSON

/// The system prompt: one message, its blocks joined.
enum AnthropicSystemPrompt {
  /// Writes the system message, if anything is left of it.
  ///
  /// Claude Code's first line, `x-anthropic-billing-header: …`, is for Anthropic's accounting and differs from session to
  /// session, which would keep a provider's prompt cache from ever fitting; it is left out where it leads. The same words
  /// further on are the user's.
  static func write(
    _ system: JSONValue, markers: inout CacheMarkers, to writer: inout JSONWriter
  ) throws(Failure) {
    var skip = 0
    var isFirst = true
    var markedPlaces: [Int] = []
    var parts: [(value: JSONValue, skip: Int)] = []
    if system.kind == .string {
      parts.append((system, leadingHeaderLength(system)))
    } else if system.kind == .array {
      for block in system.elements {
        guard let text = block["text"], text.kind == .string else {
          throw Failure(.invalidRequest, "system: must be a string or an array of text blocks")
        }
        skip = isFirst ? leadingHeaderLength(text) : 0
        isFirst = false
        if markers.take(block), text.rawStringCount > skip { markedPlaces.append(parts.count) }
        parts.append((text, skip))
      }
    } else {
      throw Failure(.invalidRequest, "system: must be a string or an array of text blocks")
    }
    guard markedPlaces.isEmpty else {
      writeMarked(parts, markedPlaces, to: &writer)
      return
    }
    var isOpen = false
    for (value, skip) in parts where value.rawStringCount > skip {
      if isOpen {
        writer.bytes.append("\\n\\n")
      } else {
        writer.beginObject()
        writer.key("role")
        writer.string("system")
        writer.key("content")
        writer.beginString()
        isOpen = true
      }
      if skip == 0 {
        writer.appendRawString(of: value)
      } else {
        value.withRawString { writer.bytes.append($0.extracting(skip..<$0.count)) }
      }
    }
    if isOpen {
      writer.endString()
      writer.endObject()
    }
  }

  private static func writeMarked(
    _ parts: [(value: JSONValue, skip: Int)], _ markedPlaces: [Int], to writer: inout JSONWriter
  ) {
    let texts = parts.map { value, skip -> UserContent.Part in
      guard skip > 0 else { return .text(value) }
      var rest: [UInt8] = []
      value.withRawString { rest.append($0.extracting(skip..<$0.count)) }
      return .made(rest)
    }
    writer.beginObject()
    writer.key("role")
    writer.string("system")
    writer.key("content")
    UserContent.writeMarked(texts, markedPlaces: markedPlaces, joiner: "\\n\\n", to: &writer)
    writer.endObject()
  }

  /// How many bytes of an escaped text its billing line takes, with the line breaks after it.
  static func leadingHeaderLength(_ value: JSONValue) -> Int {
    value.withRawString { text in
      guard text.starts(with: "x-anthropic-billing-header:") else { return 0 }
      var index = 0
      // A line break is written `\n`; any other escape is part of the line.
      while index < text.count {
        if text[index] == UInt8(ascii: "\\") {
          if index + 1 < text.count, text[index + 1] == UInt8(ascii: "n") { break }
          index += 2
        } else {
          index += 1
        }
      }
      while index + 1 < text.count, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "n") {
        index += 2
      }
      return min(index, text.count)
    }
  }
}
