import Configuration
import Glibc

/// Keeps account of the workers' faults and says which plugin has had too many.
struct FaultLedger {
  private let limit: Int
  /// Nanoseconds.
  private let window: UInt64
  private let settings: GatewaySettings
  private var faults: [String: [(time: UInt64, isSuspicion: Bool)]] = [:]

  init(settings: GatewaySettings) {
    self.settings = settings
    limit = settings.pluginCrashLimit
    window = UInt64(settings.pluginCrashWindow) * 1_000_000
  }

  /// Takes note of a fault. One that the plugin is only suspected of counts half.
  /// - Returns: how many the plugin has had within the window, when that is too many.
  mutating func add(_ plugin: String, isSuspicion: Bool = false, at now: UInt64) -> Int? {
    let recent = (faults[plugin] ?? []).filter { now &- $0.time < window } + [(now, isSuspicion)]
    faults[plugin] = recent
    guard recent.reduce(0, { $0 + ($1.isSuspicion ? 1 : 2) }) >= limit * 2 else { return nil }
    faults[plugin] = nil
    return recent.count
  }

  /// Whether requests go on without the plugin when it is quarantined.
  func isBypassed(_ plugin: String) -> Bool { settings.pluginOnFault.isBypassed(plugin) }
}
