/// A host with an optional port (`uri-host [":" port]`, RFC 9110 §7.2, RFC 3986 §3.2).
struct Authority: Sendable {
  /// The host, an IP literal with its brackets. May be empty.
  var host = ByteRange()
  /// The port; `nil` when there is none, or nothing after the colon.
  var port: UInt16?

  init() {}

  /// Reads the authority in `start ..< end`; `nil` when it isn't one.
  init?(_ bytes: MessageBytes, from start: Int, to end: Int) {
    var hostEnd: Int
    if start < end, bytes[start] == UInt8(ascii: "[") {
      hostEnd = bytes.firstIndex(of: UInt8(ascii: "]"), from: start, to: end) + 1
      guard hostEnd > 0, IPLiteral.isValid(bytes, from: start + 1, to: hostEnd - 1) else { return nil }
    } else {
      hostEnd = bytes.end(of: .registeredName, from: start, to: end)
      while hostEnd < end, bytes[hostEnd] == UInt8(ascii: "%") {
        // A percent sign is followed by two hexadecimal digits.
        guard hostEnd + 2 < end, bytes.end(of: .hexadecimal, from: hostEnd + 1, to: hostEnd + 3) == hostEnd + 3 else {
          return nil
        }
        hostEnd = bytes.end(of: .registeredName, from: hostEnd + 3, to: end)
      }
    }
    if hostEnd < end {
      guard bytes[hostEnd] == UInt8(ascii: ":") else { return nil }
      guard let number = Self.port(bytes, from: hostEnd + 1, to: end) else { return nil }
      if hostEnd + 1 < end { port = number }
    }
    host = ByteRange(from: start, to: hostEnd)
  }

  /// The number in `start ..< end`, 0 when there is no digit; `nil` when it isn't a port.
  @inline(__always)
  private static func port(_ bytes: MessageBytes, from start: Int, to end: Int) -> UInt16? {
    let digits = unsafe bytes.start(from: start, to: end)
    var number: UInt32 = 0
    var offset = 0
    while offset < end &- start {
      // Inside of the bytes that were asked for.
      let digit = unsafe digits.load(fromByteOffset: offset, as: UInt8.self) &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      number = number &* 10 &+ UInt32(digit)
      guard number <= UInt32(UInt16.max) else { return nil }
      offset &+= 1
    }
    return UInt16(truncatingIfNeeded: number)
  }
}
