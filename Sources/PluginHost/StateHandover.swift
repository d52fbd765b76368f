import CToriiPlugin

/// What an instance has learnt goes to the one that takes its place (`torii/plugin.h` §3, state_export).
extension PluginRuntime {
  /// How a handover went.
  public enum Handover: Sendable {
    /// Neither has anything to do with state, or there is none.
    case nothing
    /// So many bytes were taken over.
    case done(bytes: Int)
    /// The new instance begins without, and why.
    case failed(reason: String)
  }

  /// The most bytes that an instance may hand over.
  public static let maximumState = 16 << 20

  /// Hands over what `old` knows to `new`, which has served no request yet.
  public func handOver(from old: PluginInstance, to new: PluginInstance) -> Handover {
    guard old !== new, old.exportsState, new.importsState, old.quarantine == nil, new.quarantine == nil else {
      return .nothing
    }
    do throws(PluginConfigurationError) {
      guard let state = try old.exportState(limit: Self.maximumState) else { return .nothing }
      try new.importState(state, from: old.library.version)
      count(new.library.name) { $0.done += 1 }
      return .done(bytes: state.count)
    } catch {
      count(new.library.name) { $0.failed += 1 }
      return .failed(reason: error.description)
    }
  }

  private func count(_ name: String, _ change: (inout (done: Int, failed: Int)) -> Void) {
    change(&handovers[name, default: (0, 0)])
  }
}

extension PluginInstance {
  var exportsState: Bool { unsafe library.callbacks.pointee.state_export != nil }
  var importsState: Bool { unsafe library.callbacks.pointee.state_import != nil }

  /// What the plugin writes.
  private final class Writer {
    var bytes: [UInt8] = []
    let limit: Int
    init(limit: Int) { self.limit = limit }

    /// What plugins call. Safety: `context` is the writer of the export that is going on.
    static func write(_ context: UnsafeMutableRawPointer?, _ slice: torii_slice) -> torii_status {
      guard let context = unsafe context, unsafe slice.data != nil || slice.size == 0 else { return TORII_E_INVALID }
      let writer = unsafe Unmanaged<Writer>.fromOpaque(context).takeUnretainedValue()
      guard unsafe slice.size <= writer.limit - writer.bytes.count else { return TORII_E_LIMIT }
      unsafe writer.bytes.append(contentsOf: PluginHost.bytes(slice))
      return TORII_OK
    }
  }

  /// What the instance knows; `nil` when it has nothing to hand over.
  func exportState(limit: Int) throws(PluginConfigurationError) -> [UInt8]? {
    let writer = Writer(limit: limit)
    var error = torii_error()
    error.struct_size = UInt32(MemoryLayout<torii_error>.size)
    let status: torii_status = unsafe configuring { pluginData, data in
      unsafe withUnsafeMutablePointer(to: &error) { error in
        // The writer outlives the call, and the plugin may write during it only.
        var arguments = unsafe torii_state_export_args(
          struct_size: UInt32(MemoryLayout<torii_state_export_args>.size), flags: 0, plugin_data: pluginData,
          instance: id, instance_data: data, limit: UInt64(limit),
          write_context: Unmanaged.passUnretained(writer).toOpaque(),
          write: { context, slice in
            unsafe Writer.write(context, slice)
          }, error: error)
        return unsafe library.callbacks.pointee.state_export?(&arguments) ?? TORII_E_NOT_FOUND
      }
    }
    if status == TORII_E_NOT_FOUND { return nil }
    guard status == TORII_OK else {
      throw PluginConfigurationError(plugin: library.name, status: status, error: error)
    }
    return writer.bytes.isEmpty ? nil : writer.bytes
  }

  /// Takes over what another instance wrote.
  func importState(_ state: [UInt8], from version: String) throws(PluginConfigurationError) {
    var error = torii_error()
    error.struct_size = UInt32(MemoryLayout<torii_error>.size)
    let version = Array(version.utf8)
    let status: torii_status = unsafe configuring { pluginData, data in
      unsafe withUnsafeMutablePointer(to: &error) { error in
        unsafe state.withUnsafeBufferPointer { state in
          unsafe version.withUnsafeBufferPointer { version in
            var arguments = unsafe torii_state_import_args(
              struct_size: UInt32(MemoryLayout<torii_state_import_args>.size), flags: 0, plugin_data: pluginData,
              instance: id, instance_data: data, state: torii_slice(data: state.baseAddress, size: state.count),
              version: torii_slice(data: version.baseAddress, size: version.count), error: error)
            return unsafe library.callbacks.pointee.state_import?(&arguments) ?? TORII_E_UNSUPPORTED
          }
        }
      }
    }
    guard status == TORII_OK else {
      throw PluginConfigurationError(plugin: library.name, status: status, error: error)
    }
  }
}
