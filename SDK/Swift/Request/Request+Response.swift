import CToriiPlugin

/// `torii.flow/1` and `torii.body/1`: what the client gets.
extension Request {
  /// Sets a response of the plugin's own. The gateway adds framing, Date and Server; header filter, body filter and log
  /// of the whole chain still run. A second call in one callback replaces the first.
  ///
  /// - Returns: ``Action/respond``, for `return try request.respond(…)`.
  /// - Throws: ``PluginStatus/sent`` once a response head is on its way; ``PluginStatus/invalid`` for a status outside 200
  ///   to 599 or a malformed field.
  @inlinable
  public func respond(
    status: UInt32, headers: HeaderList = HeaderList(), body: some ByteSource = ByteView.empty
  ) throws(PluginError) -> Action {
    unsafe try PluginError.check(body.withBytes { unsafe setResponse(status, headers, $0) })
    return .respond
  }

  /// Changes the status of the response: from `headerFilter` until its head is sent.
  public func setStatus(_ status: UInt32) throws(PluginError) {
    // Safe: a call by the ABI's rules.
    try PluginError.check(
      unsafe tables.pointee.flow?.pointee.set_status?(tables.pointee.context, rawID, status) ?? TORII_E_UNSUPPORTED)
  }

  /// Passes bytes on, in place of the piece given: in `requestBody` and `bodyFilter`, and in `event`, towards the client,
  /// between the first and the last call of `bodyFilter`. Empty bytes make the host send the response's head now.
  @inlinable
  public func emit(_ bytes: some ByteSource) throws(PluginError) {
    unsafe try PluginError.check(bytes.withBytes { unsafe emission(of: $0) })
  }

  /// As ``emit(_:)``, without a copy.
  ///
  /// - Parameters:
  ///   - bytes: memory that stays as it is until `release` is called.
  ///   - release: called once with `context` when the bytes are no longer needed, also when this function throws.
  @unsafe public func emitOwned(
    _ bytes: UnsafeRawBufferPointer, context: UnsafeMutableRawPointer?,
    release: @escaping @convention(c) (UnsafeMutableRawPointer?) -> Void
  ) throws(PluginError) {
    guard let function = unsafe tables.pointee.body?.pointee.emit_owned else {
      unsafe release(context)
      throw PluginError(.unsupported)
    }
    try PluginError.check(
      unsafe function(tables.pointee.context, rawInstance, rawID, torii_slice(bytes), release, context))
  }

  // Safety of the calls: slices are of memory that outlives them.

  @usableFromInline
  func setResponse(_ status: UInt32, _ headers: HeaderList, _ body: UnsafeRawBufferPointer) -> Int32 {
    guard let function = unsafe tables.pointee.flow?.pointee.respond else { return TORII_E_UNSUPPORTED }
    return unsafe headers.withHeaders { headers, count in
      var response = unsafe torii_response(
        struct_size: UInt32(MemoryLayout<torii_response>.size), status: status, headers: headers, header_count: count,
        flags: 0, body: torii_slice(body))
      return unsafe function(tables.pointee.context, rawID, &response)
    }
  }

  @usableFromInline
  func emission(of bytes: UnsafeRawBufferPointer) -> Int32 {
    unsafe tables.pointee.body?.pointee.emit?(tables.pointee.context, rawInstance, rawID, torii_slice(bytes))
      ?? TORII_E_UNSUPPORTED
  }
}
