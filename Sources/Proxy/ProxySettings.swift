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
  /// How long the end of a connection is waited for after the last response.
  public var lingeringTimeout = 5_000
  /// How much of an unread request body is read and dropped to keep a connection.
  public var discardLimit = 1 << 20
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
  public var trustedAddresses: [AddressRange] = []
  /// What `Server` and `Via` say.
  public var product = "torii/0.1.0"

  /// The defaults.
  public init() {}
}

/// A range of addresses in CIDR notation.
public struct AddressRange: Sendable {
  private let bytes: [UInt8]
  private let prefix: Int

  /// Reads `10.0.0.0/8`, `fd00::/8` or a single address.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let host = parts.first, let address = AddressBytes.of(String(host)) else { return nil }
    let length = parts.count == 2 ? Int(parts[1]) ?? -1 : address.count * 8
    guard length >= 0, length <= address.count * 8 else { return nil }
    bytes = address
    prefix = length
  }

  /// Whether the range holds an address.
  func contains(_ address: [UInt8]) -> Bool {
    guard address.count == bytes.count else { return false }
    for bit in 0..<prefix where (address[bit / 8] ^ bytes[bit / 8]) & (0x80 >> UInt8(bit % 8)) != 0 { return false }
    return true
  }
}
