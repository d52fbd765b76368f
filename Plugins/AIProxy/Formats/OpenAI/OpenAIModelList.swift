import JSON

/// The models that a route serves, as OpenAI lists them.
enum OpenAIModelList {
  /// The body of `GET /v1/models`.
  static func body(_ settings: ChatRequestSettings) -> [UInt8] {
    let model = settings.configuration.model
    var writer = JSONWriter(reservingCapacity: 160)
    writer.beginObject()
    writer.key("object")
    writer.string("list")
    writer.key("data")
    writer.beginArray()
    for name in [model.name, model.alias].compactMap({ $0 }) where !name.isEmpty && !name.contains("*") {
      writer.beginObject()
      writer.key("id")
      writer.string(name)
      writer.key("object")
      writer.string("model")
      writer.key("created")
      writer.integer(0)
      writer.key("owned_by")
      writer.string(model.provider)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return writer.bytes
  }
}
