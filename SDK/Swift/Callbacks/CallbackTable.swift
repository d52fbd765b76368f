import CToriiPlugin

/// The C functions that the host calls: they find the object behind a pointer that this SDK gave to the host, and call it.
///
/// Safety: `plugin_data` and `instance_data` are retained references made in `start` and `config_create`, released in
/// `stop` and `config_destroy` and never used afterwards (`torii/plugin.h` §3).
enum CallbackTable {
  /// The table for a plugin with these phases; made once for a plugin and never freed.
  static func make(for phases: PluginDescriptor.Phases) -> UnsafePointer<torii_plugin_callbacks> {
    var table = torii_plugin_callbacks()
    table.struct_size = UInt32(MemoryLayout<torii_plugin_callbacks>.size)
    unsafe table.start = { unsafe CallbackTable.start($0) }
    unsafe table.stop = { arguments in
      guard let data = unsafe arguments?.pointee.plugin_data else { return }
      unsafe Unmanaged<PluginBox>.fromOpaque(data).takeRetainedValue().stop()
    }
    unsafe table.config_create = { unsafe CallbackTable.configure($0) }
    unsafe table.config_destroy = { arguments in
      guard let data = unsafe arguments?.pointee.instance_data else { return }
      unsafe Unmanaged<InstanceBox>.fromOpaque(data).takeRetainedValue().close()
    }
    if phases.contains(.access) {
      unsafe table.access = { arguments in
        unsafe CallbackTable.withInstance(arguments?.pointee.instance_data, arguments) { unsafe $0.access($1) }
      }
    }
    if phases.contains(.requestBody) {
      unsafe table.request_body = { arguments in
        unsafe CallbackTable.withInstance(arguments?.pointee.instance_data, arguments) { unsafe $0.requestBody($1) }
      }
    }
    if phases.contains(.headerFilter) {
      unsafe table.header_filter = { arguments in
        unsafe CallbackTable.withInstance(arguments?.pointee.instance_data, arguments) { unsafe $0.headerFilter($1) }
      }
    }
    if phases.contains(.bodyFilter) {
      unsafe table.body_filter = { arguments in
        unsafe CallbackTable.withInstance(arguments?.pointee.instance_data, arguments) { unsafe $0.bodyFilter($1) }
      }
    }
    if phases.contains(.log) {
      unsafe table.log = { arguments in
        unsafe CallbackTable.withInstance(arguments?.pointee.instance_data, arguments) { unsafe $0.log($1) }
      }
    }
    unsafe table.event = { arguments in
      unsafe CallbackTable.withInstance(arguments?.pointee.instance_data, arguments) { unsafe $0.event($1) }
    }
    unsafe table.request_end = { arguments in
      _ = unsafe CallbackTable.withInstance(arguments?.pointee.instance_data, arguments) { box, arguments in
        unsafe box.requestEnd(arguments)
        return TORII_CONTINUE
      }
    }
    unsafe table.state_export = { unsafe CallbackTable.exportState($0) }
    unsafe table.state_import = { unsafe CallbackTable.importState($0) }
    let lasting = UnsafeMutablePointer<torii_plugin_callbacks>.allocate(capacity: 1)
    unsafe lasting.initialize(to: table)
    return unsafe UnsafePointer(lasting)
  }

  @inline(__always)
  private static func withInstance<Arguments>(
    _ data: UnsafeMutableRawPointer?, _ arguments: UnsafePointer<Arguments>?,
    _ body: (InstanceBox, UnsafePointer<Arguments>) -> Int32
  ) -> Int32 {
    guard let data = unsafe data, let arguments = unsafe arguments else { return TORII_E_INVALID }
    return unsafe Unmanaged<InstanceBox>.fromOpaque(data)._withUnsafeGuaranteedRef { unsafe body($0, arguments) }
  }

  private static func exportState(_ arguments: UnsafeMutablePointer<torii_state_export_args>?) -> Int32 {
    guard let arguments = unsafe arguments, let data = unsafe arguments.pointee.instance_data,
      let write = unsafe arguments.pointee.write
    else { return TORII_E_INVALID }
    return unsafe Unmanaged<InstanceBox>.fromOpaque(data)._withUnsafeGuaranteedRef { box in
      do throws(PluginError) {
        guard let state = try box.exportState() else { return TORII_E_NOT_FOUND }
        return unsafe state.withUnsafeBufferPointer { bytes in
          unsafe write(
            arguments.pointee.write_context, torii_slice(data: bytes.baseAddress, size: bytes.count))
        }
      } catch {
        return unsafe ErrorReport.write(error, to: arguments.pointee.error)
      }
    }
  }

  private static func importState(_ arguments: UnsafeMutablePointer<torii_state_import_args>?) -> Int32 {
    guard let arguments = unsafe arguments, let data = unsafe arguments.pointee.instance_data else {
      return TORII_E_INVALID
    }
    return unsafe Unmanaged<InstanceBox>.fromOpaque(data)._withUnsafeGuaranteedRef { box in
      do throws(PluginError) {
        unsafe try box.importState(UnsafePointer(arguments))
        return TORII_OK
      } catch {
        return unsafe ErrorReport.write(error, to: arguments.pointee.error)
      }
    }
  }

  private static func start(_ arguments: UnsafeMutablePointer<torii_start_args>?) -> Int32 {
    guard let arguments = unsafe arguments, let host = unsafe arguments.pointee.host,
      let plugin = unsafe DescribedPlugin.latest
    else { return TORII_E_INVALID }
    do throws(PluginError) {
      let box = try unsafe plugin.start(
        HostTablesStore.tables(of: host), inspecting: arguments.pointee.flags & 1 != 0)
      unsafe arguments.pointee.plugin_data = Unmanaged.passRetained(box).toOpaque()
      return TORII_OK
    } catch {
      return unsafe ErrorReport.write(error, to: arguments.pointee.error)
    }
  }

  private static func configure(_ arguments: UnsafeMutablePointer<torii_config_create_args>?) -> Int32 {
    guard let arguments = unsafe arguments, let data = unsafe arguments.pointee.plugin_data else {
      return TORII_E_INVALID
    }
    return unsafe Unmanaged<PluginBox>.fromOpaque(data)._withUnsafeGuaranteedRef { plugin in
      do throws(PluginError) {
        var context = unsafe InstanceContext(arguments.pointee, plugin.tables)
        let box = try plugin.makeInstance(&context)
        unsafe arguments.pointee.request_body_mode = context.requestBody.rawValue
        unsafe arguments.pointee.response_body_mode = context.responseBody.rawValue
        unsafe arguments.pointee.request_body_limit = context.requestBodyLimit
        unsafe arguments.pointee.response_body_limit = context.responseBodyLimit
        unsafe arguments.pointee.instance_data = Unmanaged.passRetained(box).toOpaque()
        return TORII_OK
      } catch {
        return unsafe ErrorReport.write(error, to: arguments.pointee.error)
      }
    }
  }
}

extension InstanceContext {
  /// Copies what the host gave.
  init(_ arguments: torii_config_create_args, _ tables: UnsafePointer<HostTables>) {
    handle = unsafe InstanceHandle(tables, arguments.instance)
    isInspecting = unsafe arguments.flags & 1 != 0
    configurationText = unsafe arguments.config.view.array
    entityID = unsafe arguments.entity_id.view.string
    entityName = unsafe arguments.entity_name.view.string
    serviceID = unsafe arguments.service_id.view.string
    routeID = unsafe arguments.route_id.view.string
    consumerID = unsafe arguments.consumer_id.view.string
    requestBody = unsafe BodyMode(rawValue: arguments.request_body_mode) ?? .none
    responseBody = unsafe BodyMode(rawValue: arguments.response_body_mode) ?? .none
    requestBodyLimit = unsafe arguments.request_body_limit
    responseBodyLimit = unsafe arguments.response_body_limit
  }
}
