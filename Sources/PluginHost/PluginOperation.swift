import CToriiPlugin

/// A timer or call-out that a plugin started. The proxy subclasses it for each kind.
open class PluginOperation {
  /// The id that the plugin knows it by.
  public final let id: torii_operation_id
  /// What the plugin gave to recognise it.
  public final let token: UInt64
  /// The instance that started it. By id: an operation does not keep its instance alive.
  public final let instanceID: torii_instance_id
  /// The request it belongs to; 0 for an instance's own.
  public final let requestID: torii_request_id

  /// Makes an operation.
  public init(id: torii_operation_id, token: UInt64, instanceID: torii_instance_id, requestID: torii_request_id) {
    self.id = id
    self.token = token
    self.instanceID = instanceID
    self.requestID = requestID
  }

  /// Stops it: no event follows.
  open func cancel() {}

  /// Bytes that the host keeps for it now.
  open var heldBytes: Int { 0 }
}

/// What an event callback is told. Views live as long as the call.
@unsafe public struct PluginEvent {
  /// `TORII_EVENT_…`
  public var kind: Int32
  /// The operation that ended, or 0.
  public var operation: torii_operation_id = 0
  /// The plugin's token.
  public var token: UInt64 = 0
  /// How a call-out went.
  public var status: torii_status = TORII_OK
  /// The status of a call-out's response.
  public var httpStatus: UInt32 = 0
  /// The content of a call-out's response.
  public var body = unsafe torii_slice()
  /// Why a call-out failed.
  public var message = unsafe torii_slice()

  /// Makes an event of a kind.
  public init(kind: Int32) { unsafe self.kind = kind }
}

/// What the proxy does for `torii.async/1`.
public protocol OperationStarter: AnyObject {
  /// Starts a timer. `request` is `nil` for an instance's own.
  func startTimer(
    _ id: torii_operation_id, instance: PluginInstance, request: (any HostedRequest)?, delay: UInt64, token: UInt64
  ) -> PluginOperation
  /// Starts a call-out; a bad request is refused with a status.
  func startHTTP(
    _ id: torii_operation_id, instance: PluginInstance, request: any HostedRequest,
    _ httpRequest: borrowing torii_http_request, token: UInt64
  ) -> Result<PluginOperation, OperationRefused>
  /// Brings work to the worker's thread, from any thread.
  nonisolated func onWorker(_ work: @escaping @Sendable () -> Void)
}

/// Why an operation was not started.
public struct OperationRefused: Error {
  /// The status for the plugin.
  public let status: torii_status
  /// Makes a refusal.
  public init(_ status: torii_status) { self.status = status }
}
