import JSON

/// A virtual host behind which several targets share the requests.
public struct Upstream: Entity {
  /// How healthy targets are told from others, by probing or by watching.
  public struct HealthCheck: Hashable, Sendable {
    /// `tcp`, `http`, `https`, `grpc` or `grpcs`.
    public let kind: String
    /// How long a probe may take, in seconds.
    public let timeout: Double
    /// How many targets are probed at once.
    public let concurrency: Int
    /// The path that is asked for.
    public let path: String
    /// The name of the server in TLS.
    public let serverName: String?
    /// Whether the certificate is verified.
    public let verifiesCertificate: Bool
    /// Headers that a probe sends.
    public let headers: [Route.Header]
    /// Seconds between probes of healthy targets; 0: none.
    public let healthyInterval: Double
    /// Statuses that count as success.
    public let healthyStatuses: [Int]
    /// Successes after which a target is healthy; 0: never.
    public let successes: Int
    /// Seconds between probes of unhealthy targets; 0: none.
    public let unhealthyInterval: Double
    /// Statuses that count as failure.
    public let unhealthyStatuses: [Int]
    /// Failed connections after which a target is unhealthy; 0: never.
    public let tcpFailures: Int
    /// Time-outs after which a target is unhealthy; 0: never.
    public let timeouts: Int
    /// Failures after which a target is unhealthy; 0: never.
    public let httpFailures: Int

    init(_ node: JSONNode) {
      kind = node.text("type") ?? "http"
      timeout = node["timeout"]?.double ?? 1
      concurrency = node.number("concurrency", or: 10)
      path = node.text("http_path") ?? "/"
      serverName = node.text("https_sni")
      verifiesCertificate = node.flag("https_verify_certificate", or: true)
      headers = (node["headers"]?.members ?? []).map { Route.Header(name: $0.name, values: $0.value.strings) }
      let healthy = node["healthy"] ?? JSONNode(.object([]))
      healthyInterval = healthy["interval"]?.double ?? 0
      healthyStatuses = (healthy["http_statuses"]?.array ?? []).compactMap(\.integer)
      successes = healthy.number("successes", or: 0)
      let unhealthy = node["unhealthy"] ?? JSONNode(.object([]))
      unhealthyInterval = unhealthy["interval"]?.double ?? 0
      unhealthyStatuses = (unhealthy["http_statuses"]?.array ?? []).compactMap(\.integer)
      tcpFailures = unhealthy.number("tcp_failures", or: 0)
      timeouts = unhealthy.number("timeouts", or: 0)
      httpFailures = unhealthy.number("http_failures", or: 0)
    }
  }

  /// The kind of entity.
  public static let type = EntityType.upstreams
  /// The whole upstream.
  public let node: JSONNode
  /// The UUID.
  public let id: String
  /// The name, unique among upstreams; a service uses it by having it as its host.
  public let name: String
  /// `round-robin`, `least-connections`, `consistent-hashing` or `latency`.
  public let algorithm: String
  /// What is hashed: `none`, `consumer`, `ip`, `header`, `cookie`, `path`, `query_arg` or `uri_capture`.
  public let hashOn: String
  /// What is hashed when the request does not have the first.
  public let hashFallback: String
  /// The slots of the ring.
  public let slots: Int
  /// The Host that upstreams get instead of the target's.
  public let hostHeader: String?
  /// The id of the ``Certificate`` shown to targets.
  public let clientCertificate: String?
  /// Probing.
  public let activeChecks: HealthCheck
  /// Watching.
  public let passiveChecks: HealthCheck
  /// The share of weight, in percent, below which the upstream as a whole is unhealthy.
  public let healthThreshold: Double

  /// Makes an upstream of a node that was checked.
  public init(node: JSONNode) {
    self.node = node
    id = node.text("id") ?? ""
    name = node.text("name") ?? ""
    algorithm = node.text("algorithm") ?? "round-robin"
    hashOn = node.text("hash_on") ?? "none"
    hashFallback = node.text("hash_fallback") ?? "none"
    slots = node.number("slots", or: 10000)
    hostHeader = node.text("host_header")
    clientCertificate = node.reference("client_certificate")
    let checks = node["healthchecks"] ?? JSONNode(.object([]))
    activeChecks = HealthCheck(checks["active"] ?? JSONNode(.object([])))
    passiveChecks = HealthCheck(checks["passive"] ?? JSONNode(.object([])))
    healthThreshold = checks["threshold"]?.double ?? 0
  }

  /// A parameter of hashing: `hash_on_header`, `hash_fallback_query_arg`, …
  public func hashParameter(_ field: String) -> String? { node.text(field) }
}

/// One address behind an upstream.
public struct Target: Entity {
  /// The kind of entity.
  public static let type = EntityType.targets
  /// The whole target.
  public let node: JSONNode
  /// The UUID.
  public let id: String
  /// The id of the upstream.
  public let upstreamID: String
  /// The address with its port: `host:8000`.
  public let target: String
  /// The name or address.
  public let host: String
  /// The port.
  public let port: Int
  /// The share of requests; 0: none.
  public let weight: Int

  /// Makes a target of a node that was checked.
  public init(node: JSONNode) {
    self.node = node
    id = node.text("id") ?? ""
    upstreamID = node.reference("upstream") ?? ""
    target = node.text("target") ?? ""
    let address = try? HostText(parsing: target)
    host = address?.host ?? target
    port = address?.port ?? 8000
    weight = node.number("weight", or: 100)
  }
}
