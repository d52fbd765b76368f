/// The versions of the protocol that can be required. Older ones are not offered at all (RFC 8996).
public enum TLSVersion: Sendable, Hashable, Comparable {
  /// TLS 1.2 (RFC 5246).
  case v1_2
  /// TLS 1.3 (RFC 8446).
  case v1_3
}

/// How to connect to servers.
public struct TLSClientSettings: Sendable, Hashable {
  /// Whether the server must show a certificate that is trusted and valid for the host.
  public var verify = true
  /// How many certificates may stand between the server's and a trusted one; nil for OpenSSL's default (100).
  public var verifyDepth: Int32?
  /// A PEM file of the trusted certificates, in place of the system's (which `SSL_CERT_FILE` and `SSL_CERT_DIR` can override).
  public var caFile: String?
  /// Trusted certificates as PEM text, in place of the system's; they add to `caFile`.
  public var caCertificates: [String] = []
  /// The lowest version accepted.
  public var minimumVersion = TLSVersion.v1_2
  /// The highest version accepted; nil for the newest there is.
  public var maximumVersion: TLSVersion?
  /// The certificate shown when the server asks for one.
  public var clientCertificate: TLSCertificate?
  /// The application protocols offered (ALPN, RFC 7301); none when empty.
  public var applicationProtocols = ["http/1.1"]

  /// The settings above with their defaults.
  public init() {}
}

/// How to serve clients.
public struct TLSServerSettings: Sendable, Hashable {
  /// At least one; the first is shown when the client names no host or an unknown one.
  public var certificates: [TLSCertificate]
  /// The lowest version accepted.
  public var minimumVersion = TLSVersion.v1_2
  /// The highest version accepted; nil for the newest there is.
  public var maximumVersion: TLSVersion?
  /// The application protocols accepted, in order of preference. A client that offers only others is refused (RFC 7301 section 3.2).
  public var applicationProtocols = ["http/1.1"]
  /// The cipher suites of TLS 1.2 and below in OpenSSL's notation; nil for its defaults.
  public var cipherList: String?
  /// Keys for session tickets, `ticketKeyLength` random bytes: servers that share them resume each other's sessions. Nil for keys of
  /// this context alone.
  public var ticketKey: [UInt8]?

  /// The length of `ticketKey`: OpenSSL's name, HMAC and AES keys.
  public static let ticketKeyLength = 80

  /// Serves with these certificates, and defaults for the rest.
  public init(certificates: [TLSCertificate]) {
    self.certificates = certificates
  }
}
