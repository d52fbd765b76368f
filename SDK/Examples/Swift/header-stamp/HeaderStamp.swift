import CToriiPlugin
import ToriiPlugin

/// `header-stamp`: sets a header on the way to the upstream and on the way back.
final class HeaderStamp: ConfiguredPlugin {
  struct Configuration: PluginConfiguration {
    var header = "X-Stamp"
    var value = "torii"
    /// Set it on the request, too.
    var upstream = true

    static let defaults: Self? = Self()
    static let rules: [String: [ConfigurationRule]] = [
      "header": [.minimumLength(1), .maximumLength(128)], "value": [.maximumLength(256)],
    ]
  }

  static let descriptor = PluginDescriptor(
    name: "header-stamp", version: "1.0.0", priority: 100, phases: [.access, .headerFilter], needs: [.headers],
    vendor: "Torii", summary: "Sets a header on requests and responses", license: "Apache-2.0")

  private let configuration: Configuration

  init(_ configuration: Configuration, _ context: inout InstanceContext) throws(PluginError) {
    guard Self.isFieldName(configuration.header) else {
      throw PluginError(.configuration, "is not a header field name", pointer: "/header")
    }
    if configuration.value.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) {
      throw PluginError(.configuration, "a header value holds no line break and no NUL", pointer: "/value")
    }
    self.configuration = configuration
  }

  func access(_ request: Request, _ state: inout NoRequestState) throws(PluginError) -> Action {
    if configuration.upstream { try request.upstreamHeaders.set(configuration.header, configuration.value) }
    return .continue
  }

  func headerFilter(_ request: Request, _ state: inout NoRequestState) throws(PluginError) -> Action {
    try request.responseHeaders.set(configuration.header, configuration.value)
    return .continue
  }

  private static func isFieldName(_ name: String) -> Bool {
    !name.isEmpty
      && name.utf8.allSatisfy {
        ($0 | 0x20 >= 97 && $0 | 0x20 <= 122) || ($0 >= 48 && $0 <= 57) || "!#$%&'*+-.^_`|~".utf8.contains($0)
      }
  }
}

/// The library's one exported symbol.
#if compiler(>=6.3)
  @c(torii_plugin_entry)
#else
  @_cdecl("torii_plugin_entry")
#endif
public func entry(_ hostMajor: UInt32, _ hostMinor: UInt32) -> UnsafePointer<torii_plugin_descriptor>? {
  unsafe PluginEntry<Configured<HeaderStamp>>.descriptor(hostMajor: hostMajor, hostMinor: hostMinor)
}
