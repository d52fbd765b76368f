/// A failure in Anthropic's words.
enum AnthropicError {
  /// The body of an error response: `{"type":"error","error":{…},"request_id":…}`.
  static func body(_ failure: Failure, requestIdentifier: String) -> [UInt8] {
    var output: [UInt8] = []
    append(failure, requestIdentifier: requestIdentifier, to: &output)
    return output
  }

  /// The `error` event of a stream.
  static func appendEvent(_ failure: Failure, requestIdentifier: String, to output: inout [UInt8]) {
    output.append("event: error\ndata: ")
    append(failure, requestIdentifier: requestIdentifier, to: &output)
    output.append("\n\n")
  }

  private static func append(_ failure: Failure, requestIdentifier: String, to output: inout [UInt8]) {
    output.append("{\"type\":\"error\",\"error\":{\"type\":\"")
    output.append(failure.kind.anthropicType)
    output.append("\",\"message\":\"")
    output.append(escaping: failure.message)
    output.append("\"")
    if let code = failure.detailsCode {
      output.append(",\"details\":{\"error_code\":\"")
      output.append(escaping: code)
      output.append("\"}")
    }
    output.append("},\"request_id\":\"")
    output.append(escaping: requestIdentifier)
    output.append("\"}")
  }
}
