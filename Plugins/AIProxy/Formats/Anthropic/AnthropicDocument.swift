import JSON

/// Documents and search results, as text.
enum AnthropicDocument {
  /// What a `document` or `search_result` block becomes: text, and the images within.
  static func parts(
    of block: JSONValue, place: String, translation: AIProxyConfiguration.Translation
  ) throws(Failure) -> [UserContent.Part] {
    if block["type"]?.equals("search_result") ?? false { return [.made(searchResult(block))] }
    guard let source = block["source"], let type = source["type"] else {
      throw Failure(.invalidRequest, "\(place).source: field required")
    }
    var heading: [UInt8] = []
    if let title = block["title"], title.isNonEmptyString {
      heading.append("Document: ")
      title.appendRawString(to: &heading)
      heading.append("\\n\\n")
    }
    if let context = block["context"], context.isNonEmptyString {
      context.appendRawString(to: &heading)
      heading.append("\\n\\n")
    }
    if type.equals("text"), let data = source["data"], data.kind == .string {
      data.appendRawString(to: &heading)
      return [.made(heading)]
    }
    if type.equals("content"), let content = source["content"] {
      return nested(content, heading: heading)
    }
    guard translation.unsupportedContent == .placeholder else {
      throw Failure(.invalidRequest, "\(place): documents must be text; this model does not read files")
    }
    heading.append("[document left out: this model does not read files]")
    return [.made(heading)]
  }

  private static func nested(_ content: JSONValue, heading: [UInt8]) -> [UserContent.Part] {
    var text = heading
    if content.kind == .string {
      content.appendRawString(to: &text)
      return [.made(text)]
    }
    var parts: [UserContent.Part] = []
    for block in content.elements {
      if let inner = block["text"], inner.isNonEmptyString {
        inner.appendRawString(to: &text)
        parts.append(.made(text))
        text = []
      } else if let source = block["source"] {
        if !text.isEmpty {
          parts.append(.made(text))
          text = []
        }
        parts.append(.image(source))
      }
    }
    if !text.isEmpty { parts.append(.made(text)) }
    return parts
  }

  /// Title, source and text of a search result, escaped.
  static func searchResult(_ block: JSONValue) -> [UInt8] {
    var text: [UInt8] = []
    text.append("Search result: ")
    block["title"]?.appendRawString(to: &text)
    text.append("\\nSource: ")
    block["source"]?.appendRawString(to: &text)
    for part in block["content"]?.elements ?? block.elements {
      guard let inner = part["text"], inner.isNonEmptyString else { continue }
      text.append("\\n")
      inner.appendRawString(to: &text)
    }
    return text
  }
}
