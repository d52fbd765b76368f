import CToriiPlugin

/// An instance, behind the `instance_data` pointer that the host hands back. The C callbacks come in here.
class InstanceBox {
  func access(_ arguments: UnsafePointer<torii_phase_args>) -> Int32 { TORII_E_UNSUPPORTED }
  func requestBody(_ arguments: UnsafePointer<torii_body_args>) -> Int32 { TORII_E_UNSUPPORTED }
  func headerFilter(_ arguments: UnsafePointer<torii_phase_args>) -> Int32 { TORII_E_UNSUPPORTED }
  func bodyFilter(_ arguments: UnsafePointer<torii_body_args>) -> Int32 { TORII_E_UNSUPPORTED }
  func log(_ arguments: UnsafePointer<torii_phase_args>) -> Int32 { TORII_E_UNSUPPORTED }
  func event(_ arguments: UnsafePointer<torii_event_args>) -> Int32 { TORII_E_UNSUPPORTED }
  func requestEnd(_ arguments: UnsafePointer<torii_phase_args>) {}
  func exportState() throws(PluginError) -> [UInt8]? { nil }
  func importState(_ arguments: UnsafePointer<torii_state_import_args>) throws(PluginError) {}
  func close() {}
}

/// An instance of a type.
///
/// Safety: arguments are the host's, whole and valid during the call; the state's bytes are of this instance and request.
@safe final class InstanceBoxOf<Instance: PluginInstance, State: RequestState>: InstanceBox
where Instance.State == State {
  private let instance: Instance
  private let tables: UnsafePointer<HostTables>
  private let id: torii_instance_id
  private let isStateless = StateSlot<State>.size == 0

  init(_ tables: UnsafePointer<HostTables>, _ id: torii_instance_id, _ instance: Instance) {
    self.instance = instance
    unsafe self.tables = tables
    self.id = id
  }

  @inline(__always)
  private func state(_ bytes: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<State>? {
    unsafe StateSlot<State>.state(bytes, isEmpty: isStateless)
  }

  override func access(_ arguments: UnsafePointer<torii_phase_args>) -> Int32 {
    guard let state = unsafe self.state(arguments.pointee.request_state) else { return TORII_E_INVALID }
    let request = unsafe Request(tables, arguments.pointee.request, id)
    do throws(PluginError) {
      return unsafe try instance.access(request, &state.pointee).rawValue
    } catch {
      return failure(error, request.rawID)
    }
  }

  override func requestBody(_ arguments: UnsafePointer<torii_body_args>) -> Int32 {
    guard let state = unsafe self.state(arguments.pointee.request_state) else { return TORII_E_INVALID }
    let request = unsafe Request(tables, arguments.pointee.request, id)
    do throws(PluginError) {
      return unsafe try instance.requestBody(request, BodyPiece(arguments), &state.pointee).rawValue
    } catch {
      return failure(error, request.rawID)
    }
  }

  override func headerFilter(_ arguments: UnsafePointer<torii_phase_args>) -> Int32 {
    guard let state = unsafe self.state(arguments.pointee.request_state) else { return TORII_E_INVALID }
    let request = unsafe Request(tables, arguments.pointee.request, id)
    do throws(PluginError) {
      return unsafe try instance.headerFilter(request, &state.pointee).rawValue
    } catch {
      return failure(error, request.rawID)
    }
  }

  override func bodyFilter(_ arguments: UnsafePointer<torii_body_args>) -> Int32 {
    guard let state = unsafe self.state(arguments.pointee.request_state) else { return TORII_E_INVALID }
    let request = unsafe Request(tables, arguments.pointee.request, id)
    do throws(PluginError) {
      return unsafe try instance.bodyFilter(request, BodyPiece(arguments), &state.pointee).rawValue
    } catch {
      return failure(error, request.rawID)
    }
  }

  override func log(_ arguments: UnsafePointer<torii_phase_args>) -> Int32 {
    guard let state = unsafe self.state(arguments.pointee.request_state) else { return TORII_E_INVALID }
    let request = unsafe Request(tables, arguments.pointee.request, id)
    do throws(PluginError) {
      unsafe try instance.log(request, &state.pointee)
      return TORII_CONTINUE
    } catch {
      return failure(error, request.rawID)
    }
  }

  override func event(_ arguments: UnsafePointer<torii_event_args>) -> Int32 {
    do throws(PluginError) {
      guard unsafe arguments.pointee.request != 0 else {
        try unsafe instance.event(Event(arguments))
        return TORII_CONTINUE
      }
      guard let state = unsafe self.state(arguments.pointee.request_state) else { return TORII_E_INVALID }
      if let step = PendingSteps.take(instance: id, operation: unsafe arguments.pointee.operation)
        as? PendingStep<State>
      {
        return unsafe try step.run(Event(arguments), &state.pointee).rawValue
      }
      let request = unsafe Request(tables, arguments.pointee.request, id)
      return unsafe try instance.event(request, Event(arguments), &state.pointee).rawValue
    } catch {
      return unsafe failure(error, arguments.pointee.request)
    }
  }

  override func requestEnd(_ arguments: UnsafePointer<torii_phase_args>) {
    unsafe PendingSteps.forget(instance: id, request: arguments.pointee.request)
    unsafe StateSlot<State>.destroy(arguments.pointee.request_state)
  }

  override func exportState() throws(PluginError) -> [UInt8]? { try instance.exportState() }

  override func importState(_ arguments: UnsafePointer<torii_state_import_args>) throws(PluginError) {
    try unsafe instance.importState(arguments.pointee.state.view, from: arguments.pointee.version.view.string)
  }

  override func close() { instance.close() }

  /// Says what failed, and makes a status of it.
  @inline(never)
  private func failure(_ error: PluginError, _ request: torii_request_id) -> Int32 {
    unsafe error.description.withBytes { unsafe tables.pointee.log(.error, $0, instance: id, request: request) }
    return error.status.rawValue < 0 ? error.status.rawValue : TORII_E_FAILED
  }
}
