/// Names in the configuration that a request fills in: `$(headers.x)`, `$(query_params.x)`, `$(uri_captures.x)`.
enum ModelNameTemplate {
  /// Where the parts come from.
  enum Source: String {
    case headers
    case queryParameters = "query_params"
    case captures = "uri_captures"
  }

  /// Whether there is anything to fill in.
  static func isTemplate(_ text: String) -> Bool { text.contains(text: "$(") }

  /// `text` with every `$(source.key)` replaced.
  /// - Parameter value: the value of a key; `nil` when the request has none.
  /// - Throws: 400 in Kong's words.
  static func fill(_ text: String, value: (Source, String) -> String?) throws(Failure) -> String {
    var result = ""
    var rest = Substring(text)
    while let start = rest.range(ofText: "$(") {
      result += rest[..<start.lowerBound]
      guard let end = rest[start.upperBound...].firstIndex(of: ")") else {
        throw Failure(.invalidRequest, "cannot parse expression for field '\(text)'")
      }
      let expression = rest[start.upperBound..<end]
      guard let dot = expression.firstIndex(of: ".") else {
        throw Failure(.invalidRequest, "cannot parse expression for field '\(text)'")
      }
      let key = String(expression[expression.index(after: dot)...])
      guard let source = Source(rawValue: String(expression[..<dot])) else {
        throw Failure(.invalidRequest, "source '\(expression[..<dot])' is not supported")
      }
      guard let replacement = value(source, key) else {
        throw Failure(.invalidRequest, "\(source.rawValue) key \(key) was not provided")
      }
      result += replacement
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }
}
