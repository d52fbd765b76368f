import CToriiPlugin

/// What the host's interfaces need of a request. The proxy's exchange is one; so is a scripted request of a test.
///
/// Methods are called on the worker's thread, from within a callback of a plugin (`PluginRuntime` has checked the
/// thread and the id). Views passed in are valid during the call; views given out are valid until the plugin's
/// callback returns.
@safe open class HostedRequest {
  /// The id that plugins know the request by; 0 while it has none.
  public final internal(set) var id: torii_request_id = 0
  /// The piece of memory that holds the state of all instances in the request's chain.
  public final var pluginState: UnsafeMutableRawPointer?
  /// Operations that are running for this request.
  public final var operations: [PluginOperation] = []

  /// Makes a request without an id.
  public init() {}

  // torii.headers/1
  open func header(
    _ map: UInt32, _ name: UnsafeRawBufferPointer, _ index: UInt32, _ value: inout torii_slice
  ) -> torii_status { TORII_E_UNSUPPORTED }
  open func header(
    _ map: UInt32, at position: UInt32, _ name: inout torii_slice, _ value: inout torii_slice
  ) -> torii_status { TORII_E_UNSUPPORTED }
  open func setHeader(
    _ map: UInt32, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, replace: Bool
  ) -> torii_status { TORII_E_UNSUPPORTED }
  open func removeHeader(_ map: UInt32, _ name: UnsafeRawBufferPointer) -> torii_status { TORII_E_UNSUPPORTED }

  // torii.request/1
  open func text(_ attribute: Int32, _ value: inout torii_slice) -> torii_status { TORII_E_UNSUPPORTED }
  open func number(_ attribute: Int32, _ value: inout Int64) -> torii_status { TORII_E_UNSUPPORTED }
  open func capture(_ name: UnsafeRawBufferPointer, _ value: inout torii_slice) -> torii_status { TORII_E_NOT_FOUND }

  // torii.upstream/1
  open func setTarget(_ target: borrowing torii_target) -> torii_status { TORII_E_UNSUPPORTED }
  open func setPath(_ path: UnsafeRawBufferPointer) -> torii_status { TORII_E_UNSUPPORTED }
  open func setQuery(_ query: UnsafeRawBufferPointer) -> torii_status { TORII_E_UNSUPPORTED }
  open func setMethod(_ method: UnsafeRawBufferPointer) -> torii_status { TORII_E_UNSUPPORTED }

  // torii.flow/1
  open func respond(_ response: borrowing torii_response) -> torii_status { TORII_E_UNSUPPORTED }
  open func setStatus(_ status: UInt32) -> torii_status { TORII_E_UNSUPPORTED }
  open func resume(_ instance: torii_instance_id) -> torii_status { TORII_E_UNSUPPORTED }

  // torii.body/1
  open func emit(_ instance: torii_instance_id, _ bytes: UnsafeRawBufferPointer) -> torii_status { TORII_E_UNSUPPORTED }

  // torii.log/1
  open func setLogValue(_ key: UnsafeRawBufferPointer, _ json: UnsafeRawBufferPointer) -> torii_status {
    TORII_E_UNSUPPORTED
  }
  open func redact(_ headerName: UnsafeRawBufferPointer) -> torii_status { TORII_E_UNSUPPORTED }
  open func logRecord(_ record: inout torii_slice) -> torii_status { TORII_E_UNSUPPORTED }

  /// An event of one of the request's instances: runs the callback and does what it answers.
  open func deliver(_ event: PluginEvent, to instance: PluginInstance) {}
}
