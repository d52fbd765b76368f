import CToriiPlugin
import Glibc
import SharedStore
import Synchronization

/// Which keys of the store an instance may use: those of its plugin. Asked from any thread, the plugins' own included.
public final class SharedKeys: Sendable {
  /// The store and the part of it that is a plugin's.
  struct Keys: Sendable {
    var store: SharedStore
    var namespace: SharedNamespace
  }

  /// Why there are none.
  struct Refusal: Error {
    var status: torii_status
  }

  private struct State: Sendable {
    var store: SharedStore?
    /// `nil` for a plugin that came too late to get keys.
    var namespaces: [torii_instance_id: SharedNamespace?] = [:]
  }

  private let state = Mutex(State())

  /// Brings the store; before any plugin is loaded.
  public func use(_ store: SharedStore) { state.withLock { $0.store = store } }

  /// An instance is about to be created: from now on it has keys.
  func begin(_ instance: torii_instance_id, plugin: String) {
    state.withLock { state in
      guard let store = state.store else { return state.namespaces[instance] = .some(nil) }
      state.namespaces[instance] = .some(store.namespace(plugin))
    }
  }

  /// An instance was destroyed, or could not be created.
  func end(_ instance: torii_instance_id) { state.withLock { _ = $0.namespaces.removeValue(forKey: instance) } }

  func keys(of instance: torii_instance_id) -> Result<Keys, Refusal> {
    state.withLock { state in
      guard let namespace = state.namespaces[instance] else { return .failure(Refusal(status: TORII_E_INVALID)) }
      guard let store = state.store else { return .failure(Refusal(status: TORII_E_UNSUPPORTED)) }
      guard let namespace else { return .failure(Refusal(status: TORII_E_FAILED)) }
      return .success(Keys(store: store, namespace: namespace))
    }
  }

  /// In start() there is no instance yet, and the plugin that starts is known on the worker's thread only.
  func keys(ofStarting runtime: PluginRuntime) -> Result<Keys, Refusal> {
    guard pthread_equal(pthread_self(), runtime.thread) != 0, !runtime.definingPlugin.isEmpty else {
      return .failure(Refusal(status: TORII_E_INVALID))
    }
    let name = runtime.definingPlugin
    return state.withLock { state in
      guard let store = state.store else { return .failure(Refusal(status: TORII_E_UNSUPPORTED)) }
      guard let namespace = store.namespace(name) else { return .failure(Refusal(status: TORII_E_FAILED)) }
      return .success(Keys(store: store, namespace: namespace))
    }
  }
}
