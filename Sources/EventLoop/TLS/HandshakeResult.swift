/// How far a TLS handshake has come.
public enum HandshakeResult: Sendable {
  /// The connection can be used.
  case done
  /// Goes on when the socket is readable.
  case wantRead
  /// Goes on when the socket is writable.
  case wantWrite
  /// It failed; the connection is to be closed.
  case failed(TLSError)
}
