/// How the end of a message's body is found (RFC 9112 §6.3).
public enum BodyFraming: Sendable, Equatable {
  /// There is no body: the next message begins after the head.
  case none
  /// So many bytes.
  case length(UInt64)
  /// The chunked coding tells.
  case chunked
  /// The body ends when the connection does; only in responses.
  case untilClose
}
