import JSON

/// Embeddings in base64, as OpenAI's clients ask for them: numbers of 32 bits, the least significant byte first. Some providers
/// have numbers only.
enum EmbeddingEncoding {
  /// A list of embeddings with each vector in base64, and the rest as it was; `nil` when it is none.
  static func base64(_ body: [UInt8], json: JSONReader) -> [UInt8]? {
    json.read(body.span) { root -> [UInt8]? in
      guard let data = root["data"], data.kind == .array else { return nil }
      var writer = JSONWriter(reservingCapacity: body.count / 2 + 256)
      writer.beginObject()
      for (key, value) in root.members {
        writer.key(copying: key)
        guard key.equals("data") else {
          writer.value(value)
          continue
        }
        writer.beginArray()
        for element in value.elements { write(element, to: &writer) }
        writer.endArray()
      }
      writer.endObject()
      return writer.bytes
    } ?? nil
  }

  private static func write(_ element: JSONValue, to writer: inout JSONWriter) {
    guard element.kind == .object else { return writer.value(element) }
    writer.beginObject()
    for (key, value) in element.members {
      writer.key(copying: key)
      guard key.equals("embedding"), value.kind == .array else {
        writer.value(value)
        continue
      }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(value.count * 4)
      for number in value.elements {
        let bits = Float(number.double ?? 0).bitPattern
        for shift in stride(from: 0 as UInt32, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
      }
      writer.beginString()
      writer.appendEscaped(Base64.encode(bytes))
      writer.endString()
    }
    writer.endObject()
  }
}
