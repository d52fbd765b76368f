/// A plugin in one type: an object for each configuration, which is a Swift type. Most plugins are written so; one that
/// shares something between its instances conforms to ``Plugin``.
///
/// ```swift
/// final class HeaderStamp: ConfiguredPlugin {
///   static let descriptor = PluginDescriptor(name: "header-stamp", version: "1.0.0", priority: 100, phases: [.headerFilter])
///   let configuration: StampConfiguration
///
///   init(_ configuration: StampConfiguration, _ context: inout InstanceContext) throws(PluginError) {
///     self.configuration = configuration
///   }
///
///   func headerFilter(_ request: Request, _ state: inout NoRequestState) throws(PluginError) -> Action {
///     try request.responseHeaders.set(configuration.header, "torii")
///     return .continue
///   }
/// }
/// ```
///
/// The entry point returns `PluginEntry<Configured<HeaderStamp>>.descriptor(hostMajor:hostMinor:)`.
public protocol ConfiguredPlugin: PluginInstance {
  /// What `config` holds. Its JSON Schema is derived, unless the descriptor has one.
  associatedtype Configuration: PluginConfiguration = NoConfiguration

  /// What the plugin is. Read once.
  static var descriptor: PluginDescriptor { get }

  /// Makes an instance.
  ///
  /// - Parameters:
  ///   - configuration: valid by the schema, defaults filled.
  ///   - context: the scope, and what the instance wants of bodies. The place to define metrics, by its handle's host.
  /// - Throws: why the configuration is refused, with the JSON Pointer to the field at fault.
  init(_ configuration: Configuration, _ context: inout InstanceContext) throws(PluginError)
}

/// The ``Plugin`` that makes instances of a ``ConfiguredPlugin``.
public struct Configured<Instance: ConfiguredPlugin>: Plugin {
  /// The instance's, with the derived schema unless it has one of its own.
  public static var descriptor: PluginDescriptor {
    var descriptor = Instance.descriptor
    if descriptor.configurationSchema == nil {
      descriptor.configurationSchema = ConfigurationSchema.derived(from: Instance.Configuration.self)
    }
    return descriptor
  }

  /// Does nothing.
  public init(host: Host, inspecting: Bool) throws(PluginError) {}

  /// Decodes the configuration and makes the instance.
  public func makeInstance(_ context: inout InstanceContext) throws(PluginError) -> Instance {
    try Instance(context.decode(filling: Instance.Configuration.defaults), &context)
  }
}
