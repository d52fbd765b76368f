/// What a read or a write on a `Transport` gave. A trivial value: it carries no reference.
public enum IOResult: Sendable, Equatable {
  /// That many bytes were read or written, at least one; a write may take fewer than offered.
  case bytes(Int)
  /// Nothing is possible now; the loop reports when it is.
  case wouldBlock
  /// Reading: the peer has ended its side in order (FIN, with TLS a close_notify). Nothing more will come.
  case endOfStream
  /// The connection is broken. A positive code is an `errno`, a negative one is one of `TLSFailure`; the words are in
  /// `Transport.failureText(_:)`.
  case failed(Int32)
}

/// The negative codes of `IOResult.failed`.
public enum TLSFailure {
  /// The peer closed the connection without a close_notify: what came may be cut short (RFC 8446 section 6.1). Data that
  /// carries its own length is complete all the same.
  public static let truncated: Int32 = -1
  /// A violation of the protocol, a failed decryption or an alert from the peer.
  public static let `protocol`: Int32 = -2
}
