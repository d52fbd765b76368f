import CToriiPlugin

/// The gateway as one instance speaks to it: to be kept by the instance and, where functions say so, used by its threads.
///
/// Safety: `tables` lives as long as the process (``HostTables``). Functions of the worker's thread answer
/// ``PluginStatus/thread`` on another.
@safe public struct InstanceHandle: @unchecked Sendable {
  private let tables: UnsafePointer<HostTables>
  private let rawID: torii_instance_id

  init(_ tables: UnsafePointer<HostTables>, _ id: torii_instance_id) {
    unsafe self.tables = tables
    rawID = id
  }

  /// The instance's id.
  public var id: UInt64 { rawID }

  /// The gateway.
  public var host: Host { unsafe Host(tables) }

  /// What all workers see and what outlives reloads.
  public var shared: SharedStore { unsafe SharedStore(tables, rawID) }

  /// Writes one line to the gateway's log; the plugin's name is added. From any thread.
  public func log(_ level: LogLevel, _ message: some ByteSource) {
    unsafe message.withBytes { unsafe tables.pointee.log(level, $0, instance: rawID, request: 0) }
  }

  /// Continues a request that this instance has paused, as if its callback had returned ``Action/continue``.
  /// From any thread.
  public func resume(_ request: RequestID) throws(PluginError) {
    try PluginError.check(
      unsafe tables.pointee.flow?.pointee.resume?(tables.pointee.context, rawID, request.rawValue)
        ?? TORII_E_UNSUPPORTED)
  }

  /// Brings an ``Event/Kind/post`` with this token to the instance, on the request's worker. From any thread.
  public func post(_ request: RequestID, token: UInt64 = 0) throws(PluginError) {
    try PluginError.check(
      unsafe tables.pointee.flow?.pointee.post?(tables.pointee.context, rawID, request.rawValue, token)
        ?? TORII_E_UNSUPPORTED)
  }

  /// Starts a timer of the instance's own: ``PluginInstance/event(_:)-1`` after so many milliseconds.
  @discardableResult
  public func startTimer(milliseconds: UInt64, token: UInt64 = 0) throws(PluginError) -> OperationID {
    try unsafe OperationStart.timer(tables, rawID, 0, milliseconds, token)
  }

  /// Cancels an operation: no event will come for it.
  ///
  /// - Returns: false when its event has come or it is gone.
  @discardableResult
  public func cancel(_ operation: OperationID) -> Bool {
    unsafe tables.pointee.async?.pointee.cancel?(tables.pointee.context, rawID, operation.rawValue) == TORII_OK
  }
}

/// Starting operations.
///
/// Safety: the slices are of values that live in the closures.
enum OperationStart {
  static func timer(
    _ tables: UnsafePointer<HostTables>, _ instance: torii_instance_id, _ request: torii_request_id,
    _ milliseconds: UInt64, _ token: UInt64
  ) throws(PluginError) -> OperationID {
    var operation: torii_operation_id = 0
    try PluginError.check(
      unsafe tables.pointee.async?.pointee.timer?(
        tables.pointee.context, instance, request, milliseconds, token, &operation) ?? TORII_E_UNSUPPORTED)
    return OperationID(rawValue: operation)
  }

  static func call(
    _ tables: UnsafePointer<HostTables>, _ instance: torii_instance_id, _ request: torii_request_id, _ call: HTTPCall,
    _ token: UInt64
  ) throws(PluginError) -> OperationID {
    guard let function = unsafe tables.pointee.async?.pointee.http else { throw PluginError(.unsupported) }
    var operation: torii_operation_id = 0
    let status = unsafe call.method.withBytes { method in
      unsafe call.url.withBytes { url in
        unsafe call.body.withBytes { body in
          unsafe call.headers.withHeaders { headers, count in
            var described = unsafe torii_http_request(
              struct_size: UInt32(MemoryLayout<torii_http_request>.size), timeout: call.timeout,
              method: torii_slice(method), url: torii_slice(url), headers: headers, header_count: count,
              response_limit: call.responseLimit, body: torii_slice(body))
            return unsafe function(tables.pointee.context, instance, request, &described, token, &operation)
          }
        }
      }
    }
    try PluginError.check(status)
    return OperationID(rawValue: operation)
  }
}
