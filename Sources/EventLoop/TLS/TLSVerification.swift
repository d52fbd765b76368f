import COpenSSL

/// Why a certificate was refused, in words that name it.
///
/// Safety: the store context and the certificate in it are OpenSSL's and alive during the verification callback.
enum TLSVerification {
  static func failure(_ store: OpaquePointer, host: String) -> String {
    let code = unsafe X509_STORE_CTX_get_error(store)
    guard let certificate = unsafe X509_STORE_CTX_get_current_cert(store) else {
      return "\(text(code)) for host \(host)"
    }
    switch code {
    case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
      let names = unsafe X509Description.allNames(certificate)
      let list = names.isEmpty ? "no host" : names.joined(separator: ", ")
      return "hostname mismatch: certificate is for \(list); expected \(host)"
    case X509_V_ERR_CERT_HAS_EXPIRED:
      let subject = unsafe X509Description.subject(certificate)
      let end = unsafe X509Description.notAfter(certificate)
      return "certificate has expired (notAfter \(end), subject \(subject)) for host \(host)"
    case X509_V_ERR_CERT_NOT_YET_VALID:
      let subject = unsafe X509Description.subject(certificate)
      let start = unsafe X509Description.notBefore(certificate)
      return "certificate is not yet valid (notBefore \(start), subject \(subject)) for host \(host)"
    default:
      let subject = unsafe X509Description.subject(certificate)
      let issuer = unsafe X509Description.issuer(certificate)
      return "\(text(code)) (subject \(subject), issuer \(issuer)) for host \(host)"
    }
  }

  private static func text(_ code: Int32) -> String {
    guard let text = unsafe X509_verify_cert_error_string(Int(code)) else { return "error \(code)" }
    return unsafe String(cString: text)
  }
}
