import JSON

extension OperateSession {
  /// `torii status`
  func status() throws(CommandFailure) -> Int32 {
    let node = try statusNode()
    let isReady = node["ready"]?.boolean ?? false
    if options.isSet("json") {
      console.out(node.serializedString(pretty: true) + "\n")
    } else {
      let text = OperateStatusText(OperateStatus(node), now: clock.now(), style: style)
      console.out(text.text(isVerbose: options.isSet("verbose")))
    }
    return isReady ? 0 : 1
  }

  /// `torii canary status`
  func canaryStatus() throws(CommandFailure) -> Int32 {
    let node = try statusNode()
    if options.isSet("json") {
      let shown: JSONNode = ["canary": node["canary"] ?? nil, "canary_history": node["canary_history"] ?? []]
      console.out(shown.serializedString(pretty: true) + "\n")
      return 0
    }
    let status = OperateStatus(node)
    let text = OperateStatusText(status, now: clock.now(), style: style)
    console.out((status.canary.map(text.canaryLine) ?? "no canary is running") + "\n")
    for end in status.canaryHistory { console.out("  " + text.endLine(end) + "\n") }
    return 0
  }
}
