import CToriiPlugin

/// `torii.upstream/1`: where the request goes. In `access` and in a whole `requestBody`.
extension Request {
  /// Where a request goes instead of to its service.
  public struct Target {
    /// `http` or `https`.
    public var scheme: String
    /// Name or address, without port; becomes the Host field.
    public var host: String
    /// 0 for the scheme's.
    public var port: UInt32
    /// Milliseconds; 0 for the service's, or 60,000.
    public var connectTimeout: UInt32
    /// Milliseconds; 0 for the service's, or 60,000.
    public var writeTimeout: UInt32
    /// Milliseconds; 0 for the service's, or 60,000.
    public var readTimeout: UInt32

    /// Names a target.
    public init(
      scheme: String, host: String, port: UInt32 = 0, connectTimeout: UInt32 = 0, writeTimeout: UInt32 = 0,
      readTimeout: UInt32 = 0
    ) {
      self.scheme = scheme
      self.host = host
      self.port = port
      self.connectTimeout = connectTimeout
      self.writeTimeout = writeTimeout
      self.readTimeout = readTimeout
    }
  }

  /// Sends the request to `target` instead of to its service.
  public func setTarget(_ target: Target) throws(PluginError) {
    unsafe try PluginError.check(
      target.scheme.withBytes { scheme in
        unsafe target.host.withBytes { host in
          // Safe: the slices are of the target's texts, which live in these closures.
          guard let table = unsafe tables.pointee.upstream else { return TORII_E_UNSUPPORTED }
          var described = unsafe torii_target(
            struct_size: UInt32(MemoryLayout<torii_target>.size), flags: 0, scheme: torii_slice(scheme),
            host: torii_slice(host), port: target.port, connect_timeout: target.connectTimeout,
            write_timeout: target.writeTimeout, read_timeout: target.readTimeout)
          return unsafe table.pointee.set_target?(tables.pointee.context, rawID, &described) ?? TORII_E_UNSUPPORTED
        }
      })
  }

  /// Sets the path to send: beginning with `/`, already percent-encoded.
  @inlinable
  public func setPath(_ path: some ByteSource) throws(PluginError) {
    unsafe try PluginError.check(path.withBytes { unsafe setUpstream(.path, $0) })
  }

  /// Sets the query to send: without `?`, already encoded; empty for none. Without this call the client's is sent.
  @inlinable
  public func setQuery(_ query: some ByteSource) throws(PluginError) {
    unsafe try PluginError.check(query.withBytes { unsafe setUpstream(.query, $0) })
  }

  /// Sets the method to send.
  @inlinable
  public func setMethod(_ method: some ByteSource) throws(PluginError) {
    unsafe try PluginError.check(method.withBytes { unsafe setUpstream(.method, $0) })
  }

  /// Gives up the answer that has come, the gateway's own error included, to send the request once more. In `headerFilter`,
  /// in `bodyFilter` before the response's head is sent, and in `event` meanwhile.
  ///
  /// Until the callback returns, target, path, query, method and ``upstreamHeaders`` may be changed, from how they were sent
  /// last, and ``emit(_:)`` makes the body; without it there is none. The callback then returns ``Action/sendAgain``; every
  /// phase of the answer to come follows anew. Hosts before ABI 1.1 throw `.unsupported`, as do requests whose body was
  /// streamed.
  public func sendAgain() throws(PluginError) {
    // Safe: the table is the host's for as long as the plugin is loaded; what came with 1.1 is read only if it is there.
    guard let table = unsafe tables.pointee.upstream,
      unsafe table.pointee.struct_size >= UInt32(MemoryLayout<torii_upstream_interface>.size)
    else { throw PluginError(.unsupported, "this gateway cannot send a request again") }
    unsafe try PluginError.check(
      table.pointee.send_again?(tables.pointee.context, rawInstance, rawID) ?? TORII_E_UNSUPPORTED)
  }

  @usableFromInline
  enum UpstreamText { case path, query, method }

  @usableFromInline
  func setUpstream(_ text: UpstreamText, _ value: UnsafeRawBufferPointer) -> Int32 {
    // Safe: the slice's memory outlives the call.
    guard let table = unsafe tables.pointee.upstream else { return TORII_E_UNSUPPORTED }
    let function =
      switch text {
      case .path: unsafe table.pointee.set_path
      case .query: unsafe table.pointee.set_query
      case .method: unsafe table.pointee.set_method
      }
    return unsafe function?(tables.pointee.context, rawID, torii_slice(value)) ?? TORII_E_UNSUPPORTED
  }
}
