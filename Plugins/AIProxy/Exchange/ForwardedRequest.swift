/// A request as it goes upstream.
struct ForwardedRequest: Equatable {
  var endpoint: Endpoint
  /// Replaces the client's query; `nil` keeps it.
  var query: String?
  /// Fields to set.
  var headers: [LocalResponse.Header] = []
  /// The body; `nil` keeps the client's.
  var body: [UInt8]?
  /// The upstream speaks as the client does: what the client says of its protocol goes with the request.
  var keepsProtocolHeaders = false
  /// The client's `Authorization` was for the gateway: the upstream's credential goes into another field.
  var dropsAuthorization = false
}

/// Which of a client's header fields are not the upstream's business.
enum ClientHeaders {
  /// Whether a field, by its name in any case, is dropped on the way from a client that speaks `format`.
  ///
  /// What Anthropic's clients send about themselves says nothing to another provider, and their key, meant for the gateway,
  /// must not leave it.
  static func isDropped(
    _ name: borrowing Span<UInt8>, format: AIProxyConfiguration.ClientFormat, keepsProtocol: Bool = false
  ) -> Bool {
    // Most fields are told apart by their first letter.
    guard format == .anthropic, name.count >= 5,
      name[0] | 0x20 == UInt8(ascii: "x") || name[0] | 0x20 == UInt8(ascii: "a")
    else { return false }
    if keepsProtocol { return name.count == 9 && hasPrefix(name, "x-api-key") }
    return hasPrefix(name, "anthropic-") || hasPrefix(name, "x-stainless-") || hasPrefix(name, "x-claude-code-")
      || (name.count == 9 && hasPrefix(name, "x-api-key")) || (name.count == 5 && hasPrefix(name, "x-app"))
      || (name.count == 19 && hasPrefix(name, "x-client-request-id"))
  }

  private static func hasPrefix(_ name: borrowing Span<UInt8>, _ prefix: StaticString) -> Bool {
    let length = prefix.utf8CodeUnitCount
    guard name.count >= length else { return false }
    for index in 0..<length {
      let byte = name[index]
      let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
      // Safe: the constant has `length` bytes.
      if unsafe (isUpper ? byte | 0x20 : byte) != prefix.utf8Start[index] { return false }
    }
    return true
  }
}
