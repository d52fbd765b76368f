import JSON

/// The models that a route serves, as Anthropic lists them: the configured one, and the name it also goes by.
enum AnthropicModelList {
  /// The body of `GET /v1/models`.
  static func body(_ settings: ChatRequestSettings) -> [UInt8] {
    let names = names(settings)
    var writer = JSONWriter(reservingCapacity: 256)
    writer.beginObject()
    writer.key("data")
    writer.beginArray()
    for name in names { write(name, settings, to: &writer) }
    writer.endArray()
    writer.key("has_more")
    writer.boolean(false)
    writer.key("first_id")
    if let first = names.first { writer.string(first) } else { writer.null() }
    writer.key("last_id")
    if let last = names.last { writer.string(last) } else { writer.null() }
    writer.endObject()
    return writer.bytes
  }

  /// The body of `GET /v1/models/{id}`, or `nil` when there is none of that id.
  static func body(of name: String, _ settings: ChatRequestSettings) -> [UInt8]? {
    guard names(settings).contains(name) else { return nil }
    var writer = JSONWriter(reservingCapacity: 160)
    write(name, settings, to: &writer)
    return writer.bytes
  }

  private static func names(_ settings: ChatRequestSettings) -> [String] {
    let model = settings.configuration.model
    return [model.name, model.alias].compactMap { $0 }.filter { !$0.isEmpty && !$0.contains("*") }
  }

  private static func write(_ name: String, _ settings: ChatRequestSettings, to writer: inout JSONWriter) {
    let capabilities = settings.capabilities(of: settings.configuration.model.name ?? name)
    writer.beginObject()
    writer.key("type")
    writer.string("model")
    writer.key("id")
    writer.string(name)
    writer.key("display_name")
    writer.string(name)
    writer.key("created_at")
    // When a model came out is not known here; clients only want a date.
    writer.string("2025-01-01T00:00:00Z")
    writer.key("lifecycle")
    writer.string("active" as StaticString)
    if let window = capabilities.contextWindow {
      writer.key("max_input_tokens")
      writer.integer(window)
    }
    if let output = capabilities.maximumOutputTokens {
      writer.key("max_tokens")
      writer.integer(output)
    }
    writer.endObject()
  }
}
