import JSON

/// A body as the log shows it: without credentials and the content of files, and no longer than configured.
struct PayloadText {
  /// The text; valid UTF-8 if the body was.
  private(set) var bytes: [UInt8]
  /// Whether something of the body is missing at the end.
  private(set) var isTruncated = false

  /// This many base64 characters in a row are the content of a file, not something said.
  private static let contentLength = 1024

  /// - Parameter secrets: what must not be shown, wherever it stands.
  init(_ body: [UInt8], _ configuration: AIProxyConfiguration.Payloads, secrets: [String]) {
    bytes = body
    if configuration.redacts {
      bytes = Self.withoutContent(bytes)
      for secret in secrets where secret.utf8.count >= 8 { bytes = Self.replace(Array(secret.utf8), in: bytes) }
      bytes = Self.withoutKeys(bytes)
    }
    if configuration.limit > 0, bytes.count > configuration.limit { truncate(to: configuration.limit) }
  }

  /// What a configuration keeps secret.
  static func secrets(_ authentication: AIProxyConfiguration.Authentication) -> [String] {
    var secrets = [authentication.headerValue, authentication.parameterValue].compactMap { $0 }
    // A key is one without its scheme too.
    for value in secrets {
      if let space = value.firstIndex(of: " ") { secrets.append(String(value[value.index(after: space)...])) }
    }
    return secrets
  }

  private mutating func truncate(to limit: Int) {
    var end = limit
    // Not amid a character: its later bytes begin with the bits 10.
    while end > 0, bytes[end] & 0xC0 == 0x80 { end -= 1 }
    bytes.removeSubrange(end...)
    isTruncated = true
  }

  private static func withoutContent(_ body: [UInt8]) -> [UInt8] {
    guard body.count >= contentLength else { return body }
    var result: [UInt8] = []
    result.reserveCapacity(body.count)
    var start = 0
    while start < body.count {
      var end = start
      while end < body.count, isBase64(body[end]) { end += 1 }
      if end - start >= contentLength {
        result.append("[")
        result.append(decimal: (end - start) / 4 * 3)
        result.append(" bytes]")
      } else {
        result.append(contentsOf: body[start..<end])
      }
      if end < body.count { result.append(body[end]) }
      start = end + 1
    }
    return result
  }

  private static func isBase64(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="):
      true
    default: false
    }
  }

  private static func replace(_ secret: [UInt8], in body: [UInt8]) -> [UInt8] {
    guard let first = secret.first else { return body }
    var result: [UInt8] = []
    result.reserveCapacity(body.count)
    var index = 0
    while index < body.count {
      if body[index] == first, body[index...].starts(with: secret) {
        result.append("***")
        index += secret.count
      } else {
        result.append(body[index])
        index += 1
      }
    }
    return result
  }

  private static func withoutKeys(_ body: [UInt8]) -> [UInt8] {
    let text = String(decoding: body, as: UTF8.self)
    let redacted = Redaction.redact(text)
    return redacted == text ? body : Array(redacted.utf8)
  }
}
