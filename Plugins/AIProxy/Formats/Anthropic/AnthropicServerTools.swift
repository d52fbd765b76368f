import JSON

/// What Anthropic's own tools left in the history: told in words, since other servers know neither calls nor results.
enum AnthropicServerTools {
  /// The text, escaped, that stands for a block of the assistant's; `nil` for blocks that leave nothing.
  static func summary(of block: JSONValue, type: JSONValue) -> [UInt8]? {
    if type.equals("server_tool_use") {
      var text: [UInt8] = []
      text.append("[used ")
      block["name"]?.appendRawString(to: &text)
      if let query = block["input"]?["query"], query.isNonEmptyString {
        text.append(": ")
        query.appendRawString(to: &text)
      }
      text.append("]")
      return text
    }
    if type.equals("web_search_tool_result") { return webSearchResult(block["content"]) }
    return nil
  }

  private static func webSearchResult(_ content: JSONValue?) -> [UInt8] {
    var text: [UInt8] = []
    text.append("[search results")
    guard let content, content.kind == .array else {
      text.append(": none]")
      return text
    }
    for result in content.elements {
      text.append("\\n- ")
      result["title"]?.appendRawString(to: &text)
      text.append(" ")
      result["url"]?.appendRawString(to: &text)
    }
    text.append("]")
    return text
  }
}
