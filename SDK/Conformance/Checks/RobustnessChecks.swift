import CConformance
import CToriiPlugin
import Glibc

/// H. Reloads, failing hosts, and sequences that nobody thought of.
enum RobustnessChecks {
  static let all: [Check] = [
    Check(
      66, "reload.generations", level: 2, needs: ["lifecycle.second-generation", "requests.interleaved"],
      "a new generation starts while the old one has open requests, and both serve on"
    ) {
      try generations($0)
    },
    Check(
      73, "reload.state", level: 2,
      needs: ["requests.minimal", "requests.views", "config.sibling-destroyed", "config.same-behaviour"],
      "hands over a state that it can read, and survives one that it cannot"
    ) {
      try StateCheck.run($0)
    },
    Check(71, "robustness.host-errors", level: 3, needs: everything, "survives each call into the host failing once") {
      try hostErrors($0)
    },
    Check(
      72, "robustness.fuzz", level: 3, needs: everything + ["robustness.host-errors"],
      "survives random requests, orders, ends and aborts"
    ) {
      try fuzz($0)
    },
  ]

  /// What is known to be wrong already would only be found again.
  private static let everything =
    (RequestChecks.all + BodyChecks.all + AsyncChecks.all).map(\.name) + [
      "config.garbage", "lifecycle.missing-interface",
    ]

  private static func generations(_ context: CheckContext) throws(Finding) {
    let old = try context.startInstance()
    let oldRun = ScriptedRun(old.plugin.host)
    let scripts = [Scripts.get(), Scripts.post(), Scripts.pieces()]
    let expected = scripts.map { outcome(oldRun.play(old.instance, $0)) }
    // Requests that are open when the reload comes: paused ones where they pause, others after so many steps.
    var open: [(exchange: ScriptedExchange, expected: [String])] = []
    for (index, script) in scripts.enumerated() {
      for steps in [0, 1, 2, 4] {
        let exchange = ScriptedExchange(old.instance, script)
        oldRun.add(exchange)
        for _ in 0..<steps where exchange.pausedIn == nil && !exchange.isDone { exchange.step() }
        open.append((exchange, expected[index]))
      }
    }
    unsafe conformance_note_step("a new generation starts beside the old one")
    let new = HostedPlugin(try PluginImage(try context.copyOfLibrary("next-generation.so")))
    new.host.store = old.plugin.host.store
    try new.mustStart()
    let instance = try new.mustCreate(try context.sample(new.image).text)
    let newRun = ScriptedRun(new.host)
    func serve(_ when: String) throws(Finding) {
      for (index, script) in scripts.enumerated() {
        let seen = outcome(newRun.play(instance, script))
        if seen != expected[index] {
          throw .failed("the new generation serves otherwise \(when):\nold: \(expected[index])\nnew: \(seen)")
        }
      }
    }
    try serve("while the old one has open requests")
    for (exchange, expected) in open {
      while !exchange.isDone { oldRun.move(exchange) }
      oldRun.remove(exchange)
      let seen = outcome(exchange)
      if seen != expected {
        throw .failed("a request of the old generation ends otherwise:\nalone: \(expected)\nnow:   \(seen)")
      }
    }
    unsafe conformance_note_step("the old generation is destroyed and stopped")
    old.plugin.destroy(old.instance)
    old.plugin.stop()
    if old.plugin.image.mayUnload { old.plugin.image.close() }
    try serve("when the old one has been stopped")
    new.destroy(instance)
    new.stop()
  }

  /// What does not depend on time or chance.
  private static func outcome(_ exchange: ScriptedExchange) -> [String] {
    exchange.actions.filter { !$0.hasPrefix("event") } + ["status \(exchange.request.status)"]
  }

  // MARK: A host that fails

  /// The statuses that a call can fail with; the first is tried everywhere.
  private static let statuses = [TORII_E_FAILED, TORII_E_LIMIT, TORII_E_MEMORY, TORII_E_STALE, TORII_E_UNSUPPORTED]

  private static func hostErrors(_ context: CheckContext) throws(Finding) {
    try failingStart(context)
    let (plugin, instance) = try context.startInstance()
    let host = plugin.host
    let start = conformance_now()
    var calls = 0
    for (name, script) in [("GET", Scripts.get()), ("POST", Scripts.post()), ("POST in pieces", Scripts.pieces())] {
      let run = ScriptedRun(host)
      host.callCount = 0
      run.play(instance, script)
      let count = min(host.callCount, 2000)
      for status in statuses {
        var index = 1
        while index <= count, conformance_now() &- start < 8_000_000_000 {
          unsafe conformance_note_step("\(name), host call \(index) of \(count) fails with \(status)")
          host.callCount = 0
          host.fault = .init(at: index, status: status)
          run.play(instance, script)
          host.fault = nil
          host.trace = []
          calls += 1
          index += 1
        }
      }
      // Whatever failed is over: the next request is as the first.
      host.forgetViolations()
      run.play(instance, script)
      if let first = host.violations(.failure).first {
        throw .failed("after calls into the host have failed: \(first)")
      }
    }
    plugin.destroy(instance)
    plugin.stop()
    context.note = "\(calls) failing calls"
  }

  /// start() and config_create(), each in a process of its own: they come once.
  private static func failingStart(_ context: CheckContext) throws(Finding) {
    // Here it is not loaded: some languages start threads when they are, and a process that has them cannot be divided.
    let (_, counts) = Fork.run {
      do throws(Finding) {
        let plugin = HostedPlugin(try PluginImage(context.path))
        _ = plugin.start()
        _ = plugin.create(try context.sample(plugin.image).text)
        return (0, UInt64(min(plugin.host.callCount, 40)) | UInt64(plugin.image.facts.needs.count) << 32)
      } catch { return (1, 0) }
    }
    let needs = Int(counts >> 32)
    for index in 1...max(1, Int(counts & 0xFFFF_FFFF)) where index > needs {
      let (code, _) = Fork.run {
        do throws(Finding) {
          let plugin = HostedPlugin(try PluginImage(context.path))
          plugin.host.fault = .init(at: index, status: TORII_E_MEMORY)
          guard plugin.start().status == TORII_OK else { return (0, 0) }
          let (instance, _) = plugin.create(try context.sample(plugin.image).text)
          if let instance {
            ScriptedRun(plugin.host).play(instance, Scripts.post())
            plugin.destroy(instance)
          }
          plugin.stop()
          return (0, 0)
        } catch { return (1, 0) }
      }
      if code > 1 {
        throw .failed(
          "it dies (\(Words.end(code))) when call \(index) into the host during start or config_create fails")
      }
    }
  }

  // MARK: Fuzzing

  private static func fuzz(_ context: CheckContext) throws(Finding) {
    var options = ScriptedHost.Options()
    options.traces = false
    options.guardsState = true
    let (plugin, instance) = try context.startInstance(options)
    let start = conformance_now()
    let limit = UInt64((context.fuzzSeconds ?? 3) * 1e9)
    let wanted = context.fuzzSeconds == nil ? 400 : Int.max
    var rounds = 0
    while rounds < wanted, conformance_now() &- start < limit {
      // A round can be had again by its number alone.
      try round(context.seed &+ UInt64(rounds), plugin, instance, number: rounds)
      rounds += 1
    }
    plugin.destroy(instance)
    plugin.stop()
    context.note = "\(rounds) rounds"
  }

  private static func round(
    _ seed: UInt64, _ plugin: HostedPlugin, _ instance: HostedInstance, number: Int
  ) throws(Finding) {
    var generator = SplitMix(seed: seed)
    let run = ScriptedRun(plugin.host)
    var open: [ScriptedExchange] = []
    var steps = 0
    unsafe conformance_note_step("round \(number) of robustness.fuzz, seed \(seed)")
    while steps < 120 || !open.isEmpty {
      steps += 1
      if steps < 120, open.count < 6, generator.below(4) == 0 || open.isEmpty {
        let exchange = ScriptedExchange(instance, script(&generator))
        exchange.exceedsLimit = generator.below(12) == 0
        run.add(exchange)
        open.append(exchange)
      }
      run.order = [.due, .due, .reversed, .early, .late][generator.below(5)]
      run.outcome = CalloutOutcome.allCases[generator.below(CalloutOutcome.allCases.count)]
      guard !open.isEmpty else { break }
      let place = generator.below(open.count)
      let exchange = open[place]
      switch generator.below(40) {
      case 0: exchange.abort()
      case 1 where unsafe exchange.pausedIn != nil && plugin.image.callbacks.event != nil: exchange.timeOut()
      case 2:
        plugin.host.clock &+= UInt64(generator.below(100_000)) &* 1_000_000
        run.fireDue()
      case 3 where generator.below(4) == 0:
        plugin.host.callCount = 0
        plugin.host.fault = .init(at: 1 + generator.below(6), status: statuses[generator.below(statuses.count)])
        run.move(exchange)
        plugin.host.fault = nil
      default: run.move(exchange)
      }
      let canary = exchange.request.canaries
      if canary != 0 { throw .failed("round \(number): it wrote outside of its request state") }
      if exchange.isDone {
        run.remove(exchange)
        open.remove(at: place)
      }
    }
    plugin.host.forgetViolations()
  }

  private static func script(_ generator: inout SplitMix) -> RequestScript {
    func cut(_ bytes: [UInt8]) -> [[UInt8]] {
      var places: [Int] = []
      for _ in 0..<generator.below(5) { places.append(generator.below(bytes.count)) }
      return Scripts.cut(bytes, at: Array(Set(places)).sorted()) + (generator.below(6) == 0 ? [[]] : [])
    }
    let method = ["GET", "POST", "POST", "PUT", "HEAD"][generator.below(5)]
    var request = method == "POST" || method == "PUT" ? cut(Scripts.json) : []
    if generator.below(8) == 0, !request.isEmpty {
      request = [[UInt8](repeating: UInt8(generator.below(256)), count: 100)]
    }
    return RequestScript(
      method: method, target: ["/", "/example", "/v1/chat/completions", "/v1/messages?beta=true"][generator.below(4)],
      version: generator.below(6) == 0 ? "1.0" : "1.1", pieces: request,
      status: [200, 200, 200, 404, 500, 204][generator.below(6)],
      upstreamFields: [("Content-Type", ["text/plain", "application/json", "text/event-stream"][generator.below(3)])],
      upstreamPieces: method == "HEAD" ? [] : cut(generator.below(2) == 0 ? Scripts.text : Scripts.json),
      breaksOff: generator.below(8) == 0)
  }
}
