import JSON

/// Embeddings by Google's `batchEmbedContents`.
enum GeminiEmbeddings {
  /// The request for Google.
  /// - Parameter body: OpenAI's.
  /// - Throws: 400 when the input is no text.
  static func request(_ body: [UInt8], model: String, json: JSONReader) throws(Failure) -> [UInt8] {
    let result = json.read(body.span) { root -> [UInt8]? in
      guard let input = root["input"] else { return nil }
      var writer = JSONWriter(reservingCapacity: body.count + 128)
      writer.beginObject()
      writer.key("requests")
      writer.beginArray()
      if input.kind == .string {
        write(input, model: model, dimensions: root["dimensions"], to: &writer)
      } else {
        guard input.kind == .array, input.elements.allSatisfy({ $0.kind == .string }) else { return nil }
        for text in input.elements { write(text, model: model, dimensions: root["dimensions"], to: &writer) }
      }
      writer.endArray()
      writer.endObject()
      return writer.bytes
    }
    guard let result = result ?? nil else {
      throw Failure(.invalidRequest, "input: this provider takes a text, or an array of texts")
    }
    return result
  }

  private static func write(_ text: JSONValue, model: String, dimensions: JSONValue?, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("model")
    writer.string("models/\(model)")
    writer.key("content")
    writer.beginObject()
    writer.key("parts")
    writer.beginArray()
    writer.beginObject()
    writer.key("text")
    writer.value(text)
    writer.endObject()
    writer.endArray()
    writer.endObject()
    if let dimensions, dimensions.kind == .number {
      writer.key("outputDimensionality")
      writer.value(dimensions)
    }
    writer.endObject()
  }

  /// The answer in OpenAI's form; `nil` when it is none. Google counts no tokens here.
  static func answer(_ body: [UInt8], model: String, json: JSONReader) -> [UInt8]? {
    json.read(body.span) { root -> [UInt8]? in
      guard let embeddings = root["embeddings"], embeddings.kind == .array else { return nil }
      var writer = JSONWriter(reservingCapacity: body.count + 128)
      writer.beginObject()
      writer.key("object")
      writer.string("list" as StaticString)
      writer.key("data")
      writer.beginArray()
      for (index, embedding) in embeddings.elements.enumerated() {
        guard let values = embedding["values"] else { continue }
        writer.beginObject()
        writer.key("object")
        writer.string("embedding" as StaticString)
        writer.key("index")
        writer.integer(index)
        writer.key("embedding")
        writer.value(values)
        writer.endObject()
      }
      writer.endArray()
      writer.key("model")
      writer.string(model)
      writer.key("usage")
      writer.rawValue("{\"prompt_tokens\":0,\"total_tokens\":0}" as StaticString)
      writer.endObject()
      return writer.bytes
    } ?? nil
  }
}
