import JSON

/// `POST /api/v1/services/aigc/multimodal-generation/generation`, as far as making images goes.
struct ImageGenerationEndpoint {
  let requestID: String

  /// The address of an image that was not made.
  func answer(to root: JSONNode) throws(ServiceError) -> Answer {
    func refusal(_ message: String) -> ServiceError {
      ServiceError(status: 400, code: "InvalidParameter", message: message)
    }
    guard root["model"]?.string != nil else { throw refusal("Field required: model") }
    guard let messages = root["input"]?["messages"]?.array, !messages.isEmpty else {
      throw refusal("Field required: input.messages")
    }
    let text = messages.compactMap { $0["content"]?.array?.compactMap { $0["text"]?.string }.first }.first
    guard let text, !text.isEmpty else { throw refusal("Field required: input.messages.0.content.0.text") }
    var json = JSONText()
    json.raw(#"{"output":{"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":[{"image":"#)
    json.string("https://dashscope-result.example/\(requestID).png")
    json.raw(#"}]}}]},"usage":{"width":1024,"height":1024,"image_count":1},"request_id":"#)
    json.string(requestID)
    json.raw("}")
    return .json(json.bytes, requestID: requestID)
  }
}
