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
    upstreamTLSVerify = settings.proxySSLVerify
    trustedCertificateFile = settings.sslTrustedCertificate.first { $0 != "system" }
    trustedAddresses = settings.trustedIPs
  }
}

/// The certificates that the gateway shows to its clients.
enum ServerCertificates {
  static func context(_ settings: GatewaySettings) throws -> TLSContext {
    guard !settings.sslCert.isEmpty, settings.sslCert.count == settings.sslCertKey.count else {
      throw GenerationError("ssl_cert and ssl_cert_key must name a certificate and its key")
    }
    let certificates = zip(settings.sslCert, settings.sslCertKey).map { certificate, key in
      TLSCertificate(chain: .file(certificate), key: .file(key))
    }
    return try TLSContext.server(TLSServerSettings(certificates: certificates))
  }
}
