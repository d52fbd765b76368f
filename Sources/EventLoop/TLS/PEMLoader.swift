import CLinux
import COpenSSL
import Glibc

/// Reads certificates and keys into a context, with errors that name the file and what is wrong with it.
///
/// Safety: what OpenSSL creates is freed on every path, or handed over by the calls that say so; BIOs read from an array that
/// outlives them.
enum PEMLoader {
  /// The names of the certificate that was loaded.
  typealias Names = [String]

  /// Loads a certificate, its chain and its key into a context.
  ///
  /// - Returns: the DNS names the certificate is for.
  static func load(_ certificate: TLSCertificate, into context: OpaquePointer) throws(TLSError) -> Names {
    let chainName = label(certificate.chain, "certificate")
    let leaf = try unsafe loadChain(certificate.chain, named: chainName, into: context)
    defer { unsafe X509_free(leaf) }
    let keyName = label(certificate.key, "private key")
    let key = try unsafe loadKey(certificate.key, named: keyName)
    defer { unsafe EVP_PKEY_free(key) }
    ERR_clear_error()
    if unsafe X509_check_private_key(leaf, key) != 1 {
      let subject = unsafe X509Description.subject(leaf)
      throw TLSError(.configuration, "\(keyName) does not match \(chainName) (subject \(subject))")
    }
    if unsafe SSL_CTX_use_PrivateKey(context, key) != 1 {
      throw TLSError(.configuration, "\(keyName): \(OpenSSLErrors.takeText())")
    }
    return unsafe X509Description.dnsNames(leaf)
  }

  /// Adds trusted certificates to a context's store.
  static func loadAuthorities(_ source: PEMSource, into context: OpaquePointer) throws(TLSError) {
    let name = label(source, "CA certificates")
    let bytes = try read(source, named: name)
    let store = unsafe SSL_CTX_get_cert_store(context)
    try unsafe forEachCertificate(bytes, named: name) { certificate in
      // Takes a reference of its own; a certificate that is already there is no error.
      if unsafe X509_STORE_add_cert(store, certificate) == 1 { nil } else { OpenSSLErrors.takeText() }
    }
  }

  /// - Returns: the first certificate, to be freed by the caller.
  private static func loadChain(
    _ source: PEMSource, named name: String, into context: OpaquePointer
  ) throws(TLSError) -> OpaquePointer {
    let bytes = try read(source, named: name)
    var leaf: OpaquePointer?
    do throws(TLSError) {
      try unsafe forEachCertificate(bytes, named: name) { certificate in
        unsafe X509_up_ref(certificate)
        if unsafe leaf == nil {
          unsafe leaf = certificate
          return unsafe SSL_CTX_use_certificate(context, certificate) == 1 ? nil : OpenSSLErrors.takeText()
        }
        if unsafe copenssl_ctx_add_chain_certificate(context, certificate) == 1 { return nil }
        unsafe X509_free(certificate)
        return OpenSSLErrors.takeText()
      }
    } catch {
      unsafe X509_free(leaf)
      throw error
    }
    guard let leaf = unsafe leaf else { throw TLSError(.configuration, "\(name): no PEM certificate found") }
    return unsafe leaf
  }

  private static func loadKey(_ source: PEMSource, named name: String) throws(TLSError) -> OpaquePointer {
    let bytes = try read(source, named: name)
    // OpenSSL's own error for this does not say so.
    guard contains(bytes, "PRIVATE KEY-----") else {
      throw TLSError(.configuration, "\(name): no PEM private key found")
    }
    ERR_clear_error()
    var wasAskedForPassword = false
    let key = unsafe bytes.withUnsafeBytes { buffer -> OpaquePointer? in
      guard let bio = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else { return nil }
      defer { unsafe BIO_free(bio) }
      // Without this callback OpenSSL asks for a password on the terminal.
      return unsafe withUnsafeMutablePointer(to: &wasAskedForPassword) { asked in
        unsafe PEM_read_bio_PrivateKey(
          bio, nil,
          { _, _, _, asked in
            unsafe asked?.assumingMemoryBound(to: Bool.self).pointee = true
            return -1
          }, asked)
      }
    }
    if let key = unsafe key { return unsafe key }
    if wasAskedForPassword {
      ERR_clear_error()
      throw TLSError(.configuration, "\(name) is encrypted; give it unencrypted")
    }
    throw TLSError(.configuration, "\(name): malformed private key: \(OpenSSLErrors.takeText())")
  }

  /// Calls `body` with each certificate, which is freed afterwards; a text it returns is an error.
  private static func forEachCertificate(
    _ bytes: [UInt8], named name: String, _ body: (OpaquePointer) -> String?
  ) throws(TLSError) {
    ERR_clear_error()
    var count = 0
    let failure = unsafe bytes.withUnsafeBytes { buffer -> String? in
      guard let bio = unsafe BIO_new_mem_buf(buffer.baseAddress, Int32(clamping: buffer.count)) else {
        return OpenSSLErrors.takeText()
      }
      defer { unsafe BIO_free(bio) }
      while let certificate = unsafe PEM_read_bio_X509(bio, nil, nil, nil) {
        defer { unsafe X509_free(certificate) }
        count += 1
        if let failure = unsafe body(certificate) { return failure }
      }
      if unsafe OpenSSLErrors.isEndOfPEM() || buffer.isEmpty {
        ERR_clear_error()
        return nil
      }
      return "malformed certificate (number \(count + 1)): \(OpenSSLErrors.takeText())"
    }
    if let failure { throw TLSError(.configuration, "\(name): \(failure)") }
    if count == 0 { throw TLSError(.configuration, "\(name): no PEM certificate found") }
  }

  private static func contains(_ bytes: [UInt8], _ text: StaticString) -> Bool {
    unsafe bytes.withUnsafeBytes {
      unsafe clinux_memmem($0.baseAddress, $0.count, text.utf8Start, text.utf8CodeUnitCount) != nil
    }
  }

  private static func label(_ source: PEMSource, _ what: String) -> String {
    if case .file(let path) = source { "\(what) \(path)" } else { "\(what) (inline)" }
  }

  private static func read(_ source: PEMSource, named name: String) throws(TLSError) -> [UInt8] {
    guard case .file(let path) = source else {
      if case .text(let text) = source { return Array(text.utf8) }
      return []
    }
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw TLSError(.configuration, "\(name): \(SystemError.text(for: errno))") }
    defer { _ = Glibc.close(descriptor) }
    // PEM files are small; a device or a mistaken path must not fill the memory.
    let limit = 16 << 20
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw TLSError(.configuration, "\(name): \(SystemError.text(for: errno))")
      }
      bytes.append(contentsOf: chunk[..<count])
      if bytes.count > limit { throw TLSError(.configuration, "\(name): larger than 16 MiB") }
    }
  }
}
