import Configuration
import Glibc
import PluginHost
import Supervision

/// The plugins that there are: where their libraries were found, what inspectors found in them, and their copies in the
/// gateway's own store.
public final class PluginCatalog {
  let searchPath: PluginSearchPath
  /// `nil`: libraries are used where they lie (`torii check`, one process).
  private let store: LibraryStore?
  let board: Board?
  let log: GatewayLog
  /// What the files that were taken into the store looked like then, by path.
  private var origins: [String: GenerationDocument.Library] = [:]
  /// Where copies in the store were taken from.
  private var sources: [String: String] = [:]
  /// The plugins that were found, by name.
  public internal(set) var descriptions: [String: PluginDescription] = [:]
  /// Libraries that were found and cannot be used.
  public private(set) var refused: [(path: String, reason: String)] = []

  init(settings: GatewaySettings, isStaging: Bool, board: Board?, log: GatewayLog) {
    searchPath = PluginSearchPath(
      configured: settings.pluginPath, environment: nil, executable: RunningProcess.executable)
    store = isStaging ? LibraryStore(folder: settings.prefix + "/libraries") : nil
    self.board = board
    self.log = log
    bundled = settings.plugins.flatMap { $0 == "bundled" ? ["ai-proxy", "file-log"] : [$0] }
  }

  /// The plugins that the settings name.
  private let bundled: [String]

  /// The folders plugins are looked for in.
  public var folders: [String] { searchPath.folders }

  /// Looks for the libraries of these plugins, and of those the settings name, and asks those that have changed what they
  /// are.
  public func refresh(named names: Set<String> = []) {
    let paths = names.union(bundled).sorted().compactMap { searchPath.library(named: $0) }
    let changed = paths.filter { origins[$0] == nil || GenerationDocument.Library.at($0) != origins[$0] }
    guard !changed.isEmpty else { return }
    for (path, reason) in inspect(changed) { log.write(.error, "plugin library \(path): \(reason)") }
  }

  /// Looks through all folders for plugins that are not known yet. What is no plugin is passed over.
  public func refreshAll() {
    var paths: [String] = []
    var seen = Set(descriptions.keys)
    for name in searchPath.pluginNames() where seen.insert(name).inserted {
      if let path = searchPath.library(named: name) { paths.append(path) }
    }
    guard !paths.isEmpty else { return }
    inspect(paths)
  }

  /// Takes libraries into the store and asks the copies what they are.
  /// - Returns: why some cannot be used, by the path they came from.
  @discardableResult
  private func inspect(_ paths: [String]) -> [(path: String, reason: String)] {
    var failures: [(path: String, reason: String)] = []
    var origin: [String: String] = [:]
    var staged: [String: GenerationDocument.Library] = [:]
    for path in paths {
      origins[path] = GenerationDocument.Library.at(path)
      guard let store else {
        origin[path] = path
        continue
      }
      do {
        let copy = try store.stage(path)
        origin[copy.path] = path
        sources[copy.path] = path
        staged[copy.path] = copy
      } catch  where (board?.servedGeneration ?? 0) > 0 {
        // What is in service goes on from its copy.
        failures.append((path, "cannot be copied into the gateway's own store: \(error)"))
      } catch {
        // At the start it is better served from where it lies than not at all; but then it must not be overwritten in place.
        log.write(.warn, "plugin library \(path) is used where it lies, since it cannot be copied: \(error)")
        origin[path] = path
      }
    }
    let answer = Inspector.ask(.init(libraries: origin.keys.sorted()))
    for var plugin in answer.plugins {
      // A copy is known by its hash, wherever it lies.
      if let copy = staged[plugin.library.path] { plugin.library = copy }
      do throws(PluginSchemaError) {
        _ = try PluginSchema(parsing: plugin.schema ?? "{\"type\":\"object\"}")
        descriptions[plugin.name] = plugin
      } catch {
        failures.append(
          (origin[plugin.library.path] ?? plugin.library.path, "its config_schema cannot be used: \(error)"))
      }
    }
    failures += answer.refused.map { (origin[$0.path] ?? $0.path, $0.reason) }
    refused = refused.filter { entry in !paths.contains(entry.path) } + failures
    return failures
  }

  /// The schemas of the plugins that were found.
  public var schemas: [String: PluginSchema] {
    var schemas: [String: PluginSchema] = [:]
    for (name, description) in descriptions {
      if let schema = try? PluginSchema(parsing: description.schema ?? "{\"type\":\"object\"}") {
        schemas[name] = schema
      }
    }
    return schemas
  }

  /// A copy in the store; `nil` when the path names none.
  func copy(at path: String) -> GenerationDocument.Library? { store?.copy(at: path) }

  /// Where a library was taken from.
  func source(of library: GenerationDocument.Library) -> String { source(of: library.path) }

  /// Where the library at a path was taken from.
  func source(of path: String) -> String { sources[path] ?? path }

  /// Whether the library that a plugin would be loaded from now is not there, or cannot be used.
  func isGone(_ name: String) -> Bool {
    guard let library = searchPath.library(named: name) else { return true }
    return refused.contains { $0.path == library }
  }

  /// What a watcher compares: the libraries that were looked at, as they are now.
  public var watched: [String: String] {
    origins.keys.reduce(into: [:]) { $0[$1] = GenerationDocument.Library.at($1)?.identity ?? "" }
  }

  /// Removes the copies of libraries that no generation names any more. Those that requests still run on stay in memory.
  func removeCopies(but used: Set<String>) {
    let kept = used.union(descriptions.values.map(\.library.path))
    store?.removeAll(but: kept)
    sources = sources.filter { kept.contains($0.key) }
  }
}
