/// The protocols that services, routes and plugins speak of; the raw value is what stands in configurations.
public enum TransportProtocol: String, CaseIterable, Hashable, Sendable {
  case grpc, grpcs, http, https, tcp, tls
  case tlsPassthrough = "tls_passthrough"
  case udp

  /// Whether TLS protects it.
  public var isSecure: Bool {
    switch self {
    case .grpcs, .https, .tls, .tlsPassthrough: true
    case .grpc, .http, .tcp, .udp: false
    }
  }
}
