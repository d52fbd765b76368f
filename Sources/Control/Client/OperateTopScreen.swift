/// What `torii top` draws.
struct OperateTopScreen {
  private let rates: OperateRates
  private let address: String
  private let failure: String?
  private let style: TextStyle

  init(_ rates: OperateRates, address: String, failure: String?, style: TextStyle) {
    self.rates = rates
    self.address = address
    self.failure = failure
    self.style = style
  }

  /// The lines of a terminal of this size: no more, and none that is longer.
  func lines(columns: Int, rows: Int) -> [String] {
    var lines = head.map { TextTable.cut($0, to: columns) }
    if let first = lines.first { lines[0] = style.bold(first) }
    if let failure { lines.insert(style.red(TextTable.cut(failure, to: columns)), at: min(1, lines.count)) }
    var below = self.below.map { TextTable.cut($0, to: columns) }
    let table = plugins.map { TextTable.cut($0, to: columns) }
    // At least some plugins are to be seen; what is below them is what yields.
    let least = min(table.count, 6)
    let room = rows - lines.count - 1 - least - 1
    if below.count > room { below = Array(below.prefix(max(0, room))) }
    let tableRoom = rows - lines.count - 1 - (below.isEmpty ? 0 : below.count + 1)
    if tableRoom > 0, let title = table.first {
      lines += ["", style.dim(title)] + table.dropFirst().prefix(max(0, tableRoom - 1))
    }
    if !below.isEmpty { lines += [""] + below }
    return Array(lines.prefix(max(1, rows)))
  }

  private var head: [String] {
    let status = rates.status
    var first = "torii top  \(address)  \(status.isReady ? "ready" : "NOT READY")"
    if let generation = status.generation { first += "  generation \(generation)" }
    if let message = status.message, !status.isReady { first += "  \(message)" }
    first += "  \(OperateFormat.timestamp(rates.time))"
    var second = "requests/s \(OperateFormat.rate(rates.requestsPerSecond))"
    if let connections = status.connections { second += "   connections \(connections)" }
    if !status.workers.isEmpty { second += "   workers \(status.workers.count)" }
    let memory = status.workers.compactMap(\.residentBytes)
    if !memory.isEmpty { second += "   memory \(OperateFormat.bytes(memory.reduce(0, +)))" }
    if let restarts = status.restarts { second += "   restarts \(restarts)" }
    var lines = [first, second]
    if !rates.latencies.isEmpty {
      let width = rates.latencies.map(\.name.count).max() ?? 0
      lines += rates.latencies.map { entry in
        let name = entry.name + String(repeating: " ", count: width - entry.name.count)
        return "\(name)  mean \(OperateFormat.nanoseconds(entry.timing.mean)), "
          + "p50 \(OperateFormat.bound(entry.timing.bound(of: 0.5))), "
          + "p99 \(OperateFormat.bound(entry.timing.bound(of: 0.99)))"
      }
    }
    if let line = usage { lines.append(line) }
    if let canary = status.canary {
      let left = canary.until.map { ", \(OperateFormat.length($0 - rates.time)) left" } ?? ""
      lines.append(
        "canary generation \(canary.generation) \(canary.share): \(OperateStatusText.counts(canary))\(left)")
    }
    return lines
  }

  private var usage: String? {
    var parts: [String] = []
    if rates.usage.hasTokens {
      parts.append(
        "tokens/s in \(OperateFormat.rate(rates.inputTokensPerSecond)) "
          + "out \(OperateFormat.rate(rates.outputTokensPerSecond))")
    }
    if let cost = rates.usage.cost {
      let hourly = rates.costPerHour.map { OperateFormat.fixed($0, 2) } ?? "-"
      parts.append("cost/h \(hourly)   cost \(OperateFormat.fixed(cost, 4))")
    }
    return parts.isEmpty ? nil : parts.joined(separator: "   ")
  }

  private var plugins: [String] {
    var table = TextTable([
      .init(title: "PLUGIN"), .init(title: "PHASE"), .init(title: "CALLS/S", isNumber: true),
      .init(title: "MEAN", isNumber: true), .init(title: "P99", isNumber: true), .init(title: "TIME", isNumber: true),
    ])
    let isRate = rates.seconds > 0
    for phase in rates.phases {
      let name = TextTable.trimmed("\(phase.plugin) \(phase.version)")
      table.add([
        TextTable.cut(name, to: 26), phase.phase, isRate ? OperateFormat.rate(phase.callsPerSecond) : "-",
        OperateFormat.nanoseconds(phase.timing.mean), OperateFormat.bound(phase.timing.bound(of: 0.99)),
        isRate ? OperateFormat.fixed(phase.share * 100, 1) + "%" : "-",
      ])
    }
    return table.rows.isEmpty ? ["no plugin was called"] : table.lines
  }

  /// Faults and what to do.
  private var below: [String] {
    let status = rates.status
    guard status.faultCount > 0 || !status.quarantines.isEmpty else {
      return OperateAdvice(status, now: rates.time).lines
    }
    let new = rates.newFaults > 0 ? ", \(rates.newFaults) since top was started" : ""
    var lines = ["faults \(status.faultCount)\(new)"]
    lines += status.faults.suffix(3).reversed().map { fault in
      "  \(OperateFormat.age(fault.time, rates.time))  \(OperateStatusText.line(fault))"
    }
    for entry in status.quarantines {
      lines.append("  \(entry.name) is quarantined (\(entry.action)): 'torii plugin reinstate \(entry.name)' ends it")
    }
    return lines
  }
}
