/// Where a call goes.
struct Endpoint: Equatable, Sendable {
  var isSecure = true
  /// Name or address, without port; IPv6 addresses in brackets.
  var host: String
  /// 0 for the scheme's own.
  var port = 0
  var path: String
  /// The port, if only the scheme's own.
  var effectivePort: Int { port != 0 ? port : isSecure ? 443 : 80 }
  /// Parameters that the provider wants, in addition to the client's; encoded, without `?`.
  var query = ""
  /// Whether the client's query is sent. A provider that refuses parameters it does not know must not see it.
  var keepsQuery = true

  init(host: String, path: String) {
    self.host = host
    self.path = path
  }

  /// Reads an absolute URL of scheme http or https. Its query is not part of an endpoint: the client's is sent.
  init?(url: String) {
    // Bytes, because this is done for every request: what separates the parts of a URL is ASCII.
    let bytes = Array(url.utf8)
    let start: Int
    if bytes.span.starts(with: "https://") {
      start = 8
    } else if bytes.span.starts(with: "http://") {
      isSecure = false
      start = 7
    } else {
      return nil
    }
    let end = bytes[start...].firstIndex { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? bytes.count
    let slash = bytes[start..<end].firstIndex(of: UInt8(ascii: "/")) ?? end
    path = slash == end ? "/" : String(decoding: bytes[slash..<end], as: UTF8.self)
    var authority = bytes[start..<slash]
    guard !authority.contains(UInt8(ascii: "@")) else { return nil }
    let afterAddress = authority.lastIndex(of: UInt8(ascii: "]")) ?? start
    if let colon = authority[afterAddress...].lastIndex(of: UInt8(ascii: ":")) {
      guard let number = Self.port(authority[(colon + 1)...]) else { return nil }
      port = number
      authority = authority[..<colon]
    }
    guard !authority.isEmpty else { return nil }
    host = String(decoding: authority, as: UTF8.self)
  }

  /// 1 to 65535, or `nil`.
  private static func port(_ digits: ArraySlice<UInt8>) -> Int? {
    guard !digits.isEmpty, digits.count <= 5 else { return nil }
    var number = 0
    for digit in digits {
      guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
      number = number * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return number > 0 && number <= 65535 ? number : nil
  }
}
