import Configuration
import Glibc
import JSON
import PluginHost

/// Makes plugin instances for a generation. What did not change since an earlier generation is carried over: same
/// library, same configuration, same scope.
final class InstanceFactory {
  private struct Weak { weak var instance: PluginInstance? }

  private let runtime: PluginRuntime
  private var known: [String: Weak] = [:]

  init(runtime: PluginRuntime) { self.runtime = runtime }

  /// The instance of an entity whose references are resolved.
  func instance(
    of plugin: PluginEntity, library: GenerationDocument.Library, secrets: [String]
  ) throws -> PluginInstance {
    let configuration = plugin.config.serialized()
    let key = [
      library.path, library.identity, plugin.id, plugin.instanceName ?? "", plugin.serviceID ?? "",
      plugin.routeID ?? "", plugin.consumerID ?? "", String(decoding: configuration, as: UTF8.self),
    ].joined(separator: "\u{0}")
    if let instance = known[key]?.instance { return instance }
    let loaded = try runtime.load(path: library.path, identity: library.identity)
    guard loaded.name == plugin.name else {
      throw PluginLibraryError(path: library.path, reason: "calls itself '\(loaded.name)', not '\(plugin.name)'")
    }
    let instance = try runtime.makeInstance(
      of: loaded,
      PluginInstanceSettings(
        configuration: configuration, entityID: plugin.id, entityName: plugin.instanceName ?? "",
        serviceID: plugin.serviceID ?? "", routeID: plugin.routeID ?? "", consumerID: plugin.consumerID ?? "",
        secrets: secrets.flatMap(SecretForms.all)))
    known = known.filter { $0.value.instance != nil }
    known[key] = Weak(instance: instance)
    return instance
  }
}
