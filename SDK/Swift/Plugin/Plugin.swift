/// A plugin: what one library brings into the gateway. A library holds one, named in its entry point:
///
/// ```swift
/// @c(torii_plugin_entry)
/// public func entry(_ major: UInt32, _ minor: UInt32) -> UnsafePointer<torii_plugin_descriptor>? {
///   unsafe PluginEntry<StampPlugin>.descriptor(hostMajor: major, hostMinor: minor)
/// }
/// ```
///
/// All functions are called on the worker's only thread. A Swift trap (an index out of range, an arithmetic overflow)
/// cannot be caught: it ends the worker. Throw a ``PluginError`` instead.
public protocol Plugin {
  /// What runs for one configuration at one scope.
  associatedtype Instance: PluginInstance

  /// What the plugin is. Read once.
  static var descriptor: PluginDescriptor { get }

  /// Starts the plugin: once after loading, before any instance is made. The place to define metrics.
  ///
  /// - Parameters:
  ///   - host: the gateway; valid until ``stop()`` has returned.
  ///   - inspecting: the library is only being described and its configurations validated: open no files and start no
  ///     threads.
  /// - Throws: why the library is refused; ``stop()`` is then not called.
  init(host: Host, inspecting: Bool) throws(PluginError)

  /// Makes an instance for one configuration: once for each plugin entity.
  ///
  /// - Parameter context: the configuration, the scope, and what the instance wants of bodies.
  /// - Throws: why the configuration is refused, with the JSON Pointer to the field at fault.
  func makeInstance(_ context: inout InstanceContext) throws(PluginError) -> Instance

  /// Ends the plugin: once, after every instance was closed. Join your own threads here; no call to the host after it.
  func stop()
}

extension Plugin {
  /// Does nothing.
  public func stop() {}
}
