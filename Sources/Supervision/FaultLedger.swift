import Configuration
import Glibc

/// Keeps account of the workers' faults and says which plugin has had too many.
struct FaultLedger {
  private let limit: Int
  /// Nanoseconds.
  private let window: UInt64
  private let settings: GatewaySettings
  private var times: [String: [UInt64]] = [:]

  init(settings: GatewaySettings) {
    self.settings = settings
    limit = settings.pluginCrashLimit
    window = UInt64(settings.pluginCrashWindow) * 1_000_000
  }

  /// Takes note of a fault.
  /// - Returns: how many the plugin has had within the window, when that is too many.
  mutating func add(_ plugin: String, at now: UInt64) -> Int? {
    let recent = (times[plugin] ?? []).filter { now &- $0 < window } + [now]
    times[plugin] = recent
    guard recent.count >= limit else { return nil }
    times[plugin] = nil
    return recent.count
  }

  /// Whether requests go on without the plugin when it is quarantined.
  func isBypassed(_ plugin: String) -> Bool { settings.pluginOnFault.isBypassed(plugin) }
}
