import CToriiPlugin
import EventLoop
import PluginHost

/// A timer of a plugin.
final class PluginTimer: PluginOperation {
  private let timer: Firing
  private unowned let worker: ProxyWorker

  private final class Firing: Timer {
    weak var owner: PluginTimer?
    override func fire() { owner?.fired() }
  }

  init(
    worker: ProxyWorker, id: torii_operation_id, token: UInt64, instanceID: torii_instance_id,
    requestID: torii_request_id, delay: UInt64
  ) {
    self.worker = worker
    timer = Firing()
    super.init(id: id, token: token, instanceID: instanceID, requestID: requestID)
    timer.owner = self
    worker.loop.timers.arm(timer, afterMilliseconds: max(1, delay))
  }

  override func cancel() { worker.loop.timers.cancel(timer) }

  private func fired() { unsafe worker.plugins.finished(self, PluginEvent(kind: TORII_EVENT_TIMER)) }
}

extension ProxyWorker: OperationStarter {
  /// Starts a timer; its event goes to the instance.
  public func startTimer(
    _ id: torii_operation_id, instance: PluginInstance, request: HostedRequest?, delay: UInt64, token: UInt64
  ) -> PluginOperation {
    PluginTimer(
      worker: self, id: id, token: token, instanceID: instance.id, requestID: request?.id ?? 0, delay: delay)
  }

  /// Starts a call-out; its event goes to the instance.
  public func startHTTP(
    _ id: torii_operation_id, instance: PluginInstance, request: HostedRequest,
    _ httpRequest: borrowing torii_http_request, token: UInt64
  ) -> Result<PluginOperation, OperationRefused> {
    guard let parsed = unsafe CalloutRequest(httpRequest) else { return .failure(OperationRefused(TORII_E_INVALID)) }
    let callout = Callout(
      worker: self, id: id, token: token, instanceID: instance.id, requestID: request.id, request: parsed)
    callout.start()
    return .success(callout)
  }

  /// Runs something on the loop's thread. From any thread.
  public nonisolated func onWorker(_ work: @escaping @Sendable () -> Void) { loop.mailbox.post { _ in work() } }
}
