import JSON

/// What some OpenAI-compatible servers want otherwise in a chat completions request.
struct ChatAdjustment {
  /// Leave `stream_options` out.
  var dropsStreamOptions = false
  /// Say `max_completion_tokens` for `max_tokens`, and leave sampling out.
  var isReasoningModel = false

  /// The request with its top-level fields changed; the rest is copied as it stands.
  func apply(to chat: [UInt8], json: JSONReader) -> [UInt8] {
    guard dropsStreamOptions || isReasoningModel else { return chat }
    return json.read(chat.span) { root -> [UInt8] in
      var writer = JSONWriter(reservingCapacity: chat.count + 16)
      writer.beginObject()
      for (key, value) in root.members {
        if dropsStreamOptions, key.equals("stream_options") { continue }
        if isReasoningModel {
          if key.equals("temperature") || key.equals("top_p") || key.equals("top_k") { continue }
          if key.equals("max_tokens") {
            writer.key("max_completion_tokens")
            writer.value(value)
            continue
          }
        }
        writer.key(copying: key)
        writer.value(value)
      }
      writer.endObject()
      return writer.bytes
    } ?? chat
  }
}
