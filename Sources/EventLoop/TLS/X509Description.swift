import COpenSSL
import Glibc

/// Certificates in words.
///
/// Safety: every function borrows a certificate that the caller keeps alive; what OpenSSL returns with `get0` belongs to it and is
/// copied into a string at once.
enum X509Description {
  /// The subject, such as `CN=foo.test, O=Foo`.
  static func subject(_ certificate: OpaquePointer) -> String { unsafe text(X509_get_subject_name(certificate)) }

  /// The issuer.
  static func issuer(_ certificate: OpaquePointer) -> String { unsafe text(X509_get_issuer_name(certificate)) }

  /// The end of validity in UTC, such as `2026-01-31T12:00:00Z`.
  static func notAfter(_ certificate: OpaquePointer) -> String { unsafe text(X509_get0_notAfter(certificate)) }

  /// The beginning of validity in UTC.
  static func notBefore(_ certificate: OpaquePointer) -> String { unsafe text(X509_get0_notBefore(certificate)) }

  /// The DNS names a certificate is for: the alternative names or, when it has none, the subject's common name.
  static func dnsNames(_ certificate: OpaquePointer) -> [String] {
    let names = unsafe alternativeNames(certificate).compactMap { $0.isDNS ? $0.text : nil }
    if !names.isEmpty { return names }
    return unsafe commonName(certificate).map { [$0] } ?? []
  }

  /// All names a certificate is for, IP addresses included.
  static func allNames(_ certificate: OpaquePointer) -> [String] {
    let names = unsafe alternativeNames(certificate).map(\.text)
    if !names.isEmpty { return names }
    return unsafe commonName(certificate).map { [$0] } ?? []
  }

  private static func alternativeNames(_ certificate: OpaquePointer) -> [(isDNS: Bool, text: String)] {
    guard let list = unsafe copenssl_alternative_names(certificate) else { return [] }
    defer { unsafe copenssl_alternative_names_free(list) }
    var names: [(isDNS: Bool, text: String)] = []
    for index in 0..<max(0, unsafe copenssl_alternative_names_count(list)) {
      var base: UnsafePointer<UInt8>?
      var length: Int32 = 0
      let type = unsafe copenssl_alternative_name(list, index, &base, &length)
      let bytes = unsafe UnsafeBufferPointer(start: base, count: base == nil ? 0 : max(0, Int(length)))
      if type == GEN_DNS {
        names.append((true, unsafe String(decoding: bytes, as: UTF8.self)))
      } else if type == GEN_IPADD, let address = unsafe address(bytes) {
        names.append((false, address.host))
      }
    }
    return names
  }

  private static func address(_ bytes: UnsafeBufferPointer<UInt8>) -> SocketAddress? {
    switch bytes.count {
    case 4: .ipv4(unsafe bytes.reduce(0) { $0 << 8 | UInt32($1) }, port: 0)
    case 16:
      unsafe .ipv6(
        IPv6Address(
          high: bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }, low: bytes[8...].reduce(0) { $0 << 8 | UInt64($1) }),
        port: 0)
    default: nil
    }
  }

  private static func commonName(_ certificate: OpaquePointer) -> String? {
    let name = unsafe X509_get_subject_name(certificate)
    let index = unsafe X509_NAME_get_index_by_NID(name, NID_commonName, -1)
    guard index >= 0, let entry = unsafe X509_NAME_get_entry(name, index),
      let value = unsafe X509_NAME_ENTRY_get_data(entry)
    else { return nil }
    var utf8: UnsafeMutablePointer<UInt8>?
    let length = unsafe ASN1_STRING_to_UTF8(&utf8, value)
    guard length >= 0, let base = unsafe utf8 else { return nil }
    defer { unsafe CRYPTO_free(base, nil, 0) }
    return unsafe String(decoding: UnsafeBufferPointer(start: base, count: Int(length)), as: UTF8.self)
  }

  private static func text(_ name: OpaquePointer?) -> String {
    guard let name = unsafe name, let output = unsafe BIO_new(BIO_s_mem()) else { return "?" }
    defer { unsafe BIO_free(output) }
    unsafe copenssl_print_name(output, name)
    var base: UnsafePointer<CChar>?
    let length = unsafe copenssl_memory(output, &base)
    let bytes = unsafe UnsafeRawBufferPointer(start: base, count: base == nil ? 0 : max(0, length))
    let text = unsafe String(decoding: bytes, as: UTF8.self)
    return text.isEmpty ? "(empty)" : text
  }

  private static func text(_ time: UnsafePointer<ASN1_TIME>?) -> String {
    var parts = unsafe tm()
    guard let time = unsafe time, unsafe ASN1_TIME_to_tm(time, &parts) == 1 else { return "?" }
    func padded(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let date = unsafe "\(parts.tm_year + 1900)-\(padded(parts.tm_mon + 1))-\(padded(parts.tm_mday))"
    return unsafe "\(date)T\(padded(parts.tm_hour)):\(padded(parts.tm_min)):\(padded(parts.tm_sec))Z"
  }
}
