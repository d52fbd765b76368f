/// What becomes of plugins that are quarantined (`plugin_on_fault`).
public struct PluginFaultPolicy: Sendable, Hashable {
  private var bypassesByDefault = false
  private var exceptions: [String: Bool] = [:]

  /// Reads the words of the setting: `reject`, `bypass`, `NAME=reject`, `NAME=bypass`. Others count as nothing.
  public init(_ words: [String]) {
    for word in words {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard let action = parts.last, action == "bypass" || action == "reject" else { continue }
      if parts.count == 2 { exceptions[parts[0]] = action == "bypass" } else { bypassesByDefault = action == "bypass" }
    }
  }

  static func isValid(_ word: String) -> Bool {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard let action = parts.last, action == "bypass" || action == "reject" else { return false }
    return parts.count == 1 || !parts[0].isEmpty
  }

  /// Whether requests go on without the plugin; else its routes are refused.
  public func isBypassed(_ plugin: String) -> Bool { exceptions[plugin] ?? bypassesByDefault }
}
