import COpenSSL

/// What OpenSSL asks a server during a handshake.
///
/// Safety: `argument` is the unretained `TLSContext` that installed the callback; its sessions keep it alive. The names and lists are
/// OpenSSL's and are only read during the call.
extension TLSContext {
  /// Switches a session to the certificate for the name the client asked for.
  static func chooseCertificate(_ session: OpaquePointer?, _ argument: UnsafeMutableRawPointer?) -> Int32 {
    guard let session = unsafe session, let argument = unsafe argument,
      let name = unsafe SSL_get_servername(session, TLSEXT_NAMETYPE_host_name)
    else { return SSL_TLSEXT_ERR_NOACK }
    let context = unsafe Unmanaged<TLSContext>.fromOpaque(argument).takeUnretainedValue()
    if let chosen = unsafe context.names.context(for: String(cString: name)), unsafe chosen != SSL_get_SSL_CTX(session)
    {
      unsafe SSL_set_SSL_CTX(session, chosen)
    }
    return SSL_TLSEXT_ERR_OK
  }

  /// Picks the first of our application protocols that the client offers; none in common ends the handshake with the alert
  /// `no_application_protocol` (RFC 7301 section 3.2).
  static func chooseApplicationProtocol(
    _ out: UnsafeMutablePointer<UnsafePointer<UInt8>?>?, _ outLength: UnsafeMutablePointer<UInt8>?,
    _ offered: UnsafePointer<UInt8>?, _ length: UInt32, _ argument: UnsafeMutableRawPointer?
  ) -> Int32 {
    guard let out = unsafe out, let outLength = unsafe outLength, let argument = unsafe argument else {
      return SSL_TLSEXT_ERR_ALERT_FATAL
    }
    let context = unsafe Unmanaged<TLSContext>.fromOpaque(argument).takeUnretainedValue()
    let list = unsafe UnsafeBufferPointer(start: offered, count: Int(length))
    let own = context.applicationProtocols
    var ownStart = 0
    while ownStart < own.count {
      let ownEnd = min(own.count, ownStart + 1 + Int(own[ownStart]))
      var start = 0
      while start < list.count {
        let end = start + 1 + Int(unsafe list[start])
        guard end <= list.count else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        if unsafe list[start..<end].elementsEqual(own[ownStart..<ownEnd]) {
          // Points into the client's list, which OpenSSL keeps until it has copied the choice.
          unsafe out.pointee = list.baseAddress.map { unsafe $0 + start + 1 }
          unsafe outLength.pointee = list[start]
          return SSL_TLSEXT_ERR_OK
        }
        start = end
      }
      ownStart = ownEnd
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL
  }
}
