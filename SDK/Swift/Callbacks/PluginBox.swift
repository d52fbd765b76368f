import CToriiPlugin

/// A started plugin, behind the `plugin_data` pointer that the host hands back.
///
/// Safety: `tables` lives as long as the process (``HostTables``).
@safe class PluginBox {
  func makeInstance(_ context: inout InstanceContext) throws(PluginError) -> InstanceBox { throw PluginError(.failed) }
  func stop() {}

  let tables: UnsafePointer<HostTables>
  init(_ tables: UnsafePointer<HostTables>) { unsafe self.tables = tables }
}

final class PluginBoxOf<Implementation: Plugin>: PluginBox {
  private let plugin: Implementation

  init(_ tables: UnsafePointer<HostTables>, _ plugin: Implementation) {
    self.plugin = plugin
    unsafe super.init(tables)
  }

  override func makeInstance(_ context: inout InstanceContext) throws(PluginError) -> InstanceBox {
    unsafe InstanceBoxOf<Implementation.Instance, Implementation.Instance.State>(
      tables, context.handle.id, try plugin.makeInstance(&context))
  }

  override func stop() { plugin.stop() }
}
