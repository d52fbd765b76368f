import CToriiPlugin

/// What is to be done when an operation ends: the closures given to `pause(_:until:then:)`.
///
/// Safety: only touched on the worker's only thread.
enum PendingSteps {
  /// What names a step. Operations are named by the host, never twice.
  private struct Name: Hashable {
    let instance: torii_instance_id
    let operation: torii_operation_id
  }

  nonisolated(unsafe) private static var steps: [Name: (request: torii_request_id, step: AnyObject)] = [:]

  static func add(
    _ step: AnyObject, instance: torii_instance_id, request: torii_request_id, operation: torii_operation_id
  ) {
    unsafe steps[Name(instance: instance, operation: operation)] = (request, step)
  }

  /// Takes the step of an operation that has ended; `nil` for one that was started without.
  static func take(instance: torii_instance_id, operation: torii_operation_id) -> AnyObject? {
    guard operation != 0, unsafe !steps.isEmpty else { return nil }
    return unsafe steps.removeValue(forKey: Name(instance: instance, operation: operation))?.step
  }

  /// Forgets what a request that ends was waiting for.
  static func forget(instance: torii_instance_id, request: torii_request_id) {
    guard unsafe !steps.isEmpty else { return }
    for (name, step) in unsafe steps where name.instance == instance && step.request == request {
      unsafe steps.removeValue(forKey: name)
    }
  }
}

/// A step of an instance whose state is `State`.
final class PendingStep<State: RequestState> {
  let run: (Event, inout State) throws(PluginError) -> Action
  init(_ run: @escaping (Event, inout State) throws(PluginError) -> Action) { self.run = run }
}

extension PluginInstance {
  /// Pauses the request until a call-out has ended, and goes on in `then`:
  ///
  /// ```swift
  /// return try pause(request, until: HTTPCall(url: url)) { (answer, state) throws(PluginError) in
  ///   guard answer.httpStatus == 200 else { return try request.respond(status: 403) }
  ///   return .continue
  /// }
  /// ```
  ///
  /// - Parameter then: called with what came (``Event/failure`` when nothing did), and answers as ``event(_:_:_:)`` does. It is
  ///   not called when the request ends before; `event` is told of that, and of a pause that takes too long.
  /// - Returns: ``Action/pause``.
  public func pause(
    _ request: Request, until call: HTTPCall,
    then: @escaping (_ answer: Event, _ state: inout State) throws(PluginError) -> Action
  ) throws(PluginError) -> Action {
    wait(request, for: try request.call(call), then)
  }

  /// Pauses the request for some milliseconds, and goes on in `then`; as ``pause(_:until:then:)``.
  public func pause(
    _ request: Request, milliseconds: UInt64,
    then: @escaping (_ timer: Event, _ state: inout State) throws(PluginError) -> Action
  ) throws(PluginError) -> Action {
    wait(request, for: try request.startTimer(milliseconds: milliseconds), then)
  }

  private func wait(
    _ request: Request, for operation: OperationID,
    _ then: @escaping (Event, inout State) throws(PluginError) -> Action
  ) -> Action {
    PendingSteps.add(
      PendingStep(then), instance: request.rawInstance, request: request.rawID, operation: operation.rawValue)
    return .pause
  }
}
