/// What happened between two looks at a gateway.
struct OperateRates {
  /// The calls of one phase of a plugin.
  struct Phase {
    var plugin: String
    var version: String
    var phase: String
    /// What was added between the looks.
    var timing: OperateTiming
    var callsPerSecond: Double
    /// Of the time of one core, 1 is all of it.
    var share: Double
  }

  /// Tokens and cost that the plugins for language models count.
  struct Usage: Equatable {
    var inputTokens = 0.0
    var outputTokens = 0.0
    var cost: Double?
    /// Whether tokens are counted at all.
    var hasTokens = false
  }

  var status: OperateStatus
  /// Seconds since 1970.
  var time: Double
  /// Seconds between the looks; 0 for the first one.
  var seconds = 0.0
  var requestsPerSecond: Double?
  var usage: Usage
  var inputTokensPerSecond: Double?
  var outputTokensPerSecond: Double?
  var costPerHour: Double?
  /// Phases by the time spent in them, the longest first; without the looks' difference, since workers were started.
  var phases: [Phase] = []
  /// What was added to the times of requests.
  var latencies: [(name: String, timing: OperateTiming)] = []
  /// Faults since the first look.
  var newFaults = 0

  /// Compares two looks.
  init(_ status: OperateStatus, at time: Double, before: OperateRates?) {
    self.status = status
    self.time = time
    usage = Self.usage(status)
    guard let before, time > before.time else {
      phases = Self.phases(status, [:], 0)
      latencies = status.latencies
      return
    }
    let seconds = time - before.time
    self.seconds = seconds
    // Counts fall when a worker ends: then nothing is known to have happened.
    func rate(_ new: Double, _ old: Double) -> Double { max(0, new - old) / seconds }
    if let new = status.requests, let old = before.status.requests {
      requestsPerSecond = rate(Double(new), Double(old))
    }
    if usage.hasTokens {
      inputTokensPerSecond = rate(usage.inputTokens, before.usage.inputTokens)
      outputTokensPerSecond = rate(usage.outputTokens, before.usage.outputTokens)
    }
    if let cost = usage.cost { costPerHour = rate(cost, before.usage.cost ?? 0) * 3600 }
    var old: [String: OperateTiming] = [:]
    for phase in before.status.phases { old[Self.key(phase), default: OperateTiming()] = phase.timing }
    phases = Self.phases(status, old, seconds)
    let oldLatencies = Dictionary(before.status.latencies.map { ($0.name, $0.timing) }) { $1 }
    latencies = status.latencies.map { entry in
      (entry.name, oldLatencies[entry.name].map(entry.timing.since) ?? entry.timing)
    }
    newFaults = before.newFaults + max(0, status.faultCount - before.status.faultCount)
  }

  private static func key(_ phase: OperateStatus.PhaseCalls) -> String {
    "\(phase.plugin)\n\(phase.version)\n\(phase.phase)"
  }

  private static func phases(
    _ status: OperateStatus, _ old: [String: OperateTiming], _ seconds: Double
  ) -> [Phase] {
    let all = status.phases.map { entry in
      // Without an earlier look there are no rates, but the times of all calls are worth showing.
      let timing = old[key(entry)].map(entry.timing.since) ?? entry.timing
      return Phase(
        plugin: entry.plugin, version: entry.version, phase: entry.phase, timing: timing,
        callsPerSecond: seconds > 0 ? timing.calls / seconds : 0,
        share: seconds > 0 ? timing.nanoseconds / 1e9 / seconds : 0)
    }
    return all.filter { $0.timing.calls > 0 }.sorted { one, other in
      one.timing.nanoseconds != other.timing.nanoseconds
        ? one.timing.nanoseconds > other.timing.nanoseconds
        : (one.plugin, one.version, one.phase) < (other.plugin, other.version, other.phase)
    }
  }

  /// Adds up what plugins whose names begin with `ai-` count: the names of the metrics say of what.
  static func usage(_ status: OperateStatus) -> Usage {
    var usage = Usage()
    var wholeCost: Double?
    var partialCost: Double?
    for (plugin, metrics) in status.metrics where plugin.hasPrefix("ai-") {
      for (name, value) in metrics where !name.hasSuffix("_count") {
        let isInput = name.contains(text: "prompt") || name.contains(text: "input")
        let isOutput = name.contains(text: "completion") || name.contains(text: "output")
        if name.contains(text: "cost") {
          if isInput || isOutput {
            partialCost = (partialCost ?? 0) + value
          } else {
            wholeCost = (wholeCost ?? 0) + value
          }
        } else if name.contains(text: "tokens"), !name.contains(text: "_per_"), !name.contains(text: "cache"),
          !name.contains(text: "reasoning")
        {
          if isInput { usage.inputTokens += value }
          if isOutput { usage.outputTokens += value }
          if isInput || isOutput { usage.hasTokens = true }
        }
      }
    }
    usage.cost = wholeCost ?? partialCost
    return usage
  }
}
