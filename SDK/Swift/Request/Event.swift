import CToriiPlugin

/// Something that happened while a request waited, or on its own time: what a timer, call-out or post brings.
///
/// The views are valid until the callback returns.
public struct Event {
  /// What happened.
  public enum Kind: UInt32, Sendable {
    /// A timer ran out.
    case timer = 1
    /// A call-out ended; see ``Event/httpStatus``, ``Event/body``, ``Event/failure``, and ``Request/callOutHeaders``.
    case call = 2
    /// ``InstanceHandle/post(_:token:)`` was called from some thread.
    case post = 3
    /// The plugin paused for too long; after this the request is answered with 504.
    case pauseTimeout = 4
    /// The client or the upstream is gone while paused; `log` follows.
    case aborted = 5
  }

  /// What happened; `nil` for a kind that this SDK does not know.
  public let kind: Kind?
  /// The operation that ended.
  public let operation: OperationID
  /// What the plugin gave when it started the operation or posted.
  public let token: UInt64
  /// A call-out: the status of the response, 0 when none came.
  public let httpStatus: UInt32
  /// A call-out: the response's content.
  public let body: ByteView
  /// A call-out that failed: `nil` when a response came.
  public let failure: PluginStatus?
  /// Why it failed.
  public let message: ByteView

  init(_ arguments: UnsafePointer<torii_event_args>) {
    kind = unsafe Kind(rawValue: arguments.pointee.kind)
    operation = unsafe OperationID(rawValue: arguments.pointee.operation)
    token = unsafe arguments.pointee.token
    httpStatus = unsafe arguments.pointee.http_status
    body = unsafe arguments.pointee.body.view
    failure = unsafe arguments.pointee.status < 0 ? PluginStatus(rawValue: arguments.pointee.status) : nil
    message = unsafe arguments.pointee.message.view
  }
}
