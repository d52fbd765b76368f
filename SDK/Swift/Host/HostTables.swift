import CToriiPlugin

/// The host's table and interfaces, looked up once when the plugin starts.
///
/// Safety: the host keeps them until `stop` has returned (`torii/plugin.h` §2); an interface whose table is smaller than
/// its first version was counts as absent, so every field read lies within it.
@usableFromInline @unsafe
struct HostTables {
  let host: UnsafePointer<torii_host>
  let context: UnsafeMutableRawPointer?
  let headers: UnsafePointer<torii_headers_interface>?
  let request: UnsafePointer<torii_request_interface>?
  let upstream: UnsafePointer<torii_upstream_interface>?
  let flow: UnsafePointer<torii_flow_interface>?
  let body: UnsafePointer<torii_body_interface>?
  let async: UnsafePointer<torii_async_interface>?
  let logRecord: UnsafePointer<torii_log_interface>?
  let metrics: UnsafePointer<torii_metrics_interface>?
  let shared: UnsafePointer<torii_shared_interface>?

  init(_ host: UnsafePointer<torii_host>) {
    unsafe self.host = host
    unsafe context = host.pointee.context
    unsafe headers = Self.table(host, TORII_HEADERS_INTERFACE, atLeast: 48)
    unsafe request = Self.table(host, TORII_REQUEST_INTERFACE, atLeast: 32)
    unsafe upstream = Self.table(host, TORII_UPSTREAM_INTERFACE, atLeast: 40)
    unsafe flow = Self.table(host, TORII_FLOW_INTERFACE, atLeast: 40)
    unsafe body = Self.table(host, TORII_BODY_INTERFACE, atLeast: 24)
    unsafe async = Self.table(host, TORII_ASYNC_INTERFACE, atLeast: 32)
    unsafe logRecord = Self.table(host, TORII_LOG_INTERFACE, atLeast: 32)
    unsafe metrics = Self.table(host, TORII_METRICS_INTERFACE, atLeast: 24)
    unsafe shared = Self.table(host, TORII_SHARED_INTERFACE, atLeast: 40)
  }

  /// - Parameter size: bytes that the table has in its first version; whether it has what came later is asked by its size.
  private static func table<Interface>(
    _ host: UnsafePointer<torii_host>, _ id: String, atLeast size: Int
  ) -> UnsafePointer<Interface>? {
    guard let table = unsafe host.pointee.query_interface?(host.pointee.context, id),
      unsafe Int(table.load(as: UInt32.self)) >= size
    else { return nil }
    return unsafe table.assumingMemoryBound(to: Interface.self)
  }

  func has(_ interface: PluginDescriptor.Interface) -> Bool {
    unsafe host.pointee.query_interface?(context, interface.rawValue) != nil
  }

  @usableFromInline
  func log(
    _ level: LogLevel, _ message: UnsafeRawBufferPointer, instance: torii_instance_id, request: torii_request_id
  ) {
    unsafe host.pointee.log?(context, instance, request, level.rawValue, torii_slice(message))
  }
}

/// The tables of every host that has started this library: never freed, so that no copy of a ``Host`` or ``Request``
/// dangles, and reused when the same host starts the library again.
enum HostTablesStore {
  // Safe: start() is called on the worker's only thread.
  nonisolated(unsafe) private static var all: [UnsafeMutablePointer<HostTables>] = unsafe []

  static func tables(of host: UnsafePointer<torii_host>) -> UnsafePointer<HostTables> {
    let tables = unsafe HostTables(host)
    if let place = unsafe all.firstIndex(where: { unsafe $0.pointee.host == host }) {
      unsafe all[place].pointee = tables
      return unsafe UnsafePointer(all[place])
    }
    let new = UnsafeMutablePointer<HostTables>.allocate(capacity: 1)
    unsafe new.initialize(to: tables)
    unsafe all.append(new)
    return unsafe UnsafePointer(new)
  }
}
