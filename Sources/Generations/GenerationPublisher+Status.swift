import CLinux
import Configuration
import Glibc
import JSON
import Supervision

/// What the operator is shown.
extension GenerationPublisher {
  private func object(_ members: [(String, JSONNode?)]) -> JSONNode {
    JSONNode(.object(members.compactMap { name, value in value.map { .init(name: name, value: $0) } }))
  }

  private func number(_ value: Int) -> JSONNode { JSONNode(.number(String(value))) }

  private func text(_ value: String?) -> JSONNode { value.map { JSONNode(.string($0)) } ?? JSONNode(.null) }

  /// Generations, workers, plugins and faults, for `GET /status` and the metrics.
  public var status: JSONNode {
    var members =
      object([
        ("generation", number(current?.number ?? board?.servedGeneration ?? 0)),
        ("restarts", number(board?.restartCount ?? 0)), ("fault_count", number(board?.faultCount ?? 0)),
        ("workers", JSONNode(.array(workerStates.sorted { $0.index < $1.index }.map(worker)))),
        ("generations", JSONNode(.array(generations))),
        ("latencies", latencies), ("plugin_calls", JSONNode(.array(pluginCalls))),
        ("plugin_memory", JSONNode(.array(memoryReport.plugins(board)))),
        ("shared_store", memoryReport.sharedStore()),
        ("faults", JSONNode(.array((board?.faults ?? []).map(fault)))),
        ("fault_counts", JSONNode(.array(faultCounts))),
        ("quarantines", JSONNode(.array((board?.quarantines ?? []).map(quarantine)))),
        ("canary", canary.map(shown) ?? JSONNode(.null)),
        ("canary_history", JSONNode(.array(canaryHistory.map(shown)))),
      ]).members ?? []
    var counts = workers.reduce(departed) { $0 + $1.counts }
    // The board knows also of those that went while another controller was there.
    if let board { counts.requests = max(counts.requests, board.requests) }
    members += counts.members
    return JSONNode(.object(members))
  }

  private func routeName(_ id: String?) -> String? {
    id.flatMap { id in current?.configuration.routes.first { $0.id == id }?.name }
  }

  /// What is known of a worker: from itself, or from the board when it has not said hello to this controller.
  private struct WorkerState {
    var index: Int
    var process: Int
    var serves: Int
    var requests: Int
    var connections: Int
  }

  private var workerStates: [WorkerState] {
    var states = workers.map { worker in
      WorkerState(
        index: worker.index, process: worker.process, serves: worker.serves, requests: worker.counts.requests,
        connections: worker.counts.connections)
    }
    guard let board else { return states }
    for place in 0..<board.placeCount {
      guard let part = unsafe board.part(place), unsafe part.pointee.process != 0,
        !states.contains(where: { unsafe $0.process == Int(part.pointee.process) })
      else { continue }
      states.append(
        unsafe WorkerState(
          index: board.index(at: place), process: Int(part.pointee.process),
          serves: Int(clamping: part.pointee.generation),
          requests: Int(clamping: part.pointee.requests), connections: Int(clamping: part.pointee.connections)))
    }
    return states
  }

  private func worker(_ worker: WorkerState) -> JSONNode {
    var call: JSONNode?
    var turn = 0
    var images = 0
    var retained = 0
    if let place = board?.place(of: worker.process), let part = unsafe board?.part(place) {
      images = unsafe Int(clamping: part.pointee.images)
      retained = unsafe Int(clamping: part.pointee.retained_images)
      let begun = unsafe clinux_load_acquire(&part.pointee.turn_start)
      let now = clinux_monotonic()
      turn = begun != 0 && now > begun ? Int((now - begun) / 1_000_000) : 0
      if let running = board?.running(at: place) {
        call = object([
          ("plugin", text(running.plugin)), ("phase", text(running.phase)),
          ("route", running.route.map { text($0) }), ("route_name", routeName(running.route).map { text($0) }),
        ])
      }
    }
    return object([
      ("index", number(worker.index)), ("pid", number(worker.process)), ("generation", number(worker.serves)),
      ("requests", number(worker.requests)), ("connections", number(worker.connections)),
      ("resident_bytes", number(ProcessMemory.resident(of: pid_t(truncatingIfNeeded: worker.process)) ?? 0)),
      ("images", number(images)), ("retained_images", number(retained)), ("turn_milliseconds", number(turn)),
      ("call", call),
    ])
  }

  private var generations: [JSONNode] {
    var list = history.entries.map { ($0, isCanary: false) }
    if let canary {
      list.append((.init(document: canary.document, since: canary.since, origins: [:]), true))
    }
    return list.map { entry, isCanary in
      let number = entry.document.number
      let counts = workers.reduce(into: (active: 0, served: 0, failed: 0)) { sum, worker in
        guard let counted = worker.counts.generations[number] else { return }
        sum = (sum.active + counted.active, sum.served + counted.served, sum.failed + counted.failed)
      }
      let state =
        isCanary
        ? "canary" : number == current?.number ? "in service" : counts.active > 0 ? "retiring" : "retired"
      let libraries = entry.document.libraries.sorted { $0.key < $1.key }.map { name, library in
        object([
          ("plugin", text(name)), ("version", text(entry.origins[name]?.version ?? "")),
          ("hash", text(library.identity)),
          ("source", text(entry.origins[name]?.source ?? catalog.source(of: library))),
        ])
      }
      return object([
        ("number", self.number(number)), ("state", text(state)), ("since", self.number(entry.since)),
        ("active_requests", self.number(counts.active)), ("served", self.number(counts.served)),
        ("failed", self.number(counts.failed)), ("libraries", JSONNode(.array(libraries))),
      ])
    }
  }

  /// `request`: from the first byte of a request to the end of its response; `upstream`: until the head of the upstream's.
  private var latencies: JSONNode? {
    guard let times = board?.requestTimes else { return nil }
    func shown(_ durations: Durations) -> JSONNode {
      object([
        ("calls", number(durations.count)), ("nanoseconds", number(durations.nanoseconds)),
        ("buckets", JSONNode(.array(durations.buckets.map { number($0) }))),
      ])
    }
    return object([("request", shown(times.request)), ("upstream", shown(times.upstream))])
  }

  private var pluginCalls: [JSONNode] {
    guard let board else { return [] }
    return board.pluginCalls.map { plugin in
      let phases = plugin.phases.map { phase in
        object([
          ("phase", text(phase.name)), ("calls", number(phase.calls)), ("nanoseconds", number(phase.nanoseconds)),
          ("buckets", JSONNode(.array(phase.buckets.map { number($0) }))),
        ])
      }
      return object([
        ("plugin", text(plugin.name)), ("version", text(plugin.version)),
        ("misbehaviours", number(plugin.misbehaviours)), ("phases", JSONNode(.array(phases))),
      ])
    }
  }

  private func fault(_ fault: Fault) -> JSONNode {
    object([
      ("number", number(fault.number)), ("time", number(fault.seconds)), ("kind", text(fault.kind.rawValue)),
      ("worker", number(fault.worker)), ("pid", number(fault.process)),
      ("signal", fault.signal == 0 ? JSONNode(.null) : text(fault.signalName)), ("exit_code", number(fault.exitCode)),
      ("message", fault.message.isEmpty ? JSONNode(.null) : text(fault.message)),
      ("plugin", text(fault.plugin)), ("version", text(fault.version)), ("library", text(fault.library)),
      ("source", text(catalog.source(of: fault.library))), ("phase", text(fault.phase)),
      ("entity", text(fault.entity)), ("route", text(fault.route)), ("route_name", text(routeName(fault.route))),
      ("trace", JSONNode(.array(fault.trace.split(separator: "\n").map { text(String($0)) }))),
      ("quarantined", JSONNode(.boolean(fault.isQuarantined))),
    ])
  }

  /// Since the gateway was started, also of those that are not shown any more.
  private var faultCounts: [JSONNode] {
    (board?.faultCounts ?? []).map { entry in
      object([
        ("plugin", text(entry.plugin)), ("kind", text(entry.kind.rawValue)), ("phase", text(entry.phase)),
        ("count", number(entry.count)),
      ])
    }
  }

  private func quarantine(_ plugin: QuarantinedPlugin) -> JSONNode {
    object([
      ("name", text(plugin.name)), ("action", text(plugin.isBypassed ? "bypass" : "reject")),
      ("faults", number(plugin.faults)), ("since", number(plugin.since)),
    ])
  }

  private func shown(_ canary: Canary) -> JSONNode {
    let counts = canaryCounts(canary.document.number)
    let percent = Double(canary.options.share.perTenThousand) / 100
    return object([
      ("generation", number(canary.document.number)),
      ("share", text((percent == percent.rounded() ? String(Int(percent)) : String(percent)) + "%")),
      ("since", number(canary.since)), ("until", number(canary.since + canary.options.duration)),
      ("served", number(counts.served)), ("failed", number(counts.failed)),
      ("faults", number((board?.faultCount ?? 0) - canary.faultsBefore)),
    ])
  }

  private func shown(_ outcome: Canary.Outcome) -> JSONNode {
    object([
      ("generation", number(outcome.number)), ("outcome", text(outcome.isPromoted ? "promoted" : "rolled back")),
      ("reason", text(outcome.reason)), ("time", number(outcome.time)),
    ])
  }
}
