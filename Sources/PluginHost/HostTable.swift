import CToriiPlugin
import Glibc

/// Finds the runtime behind the context pointer that a plugin hands back.
///
/// Safety: the host put its own unretained reference into the table (`PluginRuntime`), and lives as long as the process.
@inline(__always)
func withRuntime<Result>(_ context: UnsafeMutableRawPointer?, _ body: (PluginRuntime) -> Result) -> Result? {
  guard let context = unsafe context else { return nil }
  return unsafe Unmanaged<PluginRuntime>.fromOpaque(context)._withUnsafeGuaranteedRef { body($0) }
}

/// The bytes of a slice.
@inline(__always)
func bytes(_ slice: torii_slice) -> UnsafeRawBufferPointer {
  guard let data = unsafe slice.data else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
  return unsafe UnsafeRawBufferPointer(start: data, count: slice.size)
}

/// Runs a [worker] function on a living request: the thread and the id are checked first.
@inline(__always)
func onRequest(
  _ context: UnsafeMutableRawPointer?, _ id: torii_request_id, _ body: (any HostedRequest) -> torii_status
) -> torii_status {
  unsafe withRuntime(context) { runtime in
    guard pthread_equal(pthread_self(), runtime.thread) != 0 else { return TORII_E_THREAD }
    guard let request = runtime.requests.request(id) else { return TORII_E_STALE }
    return body(request)
  } ?? TORII_E_INVALID
}

/// The table every plugin gets.
enum HostTable {
  static func make(version: UnsafePointer<CChar>, context: UnsafeMutableRawPointer) -> torii_host {
    unsafe torii_host(
      struct_size: UInt32(MemoryLayout<torii_host>.size), abi_major: UInt16(TORII_ABI_MAJOR),
      abi_minor: UInt16(TORII_ABI_MINOR), version: version, context: context,
      query_interface: { context, id in
        guard let id = unsafe id else { return nil }
        return unsafe withRuntime(context) { unsafe $0.interfaces.table(named: String(cString: id)) } ?? nil
      },
      log: { context, instance, request, level, message in
        let text = unsafe String(decoding: bytes(message), as: UTF8.self)
        _ = unsafe withRuntime(context) { runtime in
          let write = {
            let running = runtime.current.instance?.library.name
            let starting = runtime.definingPlugin.isEmpty ? nil : runtime.definingPlugin
            let name = runtime.pluginName(of: instance) ?? running ?? starting ?? "plugin"
            runtime.logLine(min(max(level, TORII_LOG_DEBUG), TORII_LOG_ERROR), name, request, text)
          }
          // [any]: from a thread of the plugin's own the line is brought to the worker.
          if pthread_equal(pthread_self(), runtime.thread) != 0 {
            write()
          } else {
            runtime.onWorker(write)
          }
        }
      },
      monotonic_time: { _ in HostTable.clock(CLOCK_MONOTONIC) },
      wall_time: { _ in HostTable.clock(CLOCK_REALTIME) })
  }

  private static func clock(_ id: clockid_t) -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(id, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}

extension PluginRuntime {
  /// Brings work to the worker's thread.
  nonisolated func onWorker(_ work: @escaping () -> Void) {
    // The closure is only ever run on the worker's thread, by the loop that this hands it to.
    nonisolated(unsafe) let work = work
    operations?.onWorker { unsafe work() }
  }
}
