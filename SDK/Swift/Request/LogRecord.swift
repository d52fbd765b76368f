import CToriiPlugin

/// `torii.log/1`: a request's log record.
public struct LogRecord {
  @usableFromInline let request: Request

  init(request: Request) { self.request = request }

  /// Puts a JSON value at a dotted key (`ai.proxy.usage`), in any phase; replaces what was there.
  ///
  /// - Throws: ``PluginStatus/invalid`` when `json` is not JSON.
  @inlinable
  public func set(_ key: some ByteSource, json: some ByteSource) throws(PluginError) {
    unsafe try PluginError.check(key.withBytes { key in unsafe json.withBytes { unsafe setting(key, $0) } })
  }

  /// Keeps the value of a request header out of every log record.
  @inlinable
  public func redact(_ headerName: some ByteSource) throws(PluginError) {
    unsafe try PluginError.check(headerName.withBytes { unsafe redaction(of: $0) })
  }

  /// In `log`: the whole record as one JSON object without line breaks, valid until the callback returns.
  public func record() throws(PluginError) -> ByteView {
    // Safe: what comes out is a view by the ABI's rules.
    var json = unsafe torii_slice()
    try PluginError.check(
      unsafe request.tables.pointee.logRecord?.pointee.record?(
        request.tables.pointee.context, request.rawID, &json) ?? TORII_E_UNSUPPORTED)
    return unsafe json.view
  }

  // Safety of the calls: slices are of memory that outlives them.

  @usableFromInline
  func setting(_ key: UnsafeRawBufferPointer, _ json: UnsafeRawBufferPointer) -> Int32 {
    unsafe request.tables.pointee.logRecord?.pointee.set?(
      request.tables.pointee.context, request.rawID, torii_slice(key), torii_slice(json)) ?? TORII_E_UNSUPPORTED
  }

  @usableFromInline
  func redaction(of name: UnsafeRawBufferPointer) -> Int32 {
    unsafe request.tables.pointee.logRecord?.pointee.redact?(
      request.tables.pointee.context, request.rawID, torii_slice(name)) ?? TORII_E_UNSUPPORTED
  }
}
