import JSON

/// A certificate with its key, shown to clients or to upstreams.
public struct Certificate: Entity {
  /// The kind of entity.
  public static let type = EntityType.certificates
  /// The whole certificate, secret key included.
  public let node: JSONNode
  /// The UUID.
  public let id: String
  /// The certificate and those that sign it: PEM, or a vault reference.
  public let certificate: String
  /// The private key: PEM, or a vault reference. Secret.
  public let key: String
  /// Another certificate for the same names, with a key of another type.
  public let alternativeCertificate: String?
  /// The key of the other certificate. Secret.
  public let alternativeKey: String?

  /// Makes a certificate of a node that was checked.
  public init(node: JSONNode) {
    self.node = node
    id = node.text("id") ?? ""
    certificate = node.text("cert") ?? ""
    key = node.text("key") ?? ""
    alternativeCertificate = node.text("cert_alt")
    alternativeKey = node.text("key_alt")
  }
}

/// A certificate of an authority that is trusted.
public struct CACertificate: Entity {
  /// The kind of entity.
  public static let type = EntityType.caCertificates
  /// The whole certificate.
  public let node: JSONNode
  /// The UUID.
  public let id: String
  /// The certificate in PEM.
  public let certificate: String

  /// Makes a certificate of a node that was checked.
  public init(node: JSONNode) {
    self.node = node
    id = node.text("id") ?? ""
    certificate = node.text("cert") ?? ""
  }
}

/// The name of a server for which a certificate is shown.
public struct ServerName: Entity {
  /// The kind of entity.
  public static let type = EntityType.snis
  /// The whole entity.
  public let node: JSONNode
  /// The UUID.
  public let id: String
  /// The name, perhaps with a wildcard at one end.
  public let name: String
  /// The id of the certificate.
  public let certificateID: String

  /// Makes a server name of a node that was checked.
  public init(node: JSONNode) {
    self.node = node
    id = node.text("id") ?? ""
    name = node.text("name") ?? ""
    certificateID = node.reference("certificate") ?? ""
  }
}

/// Kong's name for ``ServerName``.
public typealias SNI = ServerName
