/// What went wrong with TLS, in words for a log or an error response.
public struct TLSError: Error, Sendable, CustomStringConvertible {
  /// Whose matter a failure is.
  public enum Kind: Sendable {
    /// A file, certificate or key in the settings.
    case configuration
    /// The peer's certificate was not accepted.
    case verification
    /// A violation of the protocol, nothing in common with the peer, or an alert.
    case `protocol`
    /// The peer closed or reset the connection.
    case closed
  }

  /// Whose matter it is.
  public let kind: Kind
  /// The whole message, such as `certificate verify failed: hostname mismatch: …`.
  public let message: String

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// The message.
  public var description: String { message }
}
