import CLinux
import Glibc

/// What one build of a plugin holds, in all workers together, as far as it can be told.
public struct PluginMemory: Sendable {
  /// The plugin.
  public var name: String
  /// Its version.
  public var version: String
  /// How many instances there are.
  public var instances = 0
  /// Bytes of its library that are in memory; what several workers share counts once for each.
  public var libraryBytes = 0
  /// Of these, what the plugin has written to: its variables. They are each worker's own.
  public var privateBytes = 0
  /// Bytes of memory that calls of the plugin were the first to touch: an estimate, which only grows. What plugins allocate
  /// comes from the worker's heap, of which nobody says whose it is; but a plugin that keeps what it allocates touches
  /// new memory again and again.
  public var touchedBytes = 0
  /// Bytes that the gateway keeps for it, as of the last second: bodies that it wants whole, pieces that wait while it has
  /// paused a request, and what its own requests to others have brought so far.
  public var heldBytes = 0
}

extension Board {
  /// What plugins hold, by name and version. It reads the workers' maps: some milliseconds.
  public var pluginMemory: [PluginMemory] {
    let page = Int(getpagesize())
    var found: [PluginMemory] = []
    for place in 0..<placeCount {
      guard let part = unsafe part(place), unsafe part.pointee.process != 0 else { continue }
      let mapped = unsafe ProcessMaps.libraries(of: pid_t(truncatingIfNeeded: part.pointee.process))
      for place in 0..<UInt32(CLINUX_BOARD_PLUGINS) {
        guard let plugin = unsafe clinux_board_plugin_at(part, place),
          unsafe plugin.pointee.is_used == UInt32(CLINUX_BOARD_LOADED)
        else { continue }
        let name = unsafe Self.text(plugin.pointee.name)
        let version = unsafe Self.text(plugin.pointee.version)
        let known = found.firstIndex { $0.name == name && $0.version == version }
        var memory = known.map { found[$0] } ?? PluginMemory(name: name, version: version)
        memory.instances += unsafe Int(plugin.pointee.instances)
        memory.touchedBytes += unsafe Int(clamping: plugin.pointee.touched_pages) * page
        memory.heldBytes += unsafe Int(clamping: plugin.pointee.held_bytes)
        if let library = mapped[unsafe Self.text(plugin.pointee.library)] {
          memory.libraryBytes += library.resident
          memory.privateBytes += library.dirty
        }
        if let known { found[known] = memory } else { found.append(memory) }
      }
    }
    return found.sorted { ($0.name, $0.version) < ($1.name, $1.version) }
  }

  /// The latest generation that some worker serves; 0 when none does.
  public var servedGeneration: Int {
    (0..<placeCount).compactMap { place in
      unsafe part(place).map { part in unsafe Int(clamping: part.pointee.generation) }
    }.max() ?? 0
  }
}

/// What /proc says about the files that a process has mapped.
enum ProcessMaps {
  /// Bytes of each library that are in memory, and of these the ones that the process has written to, by path.
  static func libraries(of process: pid_t) -> [String: (resident: Int, dirty: Int)] {
    guard let text = read("/proc/\(process)/smaps") else { return [:] }
    return parse(text)
  }

  /// Reads smaps: each mapping's line, which ends with the path, and below it lines of a name and kilobytes.
  static func parse(_ text: [UInt8]) -> [String: (resident: Int, dirty: Int)] {
    var found: [String: (resident: Int, dirty: Int)] = [:]
    var path: String?
    for line in text.split(separator: 10) {
      if let first = line.first, first < 0x41 || first > 0x5A {
        // `7f00-7f01 r-xp 0000 08:01 1234   /path/of/a.so (deleted)`
        path = line.firstIndex(of: UInt8(ascii: "/")).map { String(decoding: line[$0...], as: UTF8.self) }
        if let mapped = path, mapped.hasSuffix(" (deleted)") { path = String(mapped.dropLast(10)) }
        // The board has room for so much of a path.
        path = path.map { String(decoding: $0.utf8.prefix(255), as: UTF8.self) }
        if path?.hasSuffix(".so") != true { path = nil }
      } else if let path {
        let words = line.split(separator: 32)
        guard words.count == 3, let kilobytes = Int(String(decoding: words[1], as: UTF8.self)) else { continue }
        switch String(decoding: words[0], as: UTF8.self) {
        case "Rss:": found[path, default: (0, 0)].resident += kilobytes << 10
        case "Private_Dirty:": found[path, default: (0, 0)].dirty += kilobytes << 10
        default: break
        }
      }
    }
    return found
  }

  private static func read(_ path: String) -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else { return count == 0 ? text : nil }
      text += buffer[..<count]
    }
  }
}
