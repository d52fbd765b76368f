import CToriiPlugin
import HTTP
import PluginHost

/// access: each plugin sees the request before anything is sent upstream.
extension Exchange {
  func runAccess(from start: Int) {
    requestState = .access
    var index = start
    while index < chain.access.count {
      let link = chain.access[index]
      dropStaged()
      let action = unsafe link.instance.call(TORII_PHASE_ACCESS, self, state: state(of: link))
      switch action {
      case TORII_CONTINUE: index &+= 1
      case TORII_PAUSE:
        pauseNow(.access, link: link, next: index &+ 1)
        return
      case TORII_RESPOND:
        respondFromPlugin(link)
        return
      default:
        pluginFailed(link, TORII_PHASE_ACCESS, action)
        return
      }
    }
    accessDone()
  }

  func accessDone() {
    if chain.wholeRequestBody.wanted {
      beginCollecting()
    } else {
      requestState = .awaitingUpstream
      startUpstream()
    }
  }

  /// The plugin called respond() and said so.
  func respondFromPlugin(_ link: PluginHostLink) {
    guard let response = staged else {
      unsafe worker.plugins.misbehaved("returned TORII_RESPOND without a response", id, instance: link.instance)
      respondWithError(status: 500, message: "An unexpected error occurred")
      return
    }
    staged = nil
    clearResponse()
    responseStatus = response.status
    responseEdits = response.edits
    localBody = response.body
    startLocalResponse(source: .exit)
  }

  /// The plugin returned an error, or nonsense.
  func pluginFailed(_ link: PluginHostLink, _ phase: Int32, _ action: torii_action) {
    if action > 0 {
      unsafe worker.plugins.misbehaved(
        "returned \(action) from phase \(phase), which is no action there", id, instance: link.instance)
    } else {
      unsafe worker.log(.error, "plugin \(link.instance.library.name) failed in phase \(phase) with status \(action)")
    }
    failureText = "plugin \(link.instance.library.name) failed"
    if headSent {
      abortResponse()
    } else {
      respondWithError(status: 500, message: "An unexpected error occurred", style: .negotiated)
    }
  }
}
