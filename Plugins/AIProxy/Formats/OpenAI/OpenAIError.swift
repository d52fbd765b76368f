/// A failure in OpenAI's form.
enum OpenAIError {
  /// `{"error":{"message":…}}`, as Kong words its own towards OpenAI clients; what an upstream reported has its kind and code
  /// besides.
  static func body(_ failure: Failure) -> [UInt8] {
    var output: [UInt8] = []
    append(failure, to: &output)
    return output
  }

  static func append(_ failure: Failure, to output: inout [UInt8]) {
    output.append("{\"error\":{\"message\":\"")
    output.append(escaping: failure.message)
    output.append("\"")
    if failure.isUpstreams {
      output.append(",\"type\":\"")
      output.append(failure.kind.anthropicType)
      output.append("\",\"param\":null,\"code\":")
      if let code = failure.code {
        output.append("\"")
        output.append(escaping: code)
        output.append("\"")
      } else {
        output.append("null")
      }
    }
    output.append("}}")
  }
}
