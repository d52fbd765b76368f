/// Puts the configured credential where the upstream expects it.
enum Credentials {
  /// Adds header field and query parameter.
  /// - Parameters:
  ///   - hasOwn: the client sent a field of that name itself, which stays if the configuration allows it.
  ///   - query: the client's query.
  static func add(
    _ authentication: AIProxyConfiguration.Authentication, hasOwn: Bool, query: String,
    to request: inout ForwardedRequest
  ) {
    if let name = authentication.headerName, let value = authentication.headerValue,
      !(hasOwn && authentication.allowsOverride)
    {
      request.headers.append(.init(name, value))
    }
    if authentication.parameterLocation == .query, let name = authentication.parameterName,
      let value = authentication.parameterValue
    {
      let parameter = "\(encode(name))=\(encode(value))"
      request.query = query.isEmpty ? parameter : "\(query)&\(parameter)"
    }
  }

  /// A JSON object with the parameter added that belongs into the body, if there is one.
  static func add(_ authentication: AIProxyConfiguration.Authentication, toBody body: [UInt8]) -> [UInt8] {
    guard authentication.parameterLocation == .body, let name = authentication.parameterName,
      let value = authentication.parameterValue, body.last == UInt8(ascii: "}")
    else { return body }
    var result = body
    result.removeLast()
    if result.last != UInt8(ascii: "{") { result.append(",") }
    result.append("\"")
    result.append(escaping: name)
    result.append("\":\"")
    result.append(escaping: value)
    result.append("\"}")
    return result
  }

  /// Percent-encodes what is not unreserved (RFC 3986 §2.3).
  private static func encode(_ text: String) -> String {
    var result: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        result.append(byte)
      default:
        result.append("%")
        result.append(contentsOf: [hexadecimalDigit(byte >> 4), hexadecimalDigit(byte & 0xF)])
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
