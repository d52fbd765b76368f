import CToriiPlugin
import Glibc

/// The descriptor of a plugin, for its library's entry point. A library holds one plugin.
public enum PluginEntry<Implementation: Plugin> {
  /// The constant descriptor, or `nil` when the plugin cannot serve a host of that version. Made once, at the first call.
  ///
  /// Safety: descriptor, callbacks and texts are allocated once and never freed or changed.
  public static func descriptor(hostMajor: UInt32, hostMinor: UInt32) -> UnsafePointer<torii_plugin_descriptor>? {
    guard hostMajor == UInt32(TORII_ABI_MAJOR) else { return nil }
    unsafe DescribedPlugin.latest = DescribedPluginOf<Implementation>.self
    if let place = unsafe DescribedPlugin.made.firstIndex(where: { unsafe $0.type == Implementation.self }) {
      return unsafe DescribedPlugin.made[place].descriptor
    }
    let descriptor = UnsafeMutablePointer<torii_plugin_descriptor>.allocate(capacity: 1)
    unsafe descriptor.initialize(to: describe())
    unsafe DescribedPlugin.made.append((Implementation.self, UnsafePointer(descriptor)))
    return unsafe UnsafePointer(descriptor)
  }

  private static func describe() -> torii_plugin_descriptor {
    let described = Implementation.descriptor
    var descriptor = unsafe torii_plugin_descriptor()
    unsafe descriptor.struct_size = UInt32(MemoryLayout<torii_plugin_descriptor>.size)
    unsafe descriptor.magic = 0x4952_4F54
    unsafe descriptor.abi_major = UInt16(TORII_ABI_MAJOR)
    unsafe descriptor.abi_minor = UInt16(TORII_ABI_MINOR)
    unsafe descriptor.min_host_minor = 0
    unsafe descriptor.flags = described.flags.rawValue
    unsafe descriptor.phases = described.phases.rawValue
    unsafe descriptor.priority = described.priority
    unsafe descriptor.request_state_size = StateSlot<Implementation.Instance.State>.size
    unsafe descriptor.request_body_mode = described.requestBody.rawValue
    unsafe descriptor.response_body_mode = described.responseBody.rawValue
    unsafe descriptor.request_body_limit = described.requestBodyLimit
    unsafe descriptor.response_body_limit = described.responseBodyLimit
    unsafe descriptor.name = lasting(described.name)
    unsafe descriptor.version = lasting(described.version)
    unsafe descriptor.vendor = lasting(described.vendor)
    unsafe descriptor.summary = lasting(described.summary)
    unsafe descriptor.license = lasting(described.license)
    unsafe descriptor.config_schema = lasting(described.configurationSchema)
    unsafe descriptor.needs = lasting(described.needs)
    unsafe descriptor.callbacks = CallbackTable.make(for: described.phases)
    return unsafe descriptor
  }

  private static func lasting(_ text: String?) -> UnsafePointer<CChar>? {
    guard let text else { return nil }
    return unsafe UnsafePointer(strdup(text))
  }

  private static func lasting(
    _ interfaces: [PluginDescriptor.Interface]
  ) -> UnsafePointer<UnsafePointer<CChar>?>? {
    guard !interfaces.isEmpty else { return nil }
    let list = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: interfaces.count + 1)
    for (place, interface) in interfaces.enumerated() {
      unsafe (list + place).initialize(to: lasting(interface.rawValue))
    }
    unsafe (list + interfaces.count).initialize(to: nil)
    return unsafe UnsafePointer(list)
  }
}

/// What `start` makes its plugin of. A C function cannot be generic, so the type stands in a global.
///
/// Safety: the entry point and `start` are called on the worker's only thread.
class DescribedPlugin {
  nonisolated(unsafe) static var latest: DescribedPlugin.Type?
  nonisolated(unsafe) static var made: [(type: any Plugin.Type, descriptor: UnsafePointer<torii_plugin_descriptor>)] =
    unsafe []

  class func start(_ tables: UnsafePointer<HostTables>, inspecting: Bool) throws(PluginError) -> PluginBox {
    throw PluginError(.failed)
  }
}

final class DescribedPluginOf<Implementation: Plugin>: DescribedPlugin {
  override class func start(_ tables: UnsafePointer<HostTables>, inspecting: Bool) throws(PluginError) -> PluginBox {
    let host = unsafe Host(tables)
    guard StateSlot<Implementation.Instance.State>.fits else {
      throw PluginError(
        .failed, "its request state is larger than 65,520 bytes or aligned to more than 16: make it a class")
    }
    let needs = Implementation.descriptor.needs
    for need in needs where !host.has(need) {
      throw PluginError(
        .unsupported, "needs the interface \(need.rawValue), which this gateway does not have: upgrade the gateway")
    }
    return unsafe PluginBoxOf<Implementation>(tables, try Implementation(host: host, inspecting: inspecting))
  }
}
