import JSON

extension OperateStatus {
  /// Reads a status.
  init(_ node: JSONNode) {
    isReady = node["ready"]?.boolean ?? false
    message = node.plain("message")
    generation = node["generation"]?.integer
    requests = node["requests"]?.integer
    connections = node["connections"]?.integer
    restarts = node["restarts"]?.integer
    workers = node.elements("workers").enumerated().map { Self.worker($1, place: $0) }
    generations = node.elements("generations").map(Self.generation)
    for plugin in node.elements("plugin_calls") { addCalls(plugin) }
    for member in node["latencies"]?.members ?? [] where member.value.members != nil {
      latencies.append((PlainText.line(member.name), OperateTiming(member.value)))
    }
    for plugin in node["plugins"]?.members ?? [] {
      let values = (plugin.value.members ?? []).compactMap { metric in
        metric.value.double.map { (PlainText.line(metric.name), $0) }
      }
      metrics[PlainText.line(plugin.name)] = Dictionary(values) { $1 }
    }
    faults = node.elements("faults").map(Self.fault).sorted { $0.number < $1.number }
    faultCount = max(node["fault_count"]?.integer ?? 0, faults.count)
    memory = node.elements("plugin_memory").map(Self.memory)
    shared = (node["shared_store"]?.elements("plugins") ?? []).map { entry in
      SharedUse(
        plugin: entry.plain("plugin") ?? "?", entries: entry["entries"]?.integer ?? 0,
        bytes: entry["memory_bytes"]?.double ?? 0, refused: entry["refused"]?.integer ?? 0)
    }
    quarantines = node.elements("quarantines").map { entry in
      Quarantine(
        name: entry.plain("name") ?? "?", action: entry.plain("action") ?? "reject",
        faults: entry["faults"]?.integer ?? 0, since: entry.time("since"))
    }
    canary = node.present("canary").flatMap(Self.canary)
    canaryHistory = node.elements("canary_history").map { entry in
      CanaryEnd(
        generation: entry["generation"]?.integer ?? 0, outcome: entry.plain("outcome") ?? "ended",
        reason: entry.plain("reason") ?? "", time: entry.time("time"))
    }
  }

  private static func generation(_ node: JSONNode) -> Generation {
    Generation(
      number: node["number"]?.integer ?? 0, state: node.plain("state") ?? "", since: node.time("since"),
      activeRequests: node["active_requests"]?.integer, served: node["served"]?.integer,
      failed: node["failed"]?.integer,
      libraries: node.elements("libraries").map { library in
        Library(
          plugin: library.plain("plugin") ?? "?", version: library.plain("version") ?? "",
          hash: library.plain("hash") ?? "", source: library.plain("source") ?? "")
      })
  }

  private static func worker(_ node: JSONNode, place: Int) -> Worker {
    var worker = Worker(index: node["index"]?.integer ?? place)
    worker.pid = node["pid"]?.integer
    worker.generation = node["generation"]?.integer
    worker.requests = node["requests"]?.integer
    worker.connections = node["connections"]?.integer
    worker.residentBytes = node["resident_bytes"]?.double
    worker.images = node["images"]?.integer
    worker.retainedImages = node["retained_images"]?.integer
    worker.turnMilliseconds = node["turn_milliseconds"]?.double ?? 0
    if let call = node.present("call"), let plugin = call.plain("plugin"), !plugin.isEmpty {
      worker.call = Call(
        plugin: plugin, phase: call.plain("phase") ?? "?", route: call.plain("route_name") ?? call.plain("route"))
    }
    return worker
  }

  private static func fault(_ node: JSONNode) -> Fault {
    var fault = Fault(number: node["number"]?.integer ?? 0)
    fault.time = node.time("time")
    fault.kind = node.plain("kind") ?? "crash"
    fault.worker = node["worker"]?.integer
    fault.pid = node["pid"]?.integer
    fault.signal = node.plain("signal")
    fault.message = node.plain("message")
    fault.exitCode = node["exit_code"]?.integer
    fault.plugin = node.plain("plugin") ?? ""
    fault.version = node.plain("version") ?? ""
    fault.library = node.plain("library") ?? ""
    fault.phase = node.plain("phase") ?? ""
    fault.route = node.plain("route_name") ?? node.plain("route")
    fault.trace = node["trace"]?.strings.map(PlainText.line) ?? []
    fault.isQuarantined = node["quarantined"]?.boolean ?? false
    return fault
  }

  private static func memory(_ node: JSONNode) -> Memory {
    Memory(
      plugin: node.plain("plugin") ?? "?", version: node.plain("version") ?? "",
      instances: node["instances"]?.integer ?? 0, library: node["library_bytes"]?.double ?? 0,
      own: node["private_bytes"]?.double ?? 0, touched: node["touched_bytes"]?.double ?? 0,
      held: node["held_bytes"]?.double ?? 0)
  }

  private static func canary(_ node: JSONNode) -> Canary? {
    guard let generation = node["generation"]?.integer else { return nil }
    return Canary(
      generation: generation, share: node.plain("share") ?? "", since: node.time("since"), until: node.time("until"),
      served: node["served"]?.integer ?? 0, failed: node["failed"]?.integer ?? 0,
      faults: node["faults"]?.integer ?? 0)
  }

  private mutating func addCalls(_ node: JSONNode) {
    let plugin = node.plain("plugin") ?? "?"
    let version = node.plain("version") ?? ""
    for phase in node.elements("phases") {
      phases.append(
        PhaseCalls(
          plugin: plugin, version: version, phase: phase.plain("phase") ?? "?", timing: OperateTiming(phase)))
    }
    if let count = node["misbehaviours"]?.integer, count > 0 {
      misbehaviours.append(Misbehaviour(plugin: plugin, version: version, count: count))
    }
  }
}

extension OperateTiming {
  /// Reads `calls`, `nanoseconds` and `buckets`.
  init(_ node: JSONNode) {
    calls = max(0, node["calls"]?.double ?? 0)
    nanoseconds = max(0, node["nanoseconds"]?.double ?? 0)
    buckets = node.elements("buckets").prefix(Self.bucketCount).map { max(0, $0.double ?? 0) }
  }
}

extension JSONNode {
  /// The elements of a member that is a list.
  fileprivate func elements(_ name: String) -> [JSONNode] { self[name]?.array ?? [] }

  /// The text of a member in one line, without what a terminal would obey.
  fileprivate func plain(_ name: String) -> String? { text(name).map(PlainText.line) }

  /// Seconds since 1970; 0 is none.
  fileprivate func time(_ name: String) -> Double? {
    guard let seconds = self[name]?.double, seconds > 0, seconds < 1e11 else { return nil }
    return seconds
  }
}
