import Glibc

/// The folders in which plugins are looked for: `lib<name>.so`.
public struct PluginSearchPath: Sendable {
  /// The folders, first match wins.
  public let folders: [String]

  /// - Parameters:
  ///   - configured: `plugin_path` of the settings.
  ///   - environment: `TORII_PLUGIN_PATH`, colon separated.
  ///   - executable: the running executable; its own folder, and `../lib/torii/plugins` from there, come last.
  public init(configured: [String], environment: String?, executable: String) {
    var folders = configured
    folders += (environment ?? "").split(separator: ":").map(String.init)
    let folder = executable.lastIndex(of: "/").map { String(executable[..<$0]) } ?? "."
    folders += [folder, folder + "/../lib/torii/plugins"]
    var seen: Set<String> = []
    self.folders = folders.filter { !$0.isEmpty && seen.insert($0).inserted }
  }

  /// The library of a plugin, or `nil` when no folder has one.
  public func library(named name: String) -> String? {
    guard !name.contains("/") else { return nil }
    return folders.lazy.map { "\($0)/lib\(name).so" }.first { unsafe access($0, R_OK) == 0 }
  }
}
