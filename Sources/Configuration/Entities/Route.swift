import JSON

/// Which requests go to a service, and how they are changed on the way.
public struct Route: Entity {
  /// A source or destination of a connection.
  public struct Endpoint: Hashable, Sendable {
    /// The address or network (`10.0.0.0/8`).
    public let ip: String?
    /// The port.
    public let port: Int?

    /// Makes an endpoint.
    public init(ip: String?, port: Int?) {
      self.ip = ip
      self.port = port
    }
  }

  /// A header that a request must have.
  public struct Header: Hashable, Sendable {
    /// The name in lower case.
    public let name: String
    /// Its values, one of which must match; a value that starts with `~*` is a regular expression.
    public let values: [String]

    /// Makes a header.
    public init(name: String, values: [String]) {
      self.name = name
      self.values = values
    }
  }

  /// The kind of entity.
  public static let type = EntityType.routes
  /// The whole route.
  public let node: JSONNode
  /// The UUID.
  public let id: String
  /// The name, unique among routes.
  public let name: String?
  /// The protocols it serves.
  public let protocols: [TransportProtocol]
  /// The status for requests that match but for the protocol.
  public let httpsRedirectStatusCode: Int
  /// Whether the part of the path that matched is removed.
  public let stripPath: Bool
  /// Whether the upstream gets the client's Host.
  public let preserveHost: Bool
  /// Whether a request's body is read as a whole before it is sent.
  public let requestBuffering: Bool
  /// Whether a response's body may be gathered before it is sent.
  public let responseBuffering: Bool
  /// The methods that match; empty: all.
  public let methods: [String]
  /// The hosts that match, perhaps with a wildcard label at one end, perhaps with a port; empty: all.
  public let hosts: [String]
  /// The paths that match: a prefix, or `~` and a regular expression; empty: all.
  public let paths: [String]
  /// The headers that a request must have.
  public let headers: [Header]
  /// The names of TLS servers that match; empty: all.
  public let snis: [String]
  /// Where connections may come from (not HTTP).
  public let sources: [Endpoint]
  /// Where connections may go to (not HTTP).
  public let destinations: [Endpoint]
  /// Among routes with regular expressions, the higher goes first.
  public let regexPriority: Int
  /// How the paths of service, route and request are joined: `v0` or `v1`.
  public let pathHandling: String
  /// The id of the service; `nil`: no upstream, plugins answer.
  public let serviceID: String?

  /// Makes a route of a node that was checked.
  public init(node: JSONNode) {
    self.node = node
    id = node.text("id") ?? ""
    name = node.text("name")
    protocols = node.list("protocols").compactMap(TransportProtocol.init)
    httpsRedirectStatusCode = node.number("https_redirect_status_code", or: 426)
    stripPath = node.flag("strip_path", or: true)
    preserveHost = node.flag("preserve_host", or: false)
    requestBuffering = node.flag("request_buffering", or: true)
    responseBuffering = node.flag("response_buffering", or: true)
    methods = node.list("methods")
    hosts = node.list("hosts")
    paths = node.list("paths")
    headers = (node["headers"]?.members ?? []).map { Header(name: $0.name.lowercased(), values: $0.value.strings) }
    snis = node.list("snis")
    sources = Self.endpoints(node["sources"])
    destinations = Self.endpoints(node["destinations"])
    regexPriority = node.number("regex_priority", or: 0)
    pathHandling = node.text("path_handling") ?? "v0"
    serviceID = node.reference("service")
  }

  private static func endpoints(_ node: JSONNode?) -> [Endpoint] {
    (node?.array ?? []).map { Endpoint(ip: $0.text("ip"), port: $0["port"]?.integer) }
  }
}
