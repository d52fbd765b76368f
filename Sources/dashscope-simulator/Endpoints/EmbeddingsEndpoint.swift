import JSON

/// `POST /compatible-mode/v1/embeddings`
struct EmbeddingsEndpoint {
  let simulator: Simulator
  let requestID: String

  /// The most texts in one request.
  private static let batchLimit = 10

  /// One vector for each text; the same text has the same vector.
  func answer(to root: JSONNode) throws(ServiceError) -> Answer {
    guard let name = root["model"]?.string, let standard = simulator.models.embeddings[name] else {
      throw ServiceError(
        status: 404, code: "model_not_found",
        message: "The model `\(root["model"]?.scalarText ?? "")` does not exist or you do not have access to it.")
    }
    let texts: [String]
    if let single = root["input"]?.string {
      texts = [single]
    } else {
      let list = root["input"]?.array ?? []
      texts = list.compactMap(\.string)
      guard !list.isEmpty, texts.count == list.count else { throw .parameter("input must be a string or strings") }
    }
    guard texts.count <= Self.batchLimit else {
      throw .parameter("batch size is invalid, it should not be larger than \(Self.batchLimit).")
    }
    if let format = root["encoding_format"]?.present, format.string != "float" {
      throw .parameter("encoding_format only supports float")
    }
    var dimensions = standard
    if let node = root["dimensions"]?.present {
      guard let value = node.integer, [64, 128, 256, 512, 768, 1024, 1536, 2048].contains(value) else {
        throw .parameter("dimensions is not supported")
      }
      dimensions = value
    }
    var json = JSONText()
    json.raw(#"{"data":["#)
    for (index, text) in texts.enumerated() {
      if index > 0 { json.raw(",") }
      json.raw(#"{"embedding":["#)
      json.raw(Self.vector(of: text, dimensions))
      json.raw(#"],"index":"#)
      json.number(index)
      json.raw(#","object":"embedding"}"#)
    }
    let tokens = texts.reduce(0) { $0 + max(1, Tokens.count($1)) }
    json.raw(#"],"model":"#)
    json.string(name)
    json.raw(#","object":"list","usage":{"prompt_tokens":\#(tokens),"total_tokens":\#(tokens)},"id":"#)
    json.string(requestID)
    json.raw("}")
    return .json(json.bytes, requestID: requestID)
  }

  private static func vector(of text: String, _ dimensions: Int) -> String {
    var state = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    return (0..<dimensions).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return String(Double(Int64(state >> 40) - 8_388_608) / 8_388_608)
    }.joined(separator: ",")
  }
}
