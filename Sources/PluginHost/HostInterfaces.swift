import CToriiPlugin

/// The interface tables, allocated once: plugins keep pointers to them.
@safe final class HostInterfaces {
  private var tables: [String: UnsafeRawPointer] = unsafe [:]

  init() {
    add(TORII_HEADERS_INTERFACE, HeadersInterface.table)
    add(TORII_REQUEST_INTERFACE, RequestInterface.table)
    add(TORII_UPSTREAM_INTERFACE, UpstreamInterface.table)
    add(TORII_FLOW_INTERFACE, FlowInterface.table)
    add(TORII_BODY_INTERFACE, BodyInterface.table)
    add(TORII_ASYNC_INTERFACE, AsyncInterface.table)
    add(TORII_LOG_INTERFACE, LogInterface.table)
    add(TORII_METRICS_INTERFACE, MetricsInterface.table)
    add(TORII_SHARED_INTERFACE, SharedInterface.table)
  }

  /// The table of an interface id, or `nil`.
  func table(named id: String) -> UnsafeRawPointer? { unsafe tables[id] }

  private func add<Table>(_ id: String, _ table: Table) {
    let pointer = UnsafeMutablePointer<Table>.allocate(capacity: 1)
    unsafe pointer.initialize(to: table)
    unsafe tables[id] = UnsafeRawPointer(pointer)
  }
}
