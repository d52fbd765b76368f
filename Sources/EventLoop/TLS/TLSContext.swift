import COpenSSL

/// What all TLS connections of one kind share: versions, trust, certificates, and the sessions that can be resumed.
///
/// For one thread, like the loop. Making a client's context reads all trusted certificates: make one and share it.
///
/// Safety: `handle` is owned from `init` to `deinit`; sessions keep their context alive, so the callbacks, which OpenSSL only makes
/// from calls on a session, find both.
@safe
public final class TLSContext {
  /// The OpenSSL context; a server's default one.
  let handle: OpaquePointer
  /// Whether sessions of this context accept connections.
  public let isServer: Bool
  /// A client's sessions for resumption.
  let cache = TLSSessionCache()
  /// Whether a client verifies its servers.
  let verifiesPeer: Bool
  /// A server's certificates beyond those in `handle`, and which name leads to which.
  var names = ServerNameTable()
  /// The application protocols in wire form: each with its length before it (RFC 7301 section 3.1).
  let applicationProtocols: [UInt8]
  /// Where short pieces of a write are collected to go out as one record.
  let scratch: UnsafeMutableRawBufferPointer

  /// The most plain bytes of one record (RFC 8446 section 5.1).
  static let recordSize = 16 * 1024

  init(handle: OpaquePointer, isServer: Bool, verifiesPeer: Bool, applicationProtocols: [UInt8]) {
    unsafe self.handle = unsafe handle
    self.isServer = isServer
    self.verifiesPeer = verifiesPeer
    self.applicationProtocols = applicationProtocols
    unsafe scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.recordSize, alignment: 64)
  }

  deinit {
    unsafe SSL_CTX_free(handle)
    unsafe scratch.deallocate()
  }

  /// A context to connect with.
  ///
  /// - Throws: `TLSError` of the kind `configuration`, naming the file and what is wrong with it.
  public static func client(_ settings: TLSClientSettings = TLSClientSettings()) throws(TLSError) -> TLSContext {
    let protocols = try wireForm(settings.applicationProtocols)
    let handle = try unsafe makeHandle(TLS_client_method(), settings.minimumVersion, settings.maximumVersion)
    let context = unsafe TLSContext(
      handle: handle, isServer: false, verifiesPeer: settings.verify, applicationProtocols: protocols)
    if settings.verify { try context.loadTrust(settings) }
    if let certificate = settings.clientCertificate { _ = try unsafe PEMLoader.load(certificate, into: handle) }
    if !protocols.isEmpty { unsafe SSL_CTX_set_alpn_protos(handle, protocols, UInt32(protocols.count)) }
    _ = unsafe copenssl_ctx_set_session_cache_mode(
      handle, Int(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL))
    unsafe SSL_CTX_sess_set_new_cb(handle) { unsafe TLSSession.storeNewSession($0, $1) }
    return context
  }

  private func loadTrust(_ settings: TLSClientSettings) throws(TLSError) {
    unsafe SSL_CTX_set_verify(handle, SSL_VERIFY_PEER) { unsafe TLSSession.verifyCertificate($0, $1) }
    if let depth = settings.verifyDepth { unsafe SSL_CTX_set_verify_depth(handle, depth) }
    if settings.caFile == nil && settings.caCertificates.isEmpty {
      unsafe SSL_CTX_set_default_verify_paths(handle)
      return
    }
    if let path = settings.caFile { try unsafe PEMLoader.loadAuthorities(.file(path), into: handle) }
    for text in settings.caCertificates { try unsafe PEMLoader.loadAuthorities(.text(text), into: handle) }
  }

  /// A context to accept with.
  ///
  /// - Throws: `TLSError` of the kind `configuration`, naming the file and what is wrong with it.
  public static func server(_ settings: TLSServerSettings) throws(TLSError) -> TLSContext {
    guard let first = settings.certificates.first else { throw TLSError(.configuration, "no certificate given") }
    let protocols = try wireForm(settings.applicationProtocols)
    let (handle, names) = try unsafe makeServerHandle(first, settings)
    let context = unsafe TLSContext(
      handle: handle, isServer: true, verifiesPeer: false, applicationProtocols: protocols)
    unsafe context.names.add(handle, isOwned: false, for: first.serverNames.isEmpty ? names : first.serverNames)
    unsafe context.install(on: handle)
    for certificate in settings.certificates.dropFirst() {
      let (handle, names) = try unsafe makeServerHandle(certificate, settings)
      let serverNames = certificate.serverNames.isEmpty ? names : certificate.serverNames
      unsafe context.names.add(handle, isOwned: true, for: serverNames)
      unsafe context.install(on: handle)
    }
    return context
  }

  private static func makeServerHandle(
    _ certificate: TLSCertificate, _ settings: TLSServerSettings
  ) throws(TLSError) -> (OpaquePointer, [String]) {
    let handle = try unsafe makeHandle(TLS_server_method(), settings.minimumVersion, settings.maximumVersion)
    do throws(TLSError) {
      // Tickets carry the whole session: nothing is kept here.
      _ = unsafe copenssl_ctx_set_session_cache_mode(handle, Int(SSL_SESS_CACHE_OFF))
      unsafe SSL_CTX_set_session_id_context(handle, Array("torii".utf8), 5)
      if var key = settings.ticketKey {
        guard key.count == TLSServerSettings.ticketKeyLength,
          unsafe copenssl_ctx_set_ticket_keys(handle, &key, key.count) == 1
        else { throw TLSError(.configuration, "the ticket key must have \(TLSServerSettings.ticketKeyLength) bytes") }
      }
      if let list = settings.cipherList, unsafe SSL_CTX_set_cipher_list(handle, list) != 1 {
        throw TLSError(.configuration, "cipher list \(list): \(OpenSSLErrors.takeText())")
      }
      return try unsafe (handle, PEMLoader.load(certificate, into: handle))
    } catch {
      unsafe SSL_CTX_free(handle)
      throw error
    }
  }

  /// The callbacks of a server; `self` outlives every session they are called for.
  private func install(on handle: OpaquePointer) {
    let argument = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe copenssl_ctx_set_server_name_callback(
      handle, { session, _, context in unsafe TLSContext.chooseCertificate(session, context) }, argument)
    if applicationProtocols.isEmpty { return }
    unsafe SSL_CTX_set_alpn_select_cb(
      handle,
      { _, out, outLength, offered, length, context in
        unsafe TLSContext.chooseApplicationProtocol(out, outLength, offered, length, context)
      }, argument)
  }

  private static func makeHandle(
    _ method: OpaquePointer?, _ minimum: TLSVersion, _ maximum: TLSVersion?
  ) throws(TLSError) -> OpaquePointer {
    ERR_clear_error()
    if let maximum, maximum < minimum {
      throw TLSError(.configuration, "the highest TLS version is below the lowest")
    }
    guard let handle = unsafe SSL_CTX_new(method) else {
      throw TLSError(.configuration, "cannot create a TLS context: \(OpenSSLErrors.takeText())")
    }
    // Partial writes: a write ends with the record that fits. Moving: a repeated write may come from another buffer with the same
    // bytes. Release: an idle connection holds no buffers.
    _ = unsafe copenssl_ctx_set_mode(
      handle,
      Int(SSL_MODE_ENABLE_PARTIAL_WRITE) | Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER) | Int(SSL_MODE_RELEASE_BUFFERS))
    // One read takes a record's head and body, and what follows them.
    unsafe copenssl_ctx_set_read_ahead(handle, 1)
    _ = unsafe copenssl_ctx_set_minimum_version(handle, number(minimum))
    if let maximum { _ = unsafe copenssl_ctx_set_maximum_version(handle, number(maximum)) }
    unsafe copenssl_ctx_set_safe_options(handle)
    return unsafe handle
  }

  private static func number(_ version: TLSVersion) -> Int32 {
    switch version {
    case .v1_2: TLS1_2_VERSION
    case .v1_3: TLS1_3_VERSION
    }
  }

  private static func wireForm(_ protocols: [String]) throws(TLSError) -> [UInt8] {
    var bytes: [UInt8] = []
    for name in protocols {
      guard !name.isEmpty, let length = UInt8(exactly: name.utf8.count) else {
        throw TLSError(.configuration, "application protocol \"\(name)\": must have 1 to 255 bytes")
      }
      bytes.append(length)
      bytes.append(contentsOf: name.utf8)
    }
    return bytes
  }
}
