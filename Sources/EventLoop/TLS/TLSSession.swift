import COpenSSL
import Glibc

/// One TLS connection over a non-blocking socket, which it does not own.
///
/// Safety: `handle` is owned from `init` to `deinit`. OpenSSL's callbacks find the session through a pointer that is not retained:
/// they are only made from calls on the session, which is alive then.
@safe
public final class TLSSession {
  let handle: OpaquePointer
  let context: TLSContext
  /// The host a client expects and its sessions are cached under; nil on a server.
  private let expectedHost: String?
  private let cacheKey: String?
  /// Why the peer's certificate was refused.
  private var verificationFailure: String?
  /// Whether a client offers an earlier session.
  private(set) var offersSession = false
  /// The words of the last failure.
  var lastErrorText = "TLS failure"
  /// After a failure OpenSSL forbids further use, a close_notify included.
  var isBroken = false

  /// Made once, never freed and only read afterwards.
  nonisolated(unsafe) private static let socketMethod = unsafe copenssl_make_socket_method()

  /// Whether the handshake is done.
  public private(set) var isEstablished = false
  /// The last read waits for the socket to become writable (a key update is to be answered first): read again then.
  public internal(set) var readWantsWritable = false
  /// The last write waits for the socket to become readable: write again then.
  public internal(set) var writeWantsReadable = false

  private init(context: TLSContext, descriptor: Int32, host: String?, port: UInt16) throws(TLSError) {
    ERR_clear_error()
    guard let handle = unsafe SSL_new(context.handle) else {
      throw TLSError(.configuration, "cannot create a TLS session: \(OpenSSLErrors.takeText())")
    }
    unsafe self.handle = unsafe handle
    self.context = context
    expectedHost = host
    cacheKey = host.map { "\($0):\(port)" }
    unsafe SSL_set_ex_data(handle, 0, Unmanaged.passUnretained(self).toOpaque())
    guard unsafe copenssl_set_socket(handle, Self.socketMethod, descriptor) == 1 else {
      throw TLSError(.configuration, "cannot create a TLS session: \(OpenSSLErrors.takeText())")
    }
  }

  deinit {
    // Without it OpenSSL takes a session that was not closed in both directions for not resumable.
    if !isBroken { unsafe SSL_set_shutdown(handle, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN) }
    unsafe SSL_free(handle)
  }

  /// The server's side of an accepted connection.
  public static func accept(_ context: TLSContext, descriptor: Int32) throws(TLSError) -> TLSSession {
    precondition(context.isServer)
    let session = try TLSSession(context: context, descriptor: descriptor, host: nil, port: 0)
    unsafe SSL_set_accept_state(session.handle)
    return session
  }

  /// The client's side of a connection.
  ///
  /// - Parameters:
  ///   - host: the name or IP address literal that the server's certificate must be for. A name is also sent to the server (SNI).
  ///   - port: with the host, the key under which sessions are kept for resumption.
  public static func connect(
    _ context: TLSContext, descriptor: Int32, host: String, port: UInt16
  ) throws(TLSError) -> TLSSession {
    precondition(!context.isServer)
    var host = host.hasSuffix(".") ? String(host.dropLast()) : host
    if host.hasPrefix("[") && host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    let session = try TLSSession(context: context, descriptor: descriptor, host: host, port: port)
    try session.prepareClient(host: host)
    return session
  }

  private func prepareClient(host: String) throws(TLSError) {
    unsafe SSL_set_connect_state(handle)
    let isLiteral = SocketAddress(host: host, port: 0) != nil
    if !isLiteral, unsafe copenssl_set_server_name(handle, host) != 1 {
      throw TLSError(.configuration, "host \(host): not a server name: \(OpenSSLErrors.takeText())")
    }
    if context.verifiesPeer {
      let parameters = unsafe SSL_get0_param(handle)
      unsafe X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
      let accepted =
        unsafe isLiteral
        ? X509_VERIFY_PARAM_set1_ip_asc(parameters, host) : X509_VERIFY_PARAM_set1_host(parameters, host, 0)
      guard accepted == 1 else { throw TLSError(.configuration, "host \(host): cannot be verified") }
    }
    if let cacheKey, let cached = unsafe context.cache.take(for: cacheKey) {
      offersSession = true
      unsafe SSL_set_session(handle, cached)
      unsafe SSL_SESSION_free(cached)
    }
  }

  // MARK: Handshake

  /// Goes on with the handshake as far as the socket allows. Call it again when the socket is ready in the direction it names.
  public func handshake() -> HandshakeResult {
    if isEstablished { return .done }
    ERR_clear_error()
    errno = 0
    let result = unsafe SSL_do_handshake(handle)
    if result == 1 {
      isEstablished = true
      return .done
    }
    let code = errno
    switch unsafe SSL_get_error(handle, result) {
    case SSL_ERROR_WANT_READ: return .wantRead
    case SSL_ERROR_WANT_WRITE: return .wantWrite
    case let kind:
      isBroken = true
      let error = handshakeFailure(kind, errno: code)
      lastErrorText = error.message
      return .failed(error)
    }
  }

  private func handshakeFailure(_ kind: Int32, errno code: Int32) -> TLSError {
    if let verificationFailure {
      ERR_clear_error()
      return TLSError(.verification, "certificate verify failed: \(verificationFailure)")
    }
    if kind == SSL_ERROR_SYSCALL {
      ERR_clear_error()
      if code == 0 { return TLSError(.closed, "the peer closed the connection during the TLS handshake") }
      return TLSError(.closed, "TLS handshake: \(SystemError.text(for: code)) (\(code))")
    }
    if kind == SSL_ERROR_ZERO_RETURN || OpenSSLErrors.isFirst(sslReason: SSL_R_UNEXPECTED_EOF_WHILE_READING) {
      ERR_clear_error()
      return TLSError(.closed, "the peer closed the connection during the TLS handshake")
    }
    if OpenSSLErrors.isFirst(sslReason: SSL_R_HTTP_REQUEST) {
      ERR_clear_error()
      return TLSError(.protocol, "TLS handshake failed: the client speaks plain HTTP to a TLS port")
    }
    let hint = OpenSSLErrors.isFirst(sslReason: SSL_R_WRONG_VERSION_NUMBER) ? " (does the peer speak TLS?)" : ""
    return TLSError(.protocol, "TLS handshake failed: \(OpenSSLErrors.takeText())\(hint)")
  }

  // MARK: What was agreed on

  /// The version, such as `TLSv1.3`.
  public var version: String { unsafe String(cString: SSL_get_version(handle)) }

  /// The cipher suite by OpenSSL's name, such as `TLS_AES_256_GCM_SHA384`; nil before it is chosen.
  public var cipher: String? {
    guard let cipher = unsafe SSL_get_current_cipher(handle), let name = unsafe SSL_CIPHER_get_name(cipher) else {
      return nil
    }
    return unsafe String(cString: name)
  }

  /// The host name the client asked for (SNI).
  public var serverName: String? {
    guard let name = unsafe SSL_get_servername(handle, TLSEXT_NAMETYPE_host_name) else { return nil }
    return unsafe String(cString: name)
  }

  /// The application protocol agreed on (ALPN).
  public var applicationProtocol: String? {
    var base: UnsafePointer<UInt8>?
    var length: UInt32 = 0
    unsafe SSL_get0_alpn_selected(handle, &base, &length)
    guard let base = unsafe base, length > 0 else { return nil }
    return unsafe String(decoding: UnsafeBufferPointer(start: base, count: Int(length)), as: UTF8.self)
  }

  /// Whether the connection resumed an earlier session.
  public var resumed: Bool { unsafe SSL_session_reused(handle) == 1 }

  // MARK: Callbacks

  /// A session can be resumed from now on: keeps it for the host. Returns 1 when the reference was taken over.
  static func storeNewSession(_ handle: OpaquePointer?, _ new: OpaquePointer?) -> Int32 {
    guard let handle = unsafe handle, let new = unsafe new, let session = unsafe of(handle), let key = session.cacheKey
    else {
      return 0
    }
    unsafe session.context.cache.store(new, for: key)
    return 1
  }

  /// Called for each certificate of the peer's chain with OpenSSL's verdict; only takes note of why it was refused.
  static func verifyCertificate(_ verdict: Int32, _ store: OpaquePointer?) -> Int32 {
    guard verdict != 1, let store = unsafe store,
      let handle = unsafe X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
      let session = unsafe of(OpaquePointer(handle))
    else { return verdict }
    session.verificationFailure = unsafe TLSVerification.failure(store, host: session.expectedHost ?? "")
    return verdict
  }

  private static func of(_ handle: OpaquePointer) -> TLSSession? {
    guard let pointer = unsafe SSL_get_ex_data(handle, 0) else { return nil }
    return unsafe Unmanaged<TLSSession>.fromOpaque(pointer).takeUnretainedValue()
  }
}
