/// What can be done about what a status shows: a line each.
struct OperateAdvice {
  private let status: OperateStatus
  private let now: Double
  /// A turn of a worker's loop that is too long, in milliseconds.
  private static let longTurn = 1000.0
  /// Seconds after which requests on an old generation are worth a word.
  private static let longRetirement = 600.0

  init(_ status: OperateStatus, now: Double) {
    self.status = status
    self.now = now
  }

  /// The lines, what matters most first.
  var lines: [String] { readiness + quarantines + blocked + faults + misbehaviours + canary + retirement }

  private var readiness: [String] {
    if status.isReady { return [] }
    if status.generations.isEmpty {
      return ["nothing is configured yet: apply a configuration ('torii gateway apply FILE')"]
    }
    return ["it does not serve: read its log; 'torii check FILE' tells what is wrong with a configuration"]
  }

  private var quarantines: [String] {
    status.quarantines.map { entry in
      "when \(entry.name) is repaired, load it with 'torii reload' and end its quarantine with "
        + "'torii plugin reinstate \(entry.name)'; 'torii rollback' brings back the libraries before"
    }
  }

  private var blocked: [String] {
    status.workers.filter { $0.turnMilliseconds >= Self.longTurn }.map { worker in
      let time = OperateFormat.nanoseconds(worker.turnMilliseconds * 1e6)
      let place = worker.call.map { "\($0.plugin) blocks it in \($0.phase)" } ?? "no plugin is at work in it"
      return "worker \(worker.index) has done nothing else for \(time): \(place)"
    }
  }

  private var faults: [String] {
    let quarantined = Set(status.quarantines.map(\.name))
    var lines: [String] = []
    var seen: Set<String> = []
    for fault in status.faults.reversed() where seen.insert(fault.plugin).inserted {
      if fault.plugin.isEmpty {
        lines.append("a worker ended outside of every plugin: that is a defect of torii; report it with 'status -v'")
      } else if !quarantined.contains(fault.plugin) {
        let library = fault.library.isEmpty ? "LIBRARY" : fault.library
        lines.append(
          "\(fault.plugin) ended a worker: 'torii status -v' shows where; 'torii plugin test \(library)' may find why")
      }
    }
    return lines
  }

  private var misbehaviours: [String] {
    status.misbehaviours.map { entry in
      "\(entry.plugin) \(entry.version) broke the rules of the plugin interface "
        + "\(OperateFormat.count(entry.count, "time")): the log says which"
    }
  }

  private var canary: [String] {
    guard let canary = status.canary else { return [] }
    return ["generation \(canary.generation) is tried out: 'torii canary promote' or 'abort' ends it now"]
  }

  private var retirement: [String] {
    status.generations.compactMap { generation in
      guard generation.state == "retiring", let active = generation.activeRequests, active > 0,
        let since = generation.since, now - since >= Self.longRetirement
      else { return nil }
      let requests = OperateFormat.count(active, "request")
      return "\(requests) still on generation \(generation.number): its libraries stay until they end"
    }
  }
}
