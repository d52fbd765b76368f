import JSON

/// What the user, and the system, say in a turn.
extension AnthropicConversation {
  mutating func readOther(_ message: Message, position: Int) throws(Failure) {
    let isSystem = message.role == .system
    if message.content.kind == .string {
      user.append(isSystem ? .systemNote(message.content) : .text(message.content))
      return
    }
    var index = 0
    var unknown: JSONValue?
    var isUnderstood = false
    for block in message.content.elements {
      let place = "messages.\(position).content.\(index)"
      index += 1
      guard let type = block["type"] else { throw Failure(.invalidRequest, "\(place).type: field required") }
      if type.equals("text") || type.equals("mid_conv_system") {
        guard let text = block["text"] ?? block["content"], text.kind == .string else {
          throw Failure(.invalidRequest, "\(place).text: field required")
        }
        user.append(
          isSystem || type.equals("mid_conv_system") ? .systemNote(text) : .text(text),
          isMarked: markers.take(block) && text.isNonEmptyString)
      } else if type.equals("tool_result") {
        try readOrphan(block)
      } else if type.equals("image") {
        try read(image: block, place: place)
      } else if type.equals("document") || type.equals("search_result") {
        for part in try AnthropicDocument.parts(of: block, place: place, translation: translation) {
          if case .image(let source) = part { try read(imageSource: source, place: place) } else { user.append(part) }
        }
      } else {
        if warnings.count < Self.warningLimit {
          warnings.append("\(place): a block of type \(type.string ?? "?"), which is not known here, was left out")
        }
        unknown = type
        continue
      }
      isUnderstood = true
    }
    // A message may lose a block, but not all it says.
    if let unknown, !isUnderstood {
      var text: [UInt8] = []
      text.append("[content of type ")
      unknown.appendRawString(to: &text)
      text.append(" left out: this gateway does not know it]")
      user.append(.made(text))
    }
  }

  private mutating func read(image block: JSONValue, place: String) throws(Failure) {
    guard let source = block["source"] else { throw Failure(.invalidRequest, "\(place).source: field required") }
    try read(imageSource: source, place: place)
  }

  private mutating func read(imageSource source: JSONValue, place: String) throws(Failure) {
    guard AnthropicImage.isUsable(source) else {
      if translation.unsupportedContent == .placeholder {
        user.append(.made(Array("[image left out: its source cannot be used here]".utf8)))
        return
      }
      throw Failure(.invalidRequest, "\(place).source: images must be of type base64 or url")
    }
    guard capabilities.acceptsImages else {
      if translation.unsupportedContent == .placeholder {
        user.append(.made(AnthropicImage.placeholder))
        return
      }
      throw Failure(.invalidRequest, "\(place): the model \(model) does not accept images")
    }
    user.append(.image(source))
  }

  /// A result whose call is not there: what it says is kept, as the user's words. Results that were written already
  /// are passed over.
  private mutating func readOrphan(_ block: JSONValue) throws(Failure) {
    guard let index = results.firstIndex(where: { $0.block.offset == block.offset }), !results[index].isUsed else {
      return
    }
    results[index].isUsed = true
    let content = try AnthropicToolResult(block, capabilities: capabilities, translation: translation)
    var text: [UInt8] = []
    text.append("[result of an earlier tool call]\\n")
    content.append(to: &text)
    user.append(.made(text))
    for image in content.images { user.append(.image(image)) }
    notes.append("a tool result without its call became text")
  }
}
