import Configuration

/// What of the gateway's settings the data plane uses. Sizes in bytes, times in milliseconds.
public struct ProxySettings: Sendable {
  /// Largest request body accepted; 0: any (`client_max_body_size`).
  public var clientMaxBodySize: UInt64 = 0
  /// Largest body that is kept whole for a plugin that sets no limit of its own.
  public var wholeBodyLimit: UInt64 = 128 << 20
  /// How long a client may take over a request head.
  public var clientHeaderTimeout = 60_000
  /// How long a client may be silent within a body.
  public var clientBodyTimeout = 60_000
  /// How long a client may take nothing of a response.
  public var sendTimeout = 60_000
  /// How long an idle client connection is kept.
  public var keepaliveTimeout = 75_000
  /// How long the client may be silent before its connection is closed after the last response.
  public var lingeringTimeout = 5_000
  /// How long what the client still sends after the last response is read and dropped.
  public var lingeringTime = 30_000
  /// How much of an unread request body is read and dropped to keep a connection.
  public var discardLimit = 1 << 20
  /// Bodies up to this length are kept until the response begins, so that they can be sent again.
  public var repeatableBodyLimit = 16 << 10
  /// Idle upstream connections kept for each target.
  public var upstreamKeepalivePoolSize = 512
  /// Requests sent on one upstream connection.
  public var upstreamKeepaliveMaxRequests = 10_000
  /// How long an upstream connection is kept idle.
  public var upstreamKeepaliveIdleTimeout = 60_000
  /// How long a plugin may pause a request.
  public var pauseTimeout: UInt64 = 60_000
  /// Whether upstream certificates are verified where a service does not say.
  public var upstreamTLSVerify = true
  /// Certificates trusted instead of the system's, a PEM file.
  public var trustedCertificateFile: String?
  /// Peers whose X-Forwarded fields are believed.
  public var trustedAddresses: [IPNetwork] = []
  /// What `Server` and `Via` say.
  public var product = "torii/0.1.0"

  /// The defaults.
  public init() {}
}
