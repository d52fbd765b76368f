import CLinux
import CToriiPlugin
import Glibc
import SharedStore

/// `torii.shared/1`
enum SharedInterface {
  static var table: torii_shared_interface {
    unsafe torii_shared_interface(
      struct_size: UInt32(MemoryLayout<torii_shared_interface>.size), reserved: 0,
      get: { context, instance, key, buffer, capacity, entry in
        guard unsafe buffer != nil || capacity == 0 else { return TORII_E_INVALID }
        let buffer = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: capacity)
        return unsafe SharedInterface.onStore(context, instance, entry) { store, namespace, now, found in
          unsafe store.get(namespace, bytes(key), into: buffer, now: now, &found)
        }
      },
      put: { context, instance, key, value, lifetime, expected, entry in
        unsafe SharedInterface.onStore(context, instance, entry) { store, namespace, now, made in
          unsafe store.put(
            namespace, bytes(key), bytes(value), expecting: expected?.pointee ?? SharedStore.anything,
            lifetime: lifetime, now: now, &made)
        }
      },
      remove: { context, instance, key, expected in
        unsafe SharedInterface.onStore(context, instance, nil) { store, namespace, now, _ in
          unsafe store.remove(
            namespace, bytes(key), expecting: expected?.pointee ?? SharedStore.anything, now: now)
        }
      },
      add: { context, instance, key, addend, lifetime, sum, entry in
        unsafe SharedInterface.onStore(context, instance, entry) { store, namespace, now, made in
          var result: Int64 = 0
          let outcome = unsafe store.add(
            addend, namespace, bytes(key), lifetime: lifetime, now: now, &result, &made)
          if outcome == .done { unsafe sum?.pointee = result }
          return outcome
        }
      })
  }

  /// Runs a function of the table: finds the store and the plugin's keys, and tells the plugin what is known of the entry.
  private static func onStore(
    _ context: UnsafeMutableRawPointer?, _ instance: torii_instance_id,
    _ entry: UnsafeMutablePointer<torii_shared_entry>?,
    _ body: (SharedStore, SharedNamespace, _ now: UInt64, inout SharedEntry) -> SharedOutcome
  ) -> torii_status {
    if let entry = unsafe entry,
      unsafe Int(entry.pointee.struct_size) < MemoryLayout<torii_shared_entry>.size
    {
      return TORII_E_INVALID
    }
    return unsafe withRuntime(context) { runtime in
      let owner =
        instance == 0
        ? runtime.shared.keys(ofStarting: runtime) : runtime.shared.keys(of: instance)
      switch owner {
      case .failure(let refused): return refused.status
      case .success(let keys):
        var known = SharedEntry()
        let outcome = body(keys.store, keys.namespace, clinux_monotonic(), &known)
        if let entry = unsafe entry {
          unsafe entry.pointee.size = UInt64(known.size)
          unsafe entry.pointee.revision = known.revision
          unsafe entry.pointee.expires = known.expires
        }
        return status(of: outcome)
      }
    } ?? TORII_E_INVALID
  }

  private static func status(of outcome: SharedOutcome) -> torii_status {
    switch outcome {
    case .done: TORII_OK
    case .absent: TORII_E_NOT_FOUND
    case .stale: TORII_E_STALE
    case .tooLarge, .full, .overflow: TORII_E_LIMIT
    case .invalid, .notNumber: TORII_E_INVALID
    case .unavailable: TORII_E_FAILED
    }
  }
}
