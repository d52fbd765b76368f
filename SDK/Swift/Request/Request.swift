import CToriiPlugin

/// A request, for as long as a callback runs: every question and order to the host about it.
///
/// It is a name, not an object: three words that are copied freely. To reach the request later or from another thread
/// keep its ``id`` and use the ``InstanceHandle``. Calls on a request that has ended throw ``PluginStatus/stale``.
///
/// Safety: `tables` lives as long as the process (``HostTables``).
@safe public struct Request {
  @usableFromInline let tables: UnsafePointer<HostTables>
  @usableFromInline let rawID: torii_request_id
  @usableFromInline let rawInstance: torii_instance_id

  @inline(__always)
  init(_ tables: UnsafePointer<HostTables>, _ id: torii_request_id, _ instance: torii_instance_id) {
    unsafe self.tables = tables
    rawID = id
    rawInstance = instance
  }

  /// The request's name.
  public var id: RequestID { RequestID(rawValue: rawID) }

  /// The instance that is being called.
  public var instance: InstanceHandle { unsafe InstanceHandle(tables, rawInstance) }

  /// The gateway.
  public var host: Host { unsafe Host(tables) }

  /// Fields of the request as the client sent them; they never change.
  public var headers: HeaderMap { HeaderMap(request: self, map: 1) }
  /// Fields of the request as they will be sent upstream; changeable in `access` and in a whole `requestBody`.
  public var upstreamHeaders: HeaderMap { HeaderMap(request: self, map: 2) }
  /// Fields of the response as they will be sent to the client; changeable from `headerFilter` until sent.
  public var responseHeaders: HeaderMap { HeaderMap(request: self, map: 3) }
  /// Fields of the response to a call-out; in its event only.
  public var callOutHeaders: HeaderMap { HeaderMap(request: self, map: 4) }

  /// The request's log record.
  public var log: LogRecord { LogRecord(request: self) }

  /// Writes one line to the gateway's log; the plugin's name and the request are added.
  public func logLine(_ level: LogLevel, _ message: some ByteSource) {
    unsafe message.withBytes { unsafe tables.pointee.log(level, $0, instance: rawInstance, request: rawID) }
  }
}

/// The name of a request, for as long as it lives; to be kept, compared, and given to other threads.
public struct RequestID: RawRepresentable, Hashable, Sendable {
  /// The id, never used twice; 0 names none.
  public let rawValue: UInt64
  /// Names a request.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// A started timer or call-out.
public struct OperationID: RawRepresentable, Hashable, Sendable {
  /// The id; 0 names none.
  public let rawValue: UInt64
  /// Names an operation.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
}
