import ToriiPlugin

/// What the type of an upstream's body says of its form.
enum ContentKind {
  /// Whether a content coding is gzip, and that alone (RFC 9110 §8.4.1.3).
  static func isGzip(_ coding: ByteView) -> Bool {
    coding.equals(ignoringCase: "gzip") || coding.equals(ignoringCase: "x-gzip")
  }

  /// Whether it is a stream of events, or one JSON value; `nil` if it is neither, or not said.
  static func isEvents(_ type: ByteView?) -> Bool? {
    guard let type else { return nil }
    if type.contains(ignoringCase: "text/event-stream") { return true }
    return type.contains(ignoringCase: "application/json") ? false : nil
  }
}
