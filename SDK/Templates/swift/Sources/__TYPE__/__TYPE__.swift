import ToriiPlugin

/// `__NAME__`: sets a header on each response.
public final class __TYPE__: ConfiguredPlugin {
  /// `config`; its JSON Schema is derived from this.
  public struct Configuration: PluginConfiguration {
    /// The header's value.
    public var value = "__NAME__"

    public static let defaults: Self? = Self()
    public static let rules: [String: [ConfigurationRule]] = ["value": [.maximumLength(256)]]

    /// The defaults.
    public init() {}

    /// Throws when the value cannot stand in a header.
    func check() throws(PluginError) {
      if value.utf8.contains(where: { $0 == 0 || $0 == 10 || $0 == 13 }) {
        throw PluginError(.configuration, "a header value holds no line break and no NUL", pointer: "/value")
      }
    }
  }

  public static let descriptor = PluginDescriptor(
    name: "__NAME__", version: "0.1.0", priority: 100, phases: [.headerFilter], needs: [.headers],
    summary: "Sets a header on each response")

  private let value: String

  public init(_ configuration: Configuration, _ context: inout InstanceContext) throws(PluginError) {
    try configuration.check()
    value = configuration.value
  }

  public func headerFilter(_ request: Request, _ state: inout NoRequestState) throws(PluginError) -> Action {
    try request.responseHeaders.set("X-__TYPE__", value)
    return .continue
  }
}
