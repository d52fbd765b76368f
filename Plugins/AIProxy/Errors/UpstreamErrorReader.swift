import JSON

/// Reads the body of an upstream's error response: OpenAI's form, DashScope's own (`{code,message,request_id}`), or anything.
enum UpstreamErrorReader {
  static func read(status: Int, body: [UInt8], json: JSONReader) -> UpstreamError {
    var error =
      json.read(body.span) { root -> UpstreamError in
        // Google's compatible interface puts its errors into a list.
        var root = root
        if root.kind == .array {
          for element in root.elements {
            root = element
            break
          }
        }
        if let error = root["error"], !error.isNull {
          var result = ChatCompletionReader.error(error)
          // `{"error":"text","message":"…"}` and the like.
          if result.message.isEmpty, let message = root["message"] {
            result.message = ChatCompletionReader.text(message)
          }
          return result
        }
        return UpstreamError(
          code: root["code"].map(ChatCompletionReader.text) ?? "",
          message: (root["message"] ?? root["detail"]).map(ChatCompletionReader.text) ?? "")
      } ?? UpstreamError(message: plainText(body))
    error.status = status
    return error
  }

  /// The text of a body that is no JSON, if it is short and no page.
  private static func plainText(_ body: [UInt8]) -> String {
    let text = String(decoding: body.prefix(500), as: UTF8.self)
    guard !text.contains("<") else { return "" }
    return String(text.drop(while: \.isWhitespace))
  }
}
