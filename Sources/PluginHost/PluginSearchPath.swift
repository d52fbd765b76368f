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

  /// The names of all files that could be plugins: `lib<name>.so` with a plugin's name.
  public func pluginNames() -> [String] {
    var names: [String] = []
    for folder in folders {
      guard let directory = unsafe opendir(folder) else { continue }
      defer { unsafe closedir(directory) }
      while let entry = unsafe readdir(directory) {
        let file = unsafe withUnsafeBytes(of: entry.pointee.d_name) { bytes in
          unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        guard file.hasPrefix("lib"), file.hasSuffix(".so") else { continue }
        let name = String(file.dropFirst(3).dropLast(3))
        let isName = name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        if isName, !name.isEmpty, name.utf8.count <= 63 { names.append(name) }
      }
    }
    return names
  }

  /// The library of a plugin, or `nil` when no folder has one.
  public func library(named name: String) -> String? {
    guard !name.contains("/") else { return nil }
    return folders.lazy.map { "\($0)/lib\(name).so" }.first { unsafe access($0, R_OK) == 0 }
  }
}
