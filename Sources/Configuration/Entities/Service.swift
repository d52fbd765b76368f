import JSON

/// Where requests are sent.
public struct Service: Entity {
  /// The kind of entity.
  public static let type = EntityType.services
  /// The whole service.
  public let node: JSONNode
  /// The UUID.
  public let id: String
  /// The name, unique among services.
  public let name: String?
  /// How often a request is tried again when it could not be sent.
  public let retries: Int
  /// How the upstream is spoken to.
  public let `protocol`: TransportProtocol
  /// The upstream's name or address, or the name of an ``Upstream``.
  public let host: String
  /// The upstream's port.
  public let port: Int
  /// What the path of an upstream request starts with.
  public let path: String?
  /// How long a connection may take to be made, in milliseconds.
  public let connectTimeout: Int
  /// How long a write may take, in milliseconds.
  public let writeTimeout: Int
  /// How long the upstream may be silent, in milliseconds.
  public let readTimeout: Int
  /// Whether the upstream's certificate is verified; `nil`: as the gateway's settings say.
  public let tlsVerify: Bool?
  /// How many certificates may stand between the upstream's and a trusted one.
  public let tlsVerifyDepth: Int?
  /// The ids of the ``CACertificate``s that are trusted instead of the gateway's own.
  public let caCertificates: [String]
  /// The id of the ``Certificate`` shown to the upstream.
  public let clientCertificate: String?
  /// Whether the service is used.
  public let enabled: Bool

  /// Makes a service of a node that was checked.
  public init(node: JSONNode) {
    self.node = node
    id = node.text("id") ?? ""
    name = node.text("name")
    retries = node.number("retries", or: 5)
    `protocol` = node.text("protocol").flatMap(TransportProtocol.init) ?? .http
    host = node.text("host") ?? ""
    port = node.number("port", or: 80)
    path = node.text("path")
    connectTimeout = node.number("connect_timeout", or: 60000)
    writeTimeout = node.number("write_timeout", or: 60000)
    readTimeout = node.number("read_timeout", or: 60000)
    tlsVerify = node["tls_verify"]?.boolean
    tlsVerifyDepth = node["tls_verify_depth"]?.integer
    caCertificates = node.list("ca_certificates")
    clientCertificate = node.reference("client_certificate")
    enabled = node.flag("enabled", or: true)
  }
}
