import PluginHost
import Supervision

/// Hands over what plugins' instances have learnt to those that take their places.
final class InstanceSuccession {
  private struct Weak { weak var instance: PluginInstance? }

  private let runtime: PluginRuntime
  private let log: GatewayLog
  /// What new requests begin with, by plugin and entity; the generation keeps them.
  private var serving: [String: Weak] = [:]

  init(runtime: PluginRuntime, log: GatewayLog) {
    self.runtime = runtime
    self.log = log
  }

  /// These are about to serve, beside those that do: the new ones among them learn what their predecessors know.
  func begin(_ instances: [PluginInstance]) {
    for new in instances where !new.isInService {
      new.isInService = true
      guard let old = serving[key(new)]?.instance else { continue }
      switch runtime.handOver(from: old, to: new) {
      case .nothing: break
      case .done(let bytes):
        log.write(.info, "state of \(name(old)) was handed over to \(new.library.version): \(bytes) bytes")
      case .failed(let reason):
        log.write(
          .error, "state of \(name(old)) was not handed over to \(new.library.version), which begins without: \(reason)"
        )
      }
    }
  }

  /// These are about to serve in the place of those that do.
  func succeed(_ instances: [PluginInstance]) {
    begin(instances)
    serving = Dictionary(instances.map { (key($0), Weak(instance: $0)) }) { $1 }
  }

  private func key(_ instance: PluginInstance) -> String { instance.library.name + "\u{0}" + instance.entityID }

  private func name(_ instance: PluginInstance) -> String {
    "plugin \(instance.library.name) \(instance.library.version) (entity \(instance.entityID))"
  }
}
