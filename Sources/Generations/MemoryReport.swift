import Glibc
import JSON
import SharedStore
import Supervision

/// What plugins hold, for the status: of the workers' memory, and of the memory that all processes share.
final class MemoryReport {
  /// How long what was read of the workers' maps is good for, in seconds: reading them holds a worker up a little.
  private static let lifetime = 2
  private let store: SharedStore?
  private var known: [PluginMemory] = []
  private var readAt = -MemoryReport.lifetime

  init(store: SharedStore?) { self.store = store }

  private func number(_ value: some BinaryInteger) -> JSONNode { JSONNode(.number(String(value))) }

  /// By plugin and version.
  func plugins(_ board: Board?) -> [JSONNode] {
    guard let board else { return [] }
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    if now.tv_sec - readAt >= Self.lifetime {
      known = board.pluginMemory
      readAt = now.tv_sec
    }
    return known.map { plugin in
      JSONNode(
        .object([
          .init(name: "plugin", value: JSONNode(.string(plugin.name))),
          .init(name: "version", value: JSONNode(.string(plugin.version))),
          .init(name: "instances", value: number(plugin.instances)),
          .init(name: "library_bytes", value: number(plugin.libraryBytes)),
          .init(name: "private_bytes", value: number(plugin.privateBytes)),
          .init(name: "touched_bytes", value: number(plugin.touchedBytes)),
          .init(name: "held_bytes", value: number(plugin.heldBytes)),
        ]))
    }
  }

  /// What of the shared memory is used, by plugin.
  func sharedStore() -> JSONNode {
    guard let store else { return JSONNode(.null) }
    // Every plugin that runs may keep something; those are shown that do.
    let used = store.statistics.filter { $0.entries > 0 || $0.hits + $0.misses + $0.refused + $0.expired > 0 }
    let namespaces = used.map { counted in
      JSONNode(
        .object([
          .init(name: "plugin", value: JSONNode(.string(counted.name))),
          .init(name: "entries", value: number(counted.entries)),
          .init(name: "bytes", value: number(counted.bytes)),
          .init(name: "memory_bytes", value: number(counted.memory)),
          .init(name: "hits", value: number(counted.hits)),
          .init(name: "misses", value: number(counted.misses)),
          .init(name: "refused", value: number(counted.refused)),
          .init(name: "expired", value: number(counted.expired)),
        ]))
    }
    return JSONNode(
      .object([
        .init(name: "recoveries", value: number(store.recoveries)),
        .init(name: "plugins", value: JSONNode(.array(namespaces))),
      ]))
  }
}
