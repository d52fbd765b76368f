import JSON

/// The form an answer must have: `output_config.format`, or `output_format` as it was called before.
struct AnthropicOutputFormat {
  /// The JSON Schema it must follow, if any.
  private(set) var schema: JSONValue?

  init(_ configuration: JSONValue?, legacy: JSONValue?) {
    guard let format = configuration?["format"] ?? legacy, let type = format["type"], type.equals("json_schema"),
      let schema = format["schema"], schema.kind == .object
    else { return }
    self.schema = schema
  }

  func write(to writer: inout JSONWriter) {
    guard let schema else { return }
    writer.key("response_format")
    writer.beginObject()
    writer.key("type")
    writer.string("json_schema")
    writer.key("json_schema")
    writer.beginObject()
    writer.key("name")
    writer.string("response")
    writer.key("schema")
    writer.value(schema)
    writer.key("strict")
    writer.boolean(true)
    writer.endObject()
    writer.endObject()
  }
}
