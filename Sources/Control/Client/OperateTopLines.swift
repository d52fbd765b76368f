/// What `torii top --plain` prints: a line for the gateway and one for each phase of a plugin that was called.
enum OperateTopLines {
  /// The lines of one look, each with its end.
  static func text(_ rates: OperateRates) -> String {
    let status = rates.status
    var fields: [(String, String?)] = [
      ("time", OperateFormat.timestamp(rates.time)), ("ready", status.isReady ? "true" : "false"),
      ("generation", status.generation.map(String.init)),
      ("requests_per_second", rates.requestsPerSecond.map(number)),
      ("connections", status.connections.map(String.init)), ("faults", "\(status.faultCount)"),
      ("restarts", status.restarts.map(String.init)), ("quarantined", "\(status.quarantines.count)"),
      ("input_tokens_per_second", rates.inputTokensPerSecond.map(number)),
      ("output_tokens_per_second", rates.outputTokensPerSecond.map(number)),
      ("cost_per_hour", rates.costPerHour.map { OperateFormat.fixed($0, 6) }),
      ("cost", rates.usage.cost.map { OperateFormat.fixed($0, 6) }),
    ]
    if let canary = status.canary {
      fields += [("canary", "\(canary.generation)"), ("canary_share", canary.share)]
    }
    var text = line("gateway", fields)
    for entry in rates.latencies {
      text += line("latency", [("of", entry.name)] + times(entry.timing))
    }
    for phase in rates.phases {
      let named: [(String, String?)] = [
        ("plugin", phase.plugin), ("version", phase.version), ("phase", phase.phase),
        ("calls_per_second", number(phase.callsPerSecond)),
      ]
      text += line("plugin", named + times(phase.timing) + [("time_percent", number(phase.share * 100))])
    }
    return text
  }

  private static func times(_ timing: OperateTiming) -> [(String, String?)] {
    [
      ("mean_microseconds", timing.mean.map { number($0 / 1000) }),
      // The bound of the bucket; what is above all bounds has none.
      ("p99_microseconds", timing.bound(of: 0.99).map { $0 == .infinity ? "inf" : number($0 / 1000) }),
    ]
  }

  private static func number(_ value: Double) -> String { OperateFormat.fixed(value, 3) }

  private static func line(_ kind: String, _ fields: [(String, String?)]) -> String {
    let texts = fields.compactMap { name, value in value.map { "\(name)=\(quoted($0))" } }
    return ([kind] + texts).joined(separator: " ") + "\n"
  }

  private static func quoted(_ value: String) -> String {
    guard value.isEmpty || value.contains(where: { " \"=".contains($0) }) else { return value }
    return "\"" + value.replacing(text: "\"", with: "'") + "\""
  }
}
