/// What `torii status` prints.
struct OperateStatusText {
  private let status: OperateStatus
  private let now: Double
  private let style: TextStyle
  /// How many faults are shown when nobody asks for all.
  private static let faultLimit = 5

  init(_ status: OperateStatus, now: Double, style: TextStyle) {
    self.status = status
    self.now = now
    self.style = style
  }

  /// All of it.
  func text(isVerbose: Bool) -> String {
    var lines = [headline]
    lines += section("generations", generations(isVerbose: isVerbose))
    lines += section("canary", canary)
    lines += section("workers", workers)
    lines += section("memory by plugin", memory)
    lines += section("quarantined plugins", quarantines)
    let all = status.faults
    let shown = isVerbose ? all : Array(all.suffix(Self.faultLimit))
    let title = shown.count < status.faultCount ? "faults (the last \(shown.count) of \(status.faultCount))" : "faults"
    lines += section(title, shown.reversed().flatMap { faultLines($0, isVerbose: isVerbose) })
    lines += section("advice", OperateAdvice(status, now: now).lines)
    return lines.map { $0 + "\n" }.joined()
  }

  private func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : ["", style.bold(title)] + lines.map { "  " + $0 }
  }

  /// Whether it is ready, and how much it does.
  private var headline: String {
    var parts: [String] = []
    if let generation = status.generation { parts.append("generation \(generation)") }
    if let requests = status.requests { parts.append(OperateFormat.count(requests, "request")) }
    if let connections = status.connections { parts.append("\(OperateFormat.count(connections, "connection")) open") }
    if let restarts = status.restarts { parts.append(OperateFormat.count(restarts, "restart")) }
    parts.append(OperateFormat.count(status.faultCount, "fault"))
    let state = status.isReady ? style.bold("ready") : style.red("not ready")
    let reason = status.message.map { " (\($0))" } ?? ""
    return "\(state)\(reason): \(parts.joined(separator: ", "))"
  }

  private func generations(isVerbose: Bool) -> [String] {
    var table = TextTable([
      .init(title: "number", isNumber: true), .init(title: "state"), .init(title: "since"),
      .init(title: "requests on it", isNumber: true), .init(title: "served", isNumber: true),
      .init(title: "failed", isNumber: true),
    ])
    for generation in status.generations {
      table.add([
        "\(generation.number)", generation.state, OperateFormat.age(generation.since, now),
        number(generation.activeRequests), number(generation.served), number(generation.failed),
      ])
    }
    guard !table.rows.isEmpty else { return [] }
    var libraries = TextTable([.init(title: ""), .init(title: ""), .init(title: ""), .init(title: "")])
    for library in status.generations.flatMap(\.libraries) {
      let hash = isVerbose ? library.hash : String(library.hash.prefix(12))
      libraries.add([library.plugin, library.version, hash, library.source])
    }
    var lines = table.lines
    var result = [style.dim(lines.removeFirst())]
    var rest = libraries.lines.dropFirst()
    for (generation, line) in zip(status.generations, lines) {
      result.append(line)
      for _ in generation.libraries { if let library = rest.popFirst() { result.append("          \(library)") } }
    }
    return result
  }

  private var workers: [String] {
    var table = TextTable([
      .init(title: "worker", isNumber: true), .init(title: "pid", isNumber: true),
      .init(title: "generation", isNumber: true), .init(title: "requests", isNumber: true),
      .init(title: "connections", isNumber: true), .init(title: "memory", isNumber: true),
      .init(title: "images", isNumber: true), .init(title: "retained", isNumber: true), .init(title: "in"),
    ])
    for worker in status.workers {
      table.add([
        "\(worker.index)", worker.pid.flatMap { $0 > 0 ? "\($0)" : nil } ?? "-", number(worker.generation),
        number(worker.requests), number(worker.connections), OperateFormat.bytes(worker.residentBytes),
        number(worker.images), number(worker.retainedImages), doing(worker),
      ])
    }
    guard !table.rows.isEmpty else { return [] }
    var lines = table.lines
    lines[0] = style.dim(lines[0])
    return lines
  }

  private var memory: [String] {
    var table = TextTable([
      .init(title: "plugin"), .init(title: "version"), .init(title: "instances", isNumber: true),
      .init(title: "library", isNumber: true), .init(title: "its own", isNumber: true),
      .init(title: "touched", isNumber: true), .init(title: "bodies", isNumber: true),
      .init(title: "shared entries", isNumber: true),
      .init(title: "shared", isNumber: true),
    ])
    for entry in status.memory {
      let shared = status.shared.first { $0.plugin == entry.plugin }
      table.add([
        entry.plugin, entry.version, "\(entry.instances)", OperateFormat.bytes(entry.library),
        OperateFormat.bytes(entry.own), OperateFormat.bytes(entry.touched), OperateFormat.bytes(entry.held),
        number(shared?.entries),
        shared.map { OperateFormat.bytes($0.bytes) } ?? "",
      ])
    }
    // Plugins that no worker has any more; what they keep stays.
    for entry in status.shared where !status.memory.contains(where: { $0.plugin == entry.plugin }) {
      table.add([entry.plugin, "", "", "", "", "", "", "\(entry.entries)", OperateFormat.bytes(entry.bytes)])
    }
    guard !table.rows.isEmpty else { return [] }
    var lines = table.lines
    lines[0] = style.dim(lines[0])
    return lines
  }

  private func doing(_ worker: OperateStatus.Worker) -> String {
    guard let call = worker.call else { return "" }
    let route = call.route.map { ", route \($0)" } ?? ""
    let time = worker.turnMilliseconds >= 1 ? " (\(OperateFormat.nanoseconds(worker.turnMilliseconds * 1e6)))" : ""
    return "\(call.plugin) \(call.phase)\(route)\(time)"
  }

  private var canary: [String] {
    let ends = status.canaryHistory.suffix(1).map(endLine)
    return (status.canary.map { [canaryLine($0)] } ?? []) + ends
  }

  /// How a canary is doing.
  func canaryLine(_ canary: OperateStatus.Canary) -> String {
    let share = canary.share.isEmpty ? "" : " takes \(canary.share) of new requests"
    let since = canary.since.map { " since \(OperateFormat.length(now - $0))" } ?? ""
    let left = canary.until.map { "; \(OperateFormat.length($0 - now)) left" } ?? ""
    return "generation \(canary.generation)\(share)\(since): \(Self.counts(canary))\(left)"
  }

  /// `10 served, 0 failed, 0 faults`
  static func counts(_ canary: OperateStatus.Canary) -> String {
    "\(canary.served) served, \(canary.failed) failed, \(OperateFormat.count(canary.faults, "fault"))"
  }

  /// How a canary ended.
  func endLine(_ end: OperateStatus.CanaryEnd) -> String {
    let age = end.time == nil ? "" : " \(OperateFormat.age(end.time, now))"
    return "generation \(end.generation) was \(end.outcome)\(age)" + (end.reason.isEmpty ? "" : ": \(end.reason)")
  }

  private var quarantines: [String] {
    status.quarantines.map { entry in
      let effect = entry.action == "bypass" ? "requests go on without it" : "its routes are refused"
      let age = entry.since == nil ? "" : ", \(OperateFormat.age(entry.since, now))"
      return style.red(entry.name)
        + "  \(entry.action) (\(effect)) after \(OperateFormat.count(entry.faults, "fault"))\(age)"
    }
  }

  private func faultLines(_ fault: OperateStatus.Fault, isVerbose: Bool) -> [String] {
    var lines = ["#\(fault.number)  \(OperateFormat.age(fault.time, now))  " + Self.line(fault)]
    guard isVerbose else { return lines }
    if let time = fault.time { lines.append("    at \(OperateFormat.timestamp(time))") }
    let worker = [fault.worker.map { "worker \($0)" }, fault.pid.map { "pid \($0)" }].compactMap { $0 }
    if !worker.isEmpty { lines.append("    \(worker.joined(separator: ", "))") }
    if !fault.library.isEmpty { lines.append("    library \(fault.library)") }
    return lines + fault.trace.map { "    \($0)" }
  }

  /// A fault in one line, without its time.
  static func line(_ fault: OperateStatus.Fault) -> String {
    let plugin = fault.plugin.isEmpty ? "no plugin" : TextTable.trimmed("plugin \(fault.plugin) \(fault.version)")
    var text = fault.kind == "heap" ? "corrupted heap" : fault.kind
    if let signal = fault.signal, !signal.isEmpty { text += " (\(signal))" }
    if fault.kind == "exit", let code = fault.exitCode { text += " (code \(code))" }
    // Who corrupted it is not known.
    text += fault.kind == "heap" ? "  found while in \(plugin)" : "  \(plugin)"
    if !fault.phase.isEmpty, fault.phase != "none" { text += " in \(fault.phase)" }
    if let route = fault.route { text += ", route \(route)" }
    if let message = fault.message, !message.isEmpty { text += ": \(message)" }
    return text + (fault.isQuarantined ? "; quarantined for it" : "")
  }

  private func number(_ value: Int?) -> String { value.map(String.init) ?? "" }
}
