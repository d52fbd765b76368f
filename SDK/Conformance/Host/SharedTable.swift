import CToriiPlugin

/// What `torii.shared/1` keeps.
struct SharedStore {
  struct Entry {
    var value: [UInt8]
    var revision: UInt64
    /// 0: never.
    var expires: UInt64
  }

  var entries: [[UInt8]: Entry] = [:]
  var revision: UInt64 = 0
}

/// `torii.shared/1`: from any thread, and therefore behind the host's mutex.
extension ScriptedHost {
  private func describe(_ entry: SharedStore.Entry?, _ out: UnsafeMutablePointer<torii_shared_entry>?) {
    guard let out = unsafe out else { return }
    unsafe out.pointee.size = UInt64(entry?.value.count ?? 0)
    unsafe out.pointee.revision = entry?.revision ?? 0
    unsafe out.pointee.expires = entry?.expires ?? 0
  }

  /// The entry of a key, unless it has expired.
  private func living(_ key: [UInt8]) -> SharedStore.Entry? {
    guard let entry = store.entries[key], entry.expires == 0 || entry.expires > clock else { return nil }
    return entry
  }

  private func end(_ lifetime: UInt64) -> UInt64 {
    guard lifetime > 0 else { return 0 }
    let (nanoseconds, overflow) = lifetime.multipliedReportingOverflow(by: 1_000_000)
    return overflow ? 0 : clock &+ nanoseconds
  }

  private func write(_ key: [UInt8], _ value: [UInt8], expires: UInt64) -> SharedStore.Entry {
    store.revision += 1
    let entry = SharedStore.Entry(value: value, revision: store.revision, expires: expires)
    store.entries[key] = entry
    return entry
  }

  private static func call(
    _ context: UnsafeMutableRawPointer?, _ key: torii_slice, _ name: StaticString,
    _ body: (ScriptedHost, [UInt8]) -> torii_status
  ) -> torii_status {
    guard let host = unsafe of(context) else { return TORII_E_INVALID }
    defer { host.leave() }
    if let status = host.enter(name, anyThread: true) { return status }
    guard !host.options.inspects else { return TORII_E_UNSUPPORTED }
    let bytes = unsafe key.copied
    guard (1...256).contains(bytes.count) else {
      host.violate(.argument, "\(name) was given a key of \(bytes.count) bytes")
      return TORII_E_INVALID
    }
    host.note("\(name) \(shown(bytes))")
    return host.locked { body(host, bytes) }
  }

  static var sharedTable: torii_shared_interface {
    unsafe torii_shared_interface(
      struct_size: UInt32(MemoryLayout<torii_shared_interface>.size), reserved: 0,
      get: { context, _, key, buffer, capacity, out in
        unsafe ScriptedHost.call(context, key, "shared.get") { host, key in
          let entry = host.living(key)
          unsafe host.describe(entry, out)
          guard let entry else { return TORII_E_NOT_FOUND }
          guard entry.value.count <= capacity else { return TORII_E_LIMIT }
          for (index, byte) in entry.value.enumerated() { unsafe buffer?[index] = byte }
          return TORII_OK
        }
      },
      put: { context, _, key, value, lifetime, expected, out in
        unsafe ScriptedHost.call(context, key, "shared.put") { host, key in
          let old = host.living(key)
          if let expected = unsafe expected, unsafe expected.pointee != old?.revision ?? 0 {
            unsafe host.describe(old, out)
            return TORII_E_STALE
          }
          let bytes = unsafe value.copied
          guard bytes.count <= 65536 else { return TORII_E_LIMIT }
          unsafe host.describe(host.write(key, bytes, expires: host.end(lifetime)), out)
          return TORII_OK
        }
      },
      remove: { context, _, key, expected in
        unsafe ScriptedHost.call(context, key, "shared.remove") { host, key in
          guard let old = host.living(key) else { return TORII_E_NOT_FOUND }
          if let expected = unsafe expected, unsafe expected.pointee != old.revision { return TORII_E_STALE }
          host.store.entries[key] = nil
          return TORII_OK
        }
      },
      add: { context, _, key, addend, lifetime, sum, out in
        unsafe ScriptedHost.call(context, key, "shared.add") { host, key in
          let old = host.living(key)
          guard old == nil || old?.value.count == 8 else { return TORII_E_INVALID }
          var number: Int64 = 0
          for (index, byte) in (old?.value ?? []).enumerated() { number |= Int64(byte) << Int64(index * 8) }
          let (total, overflow) = number.addingReportingOverflow(addend)
          guard !overflow else { return TORII_E_LIMIT }
          let bytes = (0..<8).map { UInt8(truncatingIfNeeded: total >> Int64($0 * 8)) }
          unsafe host.describe(host.write(key, bytes, expires: old?.expires ?? host.end(lifetime)), out)
          unsafe sum?.pointee = total
          return TORII_OK
        }
      })
  }
}
