/// A failure of the gateway's own in the words that Kong uses towards OpenAI clients.
enum OpenAIError {
  /// `{"error":{"message":…}}`
  static func body(_ failure: Failure) -> [UInt8] {
    var output: [UInt8] = []
    output.append("{\"error\":{\"message\":\"")
    output.append(escaping: failure.message)
    output.append("\"}}")
    return output
  }
}
