/// `torii.async/1`: operations that end in an event of this request, or in none when it ends before.
extension Request {
  /// Starts a timer: ``PluginInstance/event(_:_:_:)`` after so many milliseconds.
  ///
  /// - Throws: ``PluginStatus/limit`` when 64 operations of this request and instance are running.
  @discardableResult
  public func startTimer(milliseconds: UInt64, token: UInt64 = 0) throws(PluginError) -> OperationID {
    try unsafe OperationStart.timer(tables, rawInstance, rawID, milliseconds, token)
  }

  /// Has the host make a request: ``PluginInstance/event(_:_:_:)`` with what came of it.
  ///
  /// - Throws: ``PluginStatus/limit`` as for timers; ``PluginStatus/invalid`` for a malformed URL, method or field.
  @discardableResult
  public func call(_ call: HTTPCall, token: UInt64 = 0) throws(PluginError) -> OperationID {
    try unsafe OperationStart.call(tables, rawInstance, rawID, call, token)
  }

  /// Cancels an operation: no event will come for it.
  ///
  /// - Returns: false when its event has come or it is gone.
  @discardableResult
  public func cancel(_ operation: OperationID) -> Bool { instance.cancel(operation) }
}

/// A request that the host makes on the plugin's behalf.
public struct HTTPCall {
  /// `GET`, …
  public var method: String
  /// Absolute, `http` or `https`.
  public var url: String
  /// Fields to send.
  public var headers: HeaderList
  /// Content to send.
  public var body: [UInt8]
  /// Milliseconds for the whole; 0 for 60,000.
  public var timeout: UInt32
  /// Bytes of content accepted; 0 for 1 MiB.
  public var responseLimit: UInt32

  /// Describes a call.
  public init(
    method: String = "GET", url: String, headers: HeaderList = HeaderList(), body: [UInt8] = [], timeout: UInt32 = 0,
    responseLimit: UInt32 = 0
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.timeout = timeout
    self.responseLimit = responseLimit
  }
}
