import HTTP

/// Writes answers as bytes (RFC 9112 §4).
enum ResponseWriter {
  /// The whole answer.
  ///
  /// - Parameters:
  ///   - request: What is answered; `nil` when it could not be read.
  ///   - now: Seconds since 1970, for the `Date` field.
  static func bytes(_ response: ServerResponse, to request: ServerRequest?, keepsAlive: Bool, now: Int) -> [UInt8] {
    let reason = "\(StatusCode.reason(UInt16(clamping: response.status)))"
    var head = "HTTP/1.1 \(response.status) \(reason)\r\nDate: \(date(now))\r\n"
    for (name, value) in response.headers { head += "\(name): \(clean(value))\r\n" }
    head += keepsAlive ? "Connection: keep-alive\r\n" : "Connection: close\r\n"
    // RFC 9110 §8.6: no length in answers that never have a body.
    let isBodiless = response.status < 200 || response.status == 204 || response.status == 304
    if !isBodiless { head += "Content-Length: \(response.body.count)\r\n" }
    head += "\r\n"
    var bytes = Array(head.utf8)
    if !isBodiless, request?.method != "HEAD" { bytes += response.body }
    return bytes
  }

  /// Values may quote what a client sent: control characters would end the field.
  private static func clean(_ value: String) -> String {
    value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
      ? value : String(decoding: value.utf8.filter { $0 >= 0x20 && $0 != 0x7F }, as: UTF8.self)
  }

  private static func date(_ seconds: Int) -> String {
    var bytes = [UInt8](repeating: 0, count: HTTPDate.length)
    // The buffer has exactly the length that is asked for.
    unsafe bytes.withUnsafeMutableBytes { unsafe HTTPDate.write(unixSeconds: Int64(seconds), into: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
