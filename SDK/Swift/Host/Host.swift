import CToriiPlugin

/// Severity of a line in the gateway's log.
public enum LogLevel: Int32, Sendable {
  /// For whoever looks for a fault.
  case debug = 0
  /// What happens.
  case info = 1
  /// What happens seldom.
  case notice = 2
  /// What may need care.
  case warn = 3
  /// What failed.
  case error = 4
}

/// The gateway. Its functions may be called from any thread, except for those that define metrics.
///
/// Safety: `tables` lives as long as the process (``HostTables``); the functions it leads to are tagged [any].
@safe public struct Host: @unchecked Sendable {
  @usableFromInline let tables: UnsafePointer<HostTables>

  init(_ tables: UnsafePointer<HostTables>) { unsafe self.tables = tables }

  /// The gateway's version, e.g. `0.1.0`.
  public var version: String { unsafe tables.pointee.host.pointee.version.map { unsafe String(cString: $0) } ?? "" }

  /// Monotonic clock, nanoseconds.
  public var monotonicTime: UInt64 {
    unsafe tables.pointee.host.pointee.monotonic_time?(tables.pointee.context) ?? 0
  }

  /// Nanoseconds since 1970-01-01 UTC.
  public var wallTime: UInt64 { unsafe tables.pointee.host.pointee.wall_time?(tables.pointee.context) ?? 0 }

  /// Whether the gateway has an interface.
  public func has(_ interface: PluginDescriptor.Interface) -> Bool { unsafe tables.pointee.has(interface) }

  /// What all workers see and what outlives reloads, for ``Plugin/init(host:inspecting:)`` only: afterwards it is reached by
  /// an instance (``InstanceHandle/shared``).
  public var sharedWhileStarting: SharedStore { unsafe SharedStore(tables, 0) }

  /// Writes one line to the gateway's log; the plugin's name is added.
  public func log(_ level: LogLevel, _ message: some ByteSource) {
    unsafe message.withBytes { unsafe tables.pointee.log(level, $0, instance: 0, request: 0) }
  }
}
