import CToriiPlugin
import PluginHost

extension Exchange {
  /// A whole body is kept for the first plugin that wants it so, though others may see it, too.
  func reportHeld(_ add: (_ instance: PluginInstance, _ bytes: Int) -> Void) {
    if let wholeBody, let link = chain.requestBody.first(where: { $0.instance.requestBodyMode == TORII_BODY_WHOLE }) {
      add(link.instance, wholeBody.capacity)
    }
    if let wholeResponse,
      let link = chain.bodyFilter.first(where: { $0.instance.responseBodyMode == TORII_BODY_WHOLE })
    {
      add(link.instance, wholeResponse.capacity)
    }
    if pause.isPaused, let link = chain.link(of: pause.instance) {
      add(link.instance, (pause.piece?.capacity ?? 0) + pause.queued.reduce(0) { $0 + $1.bytes.capacity })
    }
    for operation in operations {
      let bytes = operation.heldBytes
      if bytes > 0, let link = chain.link(of: operation.instanceID) { add(link.instance, bytes) }
    }
  }
}
