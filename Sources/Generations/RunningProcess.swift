import Configuration
import EventLoop
import Glibc
import Proxy

/// Facts about the running process.
public enum RunningProcess {
  /// The running executable, with symbolic links followed.
  public static var executable: String {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : "torii"
  }
}

extension ProxySettings {
  /// Takes from the gateway's settings what the data plane needs.
  public init(_ settings: GatewaySettings, version: String) {
    self.init()
    product = "torii/\(version)"
    clientMaxBodySize = UInt64(max(0, settings.clientMaxBodySize))
    clientHeaderTimeout = settings.clientHeaderTimeout
    clientBodyTimeout = settings.clientBodyTimeout
    sendTimeout = settings.sendTimeout
    keepaliveTimeout = settings.keepaliveTimeout
    upstreamKeepalivePoolSize = settings.upstreamKeepalivePoolSize
    // 0 means without limit.
    let requests = settings.upstreamKeepaliveMaxRequests
    upstreamKeepaliveMaxRequests = requests == 0 ? .max : requests
    let idle = settings.upstreamKeepaliveIdleTimeout
    upstreamKeepaliveIdleTimeout = idle == 0 ? 365 * 86_400_000 : idle
    pauseTimeout = UInt64(max(1, settings.pluginPauseTimeout))
    upstreamTLSVerify = settings.proxySSLVerify
    trustedCertificateFile = settings.sslTrustedCertificate.first { $0 != "system" }
    trustedAddresses = settings.trustedIPs
  }
}

/// The certificates that the gateway shows to its clients.
enum ServerCertificates {
  /// Those of the settings come first: the first is shown to clients that name no server, or one that nothing is known
  /// of. Those of the configuration are chosen by their server names.
  static func context(
    _ settings: GatewaySettings, _ configuration: GatewayConfiguration, ticketKey: [UInt8]?
  ) throws -> TLSContext {
    guard settings.sslCert.count == settings.sslCertKey.count else {
      throw GenerationError("ssl_cert and ssl_cert_key must name as many certificates as keys")
    }
    var certificates = zip(settings.sslCert, settings.sslCertKey).map { certificate, key in
      TLSCertificate(chain: .file(certificate), key: .file(key))
    }
    for certificate in configuration.certificates {
      let names = configuration.snis.filter { $0.certificateID == certificate.id }.map(\.name)
      guard !names.isEmpty || certificates.isEmpty else { continue }
      certificates.append(
        TLSCertificate(chain: .text(certificate.certificate), key: .text(certificate.key), serverNames: names))
    }
    guard !certificates.isEmpty else {
      throw GenerationError("there is no certificate: set ssl_cert and ssl_cert_key, or configure certificates")
    }
    var served = TLSServerSettings(certificates: certificates)
    served.ticketKey = ticketKey
    return try TLSContext.server(served)
  }
}
