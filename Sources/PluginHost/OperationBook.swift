import CToriiPlugin

/// The operations that belong to no request: timers of the instances themselves.
struct OperationBook {
  /// A timer asked for while its instance is being created.
  struct Awaiting {
    var id: torii_operation_id
    var delay: UInt64
    var token: UInt64
  }

  /// The instance whose config_create is running, or 0.
  var creating: torii_instance_id = 0
  /// Timers to start as soon as that instance exists.
  var awaiting: [Awaiting] = []
  /// Running timers of instances. They do not keep their instance alive.
  var running: [torii_operation_id: PluginOperation] = [:]
}

extension PluginRuntime {
  func startTimer(
    _ instanceID: torii_instance_id, _ requestID: torii_request_id, delay: UInt64, token: UInt64,
    _ operation: inout torii_operation_id
  ) -> torii_status {
    if instanceID != 0, instanceID == operationBook.creating, requestID == 0 {
      guard operationBook.awaiting.count < AsyncInterface.limit else { return TORII_E_LIMIT }
      operation = nextOperationID()
      operationBook.awaiting.append(.init(id: operation, delay: delay, token: token))
      return TORII_OK
    }
    guard let owner = instance(instanceID) else { return TORII_E_INVALID }
    guard let starter = operations else { return TORII_E_UNSUPPORTED }
    let request = requests.request(requestID)
    if requestID != 0, request == nil { return TORII_E_STALE }
    let hasRoom =
      request.map { AsyncInterface.hasRoom($0.operations, instanceID) }
      ?? AsyncInterface.hasRoom(operationBook.running.values, instanceID)
    guard hasRoom else { return TORII_E_LIMIT }
    operation = nextOperationID()
    let started = starter.startTimer(operation, instance: owner, request: request, delay: delay, token: token)
    if let request {
      request.operations.append(started)
    } else {
      operationBook.running[operation] = started
    }
    return TORII_OK
  }

  func startAwaitingTimers(of instance: PluginInstance) {
    guard let starter = operations else { return }
    for timer in operationBook.awaiting {
      operationBook.running[timer.id] = starter.startTimer(
        timer.id, instance: instance, request: nil, delay: timer.delay, token: timer.token)
    }
  }

  func cancel(_ operation: torii_operation_id, of instanceID: torii_instance_id) -> torii_status {
    if instanceID == operationBook.creating,
      let index = operationBook.awaiting.firstIndex(where: { $0.id == operation })
    {
      operationBook.awaiting.remove(at: index)
      return TORII_OK
    }
    if let timer = operationBook.running[operation], timer.instanceID == instanceID {
      timer.cancel()
      operationBook.running[operation] = nil
      return TORII_OK
    }
    var status: torii_status = TORII_E_STALE
    requests.forEach { request in
      guard let index = request.operations.firstIndex(where: { $0.id == operation && $0.instanceID == instanceID })
      else { return }
      request.operations.remove(at: index).cancel()
      status = TORII_OK
    }
    return status
  }

  func cancelOperations(of instanceID: torii_instance_id) {
    for (id, timer) in operationBook.running where timer.instanceID == instanceID {
      timer.cancel()
      operationBook.running[id] = nil
    }
  }

  /// Brings the end of an operation to its instance: called by the proxy, on a turn of the loop of its own.
  public func finished(_ operation: PluginOperation, _ event: PluginEvent) {
    guard let owner = instance(operation.instanceID) else { return }
    var event = unsafe event
    unsafe event.operation = operation.id
    unsafe event.token = operation.token
    if operation.requestID == 0 {
      guard operationBook.running.removeValue(forKey: operation.id) != nil else { return }
      _ = unsafe owner.call(event: event, 0, state: nil)
      return
    }
    guard let request = requests.request(operation.requestID),
      let index = request.operations.firstIndex(where: { $0 === operation })
    else { return }
    request.operations.remove(at: index)
    unsafe request.deliver(event, to: owner)
  }
}
