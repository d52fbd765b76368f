import CToriiPlugin

/// What the host's interfaces need of a request. The proxy's exchange is one; so is a scripted request of a test.
///
/// Methods are called on the worker's thread, from within a callback of a plugin (`PluginRuntime` has checked the
/// thread and the id). Views passed in are valid during the call; views given out are valid until the plugin's
/// callback returns. The methods answer with a `torii_status`, as `torii/plugin.h` §4 specifies for each.
public protocol HostedRequest: AnyObject {
  /// The id that plugins know the request by, given by ``RequestTable``; 0 while it has none.
  var id: torii_request_id { get set }
  /// The id of the route it came by.
  var routeIdentifier: IdentifierWords { get }
  /// Operations that are running for this request.
  var operations: [PluginOperation] { get set }

  // torii.headers/1

  /// A field's value by name.
  func header(
    _ map: UInt32, _ name: UnsafeRawBufferPointer, _ index: UInt32, _ value: inout torii_slice
  ) -> torii_status
  /// A field line by position.
  func header(
    _ map: UInt32, at position: UInt32, _ name: inout torii_slice, _ value: inout torii_slice
  ) -> torii_status
  /// Adds a field, in place of those of the same name when `replace` is set.
  func setHeader(
    _ map: UInt32, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, replace: Bool
  ) -> torii_status
  /// Removes all fields of a name.
  func removeHeader(_ map: UInt32, _ name: UnsafeRawBufferPointer) -> torii_status

  // torii.request/1

  /// One of `TORII_TEXT_…`.
  func text(_ attribute: Int32, _ value: inout torii_slice) -> torii_status
  /// One of `TORII_NUMBER_…`.
  func number(_ attribute: Int32, _ value: inout Int64) -> torii_status
  /// A group of the route's regular expression.
  func capture(_ name: UnsafeRawBufferPointer, _ value: inout torii_slice) -> torii_status

  // torii.upstream/1

  /// Sends the request elsewhere.
  func setTarget(_ target: borrowing torii_target) -> torii_status
  /// Changes the upstream path.
  func setPath(_ path: UnsafeRawBufferPointer) -> torii_status
  /// Changes the upstream query.
  func setQuery(_ query: UnsafeRawBufferPointer) -> torii_status
  /// Changes the upstream method.
  func setMethod(_ method: UnsafeRawBufferPointer) -> torii_status
  /// Begins to send the request upstream once more.
  func sendAgain(_ instance: torii_instance_id) -> torii_status

  // torii.flow/1

  /// Sets a response of the plugin's own.
  func respond(_ response: borrowing torii_response) -> torii_status
  /// Changes the response's status.
  func setStatus(_ status: UInt32) -> torii_status
  /// Continues a request that the instance has paused.
  func resume(_ instance: torii_instance_id) -> torii_status

  // torii.body/1

  /// Passes content on.
  func emit(_ instance: torii_instance_id, _ bytes: UnsafeRawBufferPointer) -> torii_status

  // torii.log/1

  /// Puts a value into the log record.
  func setLogValue(_ key: UnsafeRawBufferPointer, _ json: UnsafeRawBufferPointer) -> torii_status
  /// Keeps a request header's value out of the log record.
  func redact(_ headerName: UnsafeRawBufferPointer) -> torii_status
  /// The log record.
  func logRecord(_ record: inout torii_slice) -> torii_status

  /// Says how many bytes are kept for which instance now.
  func reportHeld(_ add: (_ instance: PluginInstance, _ bytes: Int) -> Void)

  /// An event of one of the request's instances: runs the callback and does what it answers.
  func deliver(_ event: PluginEvent, to instance: PluginInstance)
}

extension HostedRequest {
  /// A request for which nothing is kept.
  public func reportHeld(_ add: (_ instance: PluginInstance, _ bytes: Int) -> Void) {}
  /// A request outside of a route.
  public var routeIdentifier: IdentifierWords { .none }
}
