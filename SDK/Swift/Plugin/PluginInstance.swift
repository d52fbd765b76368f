/// A plugin with one configuration: what runs for requests. Implement the callbacks of the phases that the descriptor
/// lists; the gateway calls no others.
///
/// The gateway calls them in this order, on the worker's only thread:
///
///     access → requestBody (each piece) → [upstream] → headerFilter → bodyFilter (each piece) → log
///
/// A callback that throws has failed: the message goes to the gateway's log, and the request is answered with 500 while
/// that is still possible.
public protocol PluginInstance: AnyObject {
  /// What the instance keeps for each request.
  associatedtype State: RequestState = NoRequestState

  /// The request's head is there and its route known; nothing was sent upstream. May continue, pause and respond.
  func access(_ request: Request, _ state: inout State) throws(PluginError) -> Action

  /// A piece of request content on its way to the upstream, or all of it in ``BodyMode/whole``.
  /// May continue, pause, respond, hold and be done.
  func requestBody(_ request: Request, _ piece: BodyPiece, _ state: inout State) throws(PluginError) -> Action

  /// The response's head is there, from the upstream or a plugin; nothing was sent to the client.
  /// May continue, pause and respond.
  func headerFilter(_ request: Request, _ state: inout State) throws(PluginError) -> Action

  /// A piece of response content on its way to the client, or all of it in ``BodyMode/whole``. May continue, pause, hold,
  /// be done and end; and respond while the head was not sent. What comes out must not depend on how the body was cut.
  func bodyFilter(_ request: Request, _ piece: BodyPiece, _ state: inout State) throws(PluginError) -> Action

  /// The exchange is over, whatever way it went. Called exactly once for each request.
  func log(_ request: Request, _ state: inout State) throws(PluginError)

  /// A timer, a call-out or a post of this request, or the end of a pause. When the instance has paused the request,
  /// ``Action/pause`` stays paused, ``Action/continue`` goes on, ``Action/respond`` answers, and in body phases the other
  /// actions hold; otherwise the action is ignored.
  func event(_ request: Request, _ event: Event, _ state: inout State) throws(PluginError) -> Action

  /// A timer of the instance's own (``InstanceHandle/startTimer(milliseconds:token:)``), not of a request.
  func event(_ event: Event) throws(PluginError)

  /// What the instance has learnt, for the one that takes its place in the next generation: of the same entity, with another
  /// configuration or of another build of the plugin. No request begins between this and the other's
  /// ``importState(_:from:)``; those that are still on this instance go on, and what they change later is not handed over.
  /// - Returns: at most 16 MiB, in a format of your own, which begins with its number; `nil`: nothing is handed over.
  /// - Throws: why there is none; the other begins without.
  func exportState() throws(PluginError) -> [UInt8]?

  /// Takes over what another instance of this entity has learnt, before the first request.
  /// - Parameters:
  ///   - state: what ``exportState()`` gave; a view for the time of this call.
  ///   - version: the plugin's that wrote it, which may be a later one: the operator may go back.
  /// - Throws: why it cannot be used. That is logged, and the instance begins without; leave it as it was made.
  func importState(_ state: ByteView, from version: String) throws(PluginError)

  /// The configuration is no longer used: no callback comes after this one.
  func close()
}

extension PluginInstance {
  /// Goes on.
  public func access(_ request: Request, _ state: inout State) throws(PluginError) -> Action { .continue }
  /// Passes the piece on.
  public func requestBody(_ request: Request, _ piece: BodyPiece, _ state: inout State) throws(PluginError) -> Action {
    .continue
  }
  /// Goes on.
  public func headerFilter(_ request: Request, _ state: inout State) throws(PluginError) -> Action { .continue }
  /// Passes the piece on.
  public func bodyFilter(_ request: Request, _ piece: BodyPiece, _ state: inout State) throws(PluginError) -> Action {
    .continue
  }
  /// Does nothing.
  public func log(_ request: Request, _ state: inout State) throws(PluginError) {}
  /// Goes on: a paused request is resumed by whatever comes.
  public func event(_ request: Request, _ event: Event, _ state: inout State) throws(PluginError) -> Action {
    .continue
  }
  /// Does nothing.
  public func event(_ event: Event) throws(PluginError) {}
  /// Hands nothing over.
  public func exportState() throws(PluginError) -> [UInt8]? { nil }
  /// Takes nothing over.
  public func importState(_ state: ByteView, from version: String) throws(PluginError) {}
  /// Does nothing.
  public func close() {}
}
