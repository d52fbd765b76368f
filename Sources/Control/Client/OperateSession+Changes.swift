import JSON

extension OperateSession {
  /// `torii reload`
  func reload() throws(CommandFailure) -> Int32 {
    let canary = try CanaryRequest(options)
    let body: JSONNode = canary.map { ["canary": $0.node] } ?? [:]
    let answer = try call("POST", "/torii/reload", body)
    guard answer.isSuccess else { throw refusal(answer, "POST /torii/reload") }
    let generation = answer.node?["generation"]?.integer
    let name = generation.map { "generation \($0)" } ?? "the new generation"
    guard let canary else {
      console.out("\(name) is in service\n")
      return 0
    }
    console.out("\(name) is a canary: it takes \(canary.description)\n")
    guard options.isSet("wait") else {
      console.out("'torii canary status' shows how it is doing; 'torii canary promote' or 'abort' ends it\n")
      return 0
    }
    guard let generation else { throw CommandFailure("the answer does not say which generation it is") }
    return try CanaryWait(self, generation: generation, duration: canary.duration).run()
  }

  /// `torii rollback`
  func rollback() throws(CommandFailure) -> Int32 {
    var body: JSONNode = [:]
    if let text = options.arguments.first {
      body.set("generation", JSONNode(try OperateValue.count(text, "GENERATION", least: 1)))
    }
    let answer = try call("POST", "/torii/rollback", body)
    guard answer.isSuccess else { throw refusal(answer, "POST /torii/rollback") }
    return tell(answer) { "generation \($0) is in service" }
  }

  /// `torii canary …`
  func canary() throws(CommandFailure) -> Int32 {
    let step = options.arguments.first ?? ""
    switch step {
    case "status": return try canaryStatus()
    case "promote", "abort":
      let answer = try call("POST", "/torii/canary/\(step)")
      guard answer.isSuccess else { throw refusal(answer, "POST /torii/canary/\(step)") }
      let isPromotion = step == "promote"
      return tell(answer) { "generation \($0) \(isPromotion ? "takes all requests now" : "serves all requests again")" }
    default: throw CommandFailure("'\(step)' is none of promote, abort and status", isUsage: true)
    }
  }

  /// `torii plugin reinstate`
  func reinstate() throws(CommandFailure) -> Int32 {
    let name = options.arguments.first ?? ""
    let path = "/torii/plugins/\(PercentCoding.encode(name))/reinstate"
    let answer = try call("POST", path)
    guard answer.isSuccess else {
      let reason = refusal(answer, "POST \(path)")
      throw answer.status == 404
        ? CommandFailure("\(reason)\n  'torii status' lists the plugins that are quarantined") : reason
    }
    console.out("\(PlainText.line(answer.node?.text("message") ?? "plugin \(name) is in service again"))\n")
    return 0
  }

  /// Prints what the API says of a change, or what it means.
  private func tell(_ answer: AdminClient.Answer, _ text: (Int) -> String) -> Int32 {
    let line = answer.node?.text("message") ?? answer.node?["generation"]?.integer.map(text) ?? "done"
    console.out(PlainText.line(line) + "\n")
    return 0
  }
}

/// What a reload with a canary asks for.
struct CanaryRequest: CustomStringConvertible {
  /// The share as it was given; `nil` when only a header field selects requests.
  var share: String?
  /// The header field, `Name: value`.
  var header: String?
  /// In seconds.
  var duration = 60.0
  var maximumErrorRate = 0.01
  var maximumFaults = 0

  /// Reads the flags of `torii reload`; `nil` when no canary is asked for.
  init?(_ options: CommandOptions) throws(CommandFailure) {
    share = options["canary"]
    header = options["canary-header"]
    guard share != nil || header != nil else {
      for flag in ["canary-duration", "max-error-rate", "max-faults"] where options[flag] != nil {
        throw CommandFailure("--\(flag) goes with --canary or --canary-header", isUsage: true)
      }
      return nil
    }
    if let share {
      let fraction = try OperateValue.share(share, "--canary")
      guard fraction >= 0.0001 else {
        throw CommandFailure("--canary: '\(share)' is less than 0.01%, the least that can be had", isUsage: true)
      }
    }
    if let header {
      guard let colon = header.firstIndex(of: ":"), colon != header.startIndex,
        !header.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }), !header[..<colon].contains(" ")
      else {
        throw CommandFailure("--canary-header: '\(header)' is no field; write it like 'X-Canary: 1'", isUsage: true)
      }
    }
    if let text = options["canary-duration"] { duration = try OperateValue.duration(text, "--canary-duration") }
    if let text = options["max-error-rate"] { maximumErrorRate = try OperateValue.share(text, "--max-error-rate") }
    if let text = options["max-faults"] { maximumFaults = try OperateValue.count(text, "--max-faults") }
  }

  /// The body's member.
  var node: JSONNode {
    var node: JSONNode = ["share": JSONNode(share ?? "0%")]
    if let header { node.set("header", JSONNode(header)) }
    let whole = Int(exactly: duration)
    node.set("duration", whole.map { JSONNode($0) } ?? JSONNode(duration))
    node.set("max_error_rate", JSONNode(maximumErrorRate))
    node.set("max_faults", JSONNode(maximumFaults))
    return node
  }

  /// `5% of new requests and those with 'X-Canary: 1', for 1m 0s`
  var description: String {
    let parts = [share.map { "\($0) of new requests" }, header.map { "those with '\($0)'" }].compactMap { $0 }
    return "\(parts.joined(separator: " and ")), for \(OperateFormat.length(duration))"
  }
}
