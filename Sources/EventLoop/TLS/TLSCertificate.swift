/// PEM text, or the file that holds it.
public enum PEMSource: Sendable, Hashable {
  /// A path.
  case file(String)
  /// The text itself.
  case text(String)
}

/// A certificate with its key, as a server shows it to clients or a client to a server.
public struct TLSCertificate: Sendable, Hashable {
  /// The certificate, followed by the intermediate certificates.
  public var chain: PEMSource
  /// The private key of the certificate, not encrypted.
  public var key: PEMSource
  /// The host names a server shows this certificate for: exact or with a wildcard for the first label (`*.example.com`). When
  /// empty, those named in the certificate.
  public var serverNames: [String]

  /// Names a certificate; nothing is read yet.
  public init(chain: PEMSource, key: PEMSource, serverNames: [String] = []) {
    self.chain = chain
    self.key = key
    self.serverNames = serverNames
  }
}
