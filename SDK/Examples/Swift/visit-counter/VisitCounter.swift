import CToriiPlugin
import ToriiPlugin

/// `visit-counter`: counts requests, over reloads and over workers, and tells the counts.
///
/// `X-Visits-Here` is this worker's count, handed over to the instance that takes this one's place; `X-Visits` that of all
/// workers; `X-Longest` the longest path that any of them has seen. Without `torii.shared/1`, or when it is held up, only the
/// first of them.
final class VisitCounter: ConfiguredPlugin {
  struct Configuration: PluginConfiguration {
    /// A request for this path sets all counts back.
    var reset = ""

    static let defaults: Self? = Self()
    static let rules: [String: [ConfigurationRule]] = ["reset": [.maximumLength(256)]]
  }

  static let descriptor = PluginDescriptor(
    name: "visit-counter", version: "1.0.0", priority: 90, phases: [.headerFilter], needs: [.headers, .request],
    vendor: "Torii", summary: "Counts requests over reloads and workers", license: "Apache-2.0")

  /// The numbers are those of the values' formats.
  private static let visitsKey: StaticString = "visits/1"
  private static let longestKey: StaticString = "longest/1"

  private let shared: SharedStore
  private let reset: String
  private var here: UInt64 = 0

  init(_ configuration: Configuration, _ context: inout InstanceContext) throws(PluginError) {
    guard configuration.reset.isEmpty || configuration.reset.hasPrefix("/") else {
      throw PluginError(.configuration, "a path begins with '/'", pointer: "/reset")
    }
    shared = context.handle.shared
    reset = configuration.reset
  }

  func headerFilter(_ request: Request, _ state: inout NoRequestState) throws(PluginError) -> Action {
    let path = request.path
    if !reset.isEmpty, path.equals(reset) {
      here = 0
      // Where the host has no store, or when it is held up, the counts of all workers are left out.
      _ = try? shared.remove(Self.visitsKey)
      _ = try? shared.remove(Self.longestKey)
      return .continue
    }
    here += 1
    try request.responseHeaders.set("X-Visits-Here", String(here))
    guard let visits = try? shared.add(1, to: Self.visitsKey), let longest = try? longest(with: path.array.prefix(256))
    else { return .continue }
    try request.responseHeaders.set("X-Visits", String(visits))
    try request.responseHeaders.set("X-Longest", longest)
    return .continue
  }

  /// The longest path that is known once this one has been seen.
  private func longest(with path: ArraySlice<UInt8>) throws(PluginError) -> [UInt8] {
    while true {
      let known = try shared.value(of: Self.longestKey)
      if let known, known.bytes.count >= path.count { return known.bytes }
      // Unless another worker was quicker: then look at what it wrote.
      if try shared.set(Self.longestKey, to: path, expecting: known?.revision ?? 0) { return Array(path) }
    }
  }

  /// As text: the number of the format, and the count.
  func exportState() throws(PluginError) -> [UInt8]? { Array("1 \(here)".utf8) }

  func importState(_ state: ByteView, from version: String) throws(PluginError) {
    let words = state.string.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 2, words[0] == "1", let here = UInt64(words[1]) else {
      throw PluginError(.failed, "the state is of a format that this version does not know")
    }
    self.here = here
  }
}

/// The library's one exported symbol.
#if compiler(>=6.3)
  @c(torii_plugin_entry)
#else
  @_cdecl("torii_plugin_entry")
#endif
public func entry(_ hostMajor: UInt32, _ hostMinor: UInt32) -> UnsafePointer<torii_plugin_descriptor>? {
  unsafe PluginEntry<Configured<VisitCounter>>.descriptor(hostMajor: hostMajor, hostMinor: hostMinor)
}
