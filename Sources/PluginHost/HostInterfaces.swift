import CToriiPlugin
import Glibc

/// The interface tables, made once: plugins keep pointers to them.
///
/// They lie in memory that nobody can write to any more: a plugin that overruns something must not change what others call.
///
/// Safety: the memory is never given back, so that pointers into it live as long as the process.
@safe final class HostInterfaces {
  /// The table every plugin gets.
  let host: UnsafePointer<torii_host>
  private var tables: [String: UnsafeRawPointer] = unsafe [:]
  private let memory: UnsafeMutableRawPointer
  private var used = 0
  /// More than all tables together have.
  private static let room = 4096

  /// Makes the tables.
  init(host table: torii_host) {
    let room = Self.room
    let mapped = unsafe mmap(nil, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    if let mapped = unsafe mapped, unsafe mapped != MAP_FAILED {
      unsafe memory = mapped
    } else {
      unsafe memory = UnsafeMutableRawPointer.allocate(byteCount: room, alignment: 16)
    }
    unsafe host = unsafe UnsafePointer(memory.initializeMemory(as: torii_host.self, to: table))
    used = unsafe (MemoryLayout<torii_host>.size + 15) & ~15
    add(TORII_HEADERS_INTERFACE, HeadersInterface.table)
    add(TORII_REQUEST_INTERFACE, RequestInterface.table)
    add(TORII_UPSTREAM_INTERFACE, UpstreamInterface.table)
    add(TORII_FLOW_INTERFACE, FlowInterface.table)
    add(TORII_BODY_INTERFACE, BodyInterface.table)
    add(TORII_ASYNC_INTERFACE, AsyncInterface.table)
    add(TORII_LOG_INTERFACE, LogInterface.table)
    add(TORII_METRICS_INTERFACE, MetricsInterface.table)
    add(TORII_SHARED_INTERFACE, SharedInterface.table)
    // Without a mapping of its own this fails, and they stay as writable as anything else.
    unsafe mprotect(memory, room, PROT_READ)
  }

  /// The table of an interface id, or `nil`.
  func table(named id: String) -> UnsafeRawPointer? { unsafe tables[id] }

  private func add<Table>(_ id: String, _ table: Table) {
    let size = MemoryLayout<Table>.size
    // What would not fit would not be offered; the tables take less than half a page.
    guard used + size <= Self.room else { return }
    unsafe tables[id] = UnsafeRawPointer((memory + used).initializeMemory(as: Table.self, to: table))
    used = (used + size + 15) & ~15
  }
}
