import Configuration
import EventLoop

/// Checks of certificates by the library that will use them.
enum CertificateChecks {
  /// Options with these checks where there were none.
  static func adding(to options: ValidationOptions) -> ValidationOptions {
    var options = options
    if options.certificateFault == nil { options.certificateFault = certificateFault }
    if options.keyPairFault == nil { options.keyPairFault = keyPairFault }
    return options
  }

  /// Why a text in PEM is no certificate.
  @Sendable
  private static func certificateFault(_ text: String) -> String? {
    var settings = TLSClientSettings()
    settings.caCertificates = [text]
    do {
      _ = try TLSContext.client(settings)
      return nil
    } catch {
      let prefix = "CA certificates (inline): "
      return error.message.hasPrefix(prefix) ? String(error.message.dropFirst(prefix.count)) : error.message
    }
  }

  /// Why a certificate and a key do not belong together; what else may be wrong with them is told when they are put to use.
  @Sendable
  private static func keyPairFault(_ certificate: String, _ key: String) -> String? {
    let pair = TLSCertificate(chain: .text(certificate), key: .text(key))
    do {
      _ = try TLSContext.server(TLSServerSettings(certificates: [pair]))
      return nil
    } catch {
      return error.message.contains(text: "does not match") ? error.message : nil
    }
  }
}
