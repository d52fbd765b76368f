import CConformance
import CToriiPlugin
import Glibc

/// G. Pauses, timers, call-outs, threads.
enum AsyncChecks {
  static let all: [Check] = [
    Check(
      59, "async.pause-ends", level: 2, needs: ["async.callouts"],
      "resumes, answers or fails every request that it pauses"
    ) {
      try everyWay($0, [.pause])
    },
    Check(
      60, "async.timers", level: 2, needs: ["requests.minimal"],
      "survives timers that come early, late and in another order"
    ) {
      try timers($0)
    },
    Check(61, "async.callouts", level: 2, needs: ["requests.minimal"], "survives every way in which a call-out can end")
    {
      try callouts($0)
    },
    Check(
      62, "async.cancelled", level: 2, needs: ["async.callouts"],
      "waits for no event of an operation that it has cancelled"
    ) {
      try everyWay($0, [.pauseAfterCancel])
    },
    Check(
      63, "async.aborted", level: 2, needs: ["requests.minimal"],
      "starts nothing more for a request that was aborted while it was paused"
    ) {
      try aborted($0)
    },
    Check(64, "async.stale", level: 2, needs: ["requests.minimal"], "survives that a request it wants to wake is gone")
    { try stale($0) },
    Check(65, "async.own-threads", level: 2, needs: ["requests.minimal"], "has joined its threads when stop returns") {
      try ownThreads($0)
    },
  ]

  /// These checks are for plugins that take events.
  private static func start(_ context: CheckContext, _ options: ScriptedHost.Options = .init()) throws(Finding) -> (
    plugin: HostedPlugin, instance: HostedInstance
  ) {
    let (plugin, instance) = try context.startInstance(options)
    guard unsafe plugin.image.callbacks.event != nil else { throw .skipped("it takes no events") }
    return (plugin, instance)
  }

  private static func everyWay(_ context: CheckContext, _ kinds: [Violation.Kind]) throws(Finding) {
    let (plugin, instance) = try start(context)
    let run = ScriptedRun(plugin.host)
    for script in [Scripts.get(), Scripts.post(), Scripts.pieces()] {
      run.play(instance, script)
      try RequestChecks.judge(plugin.host, kinds)
    }
    guard run.callouts > 0 else { return }
    for outcome in CalloutOutcome.allCases {
      run.outcome = outcome
      run.play(instance, Scripts.post())
      if let first = plugin.host.violations(kinds[0]).first { throw .failed("after \(outcome.words): \(first)") }
    }
  }

  private static func timers(_ context: CheckContext) throws(Finding) {
    let (plugin, instance) = try start(context)
    let run = ScriptedRun(plugin.host)
    for order in [ScriptedRun.Order.reversed, .early, .late] {
      unsafe conformance_note_step("timers in another order")
      run.order = order
      run.stride = order == .late ? 7_200_000_000_000 : 0
      for script in [Scripts.get(), Scripts.post(), Scripts.pieces()] {
        run.play(instance, script)
        if let first = plugin.host.violations(.failure).first { throw .failed("with timers \(order): \(first)") }
      }
    }
    // The instance's own timers, many times.
    for _ in 0..<50 {
      for operation in plugin.host.operations where operation.request == 0 && operation.instance == instance.id {
        plugin.host.clock = max(plugin.host.clock, operation.due)
        run.fireOwn(operation, of: instance)
      }
    }
    if run.timers == 0 { context.note = "it starts no timers with this configuration" }
  }

  private static func callouts(_ context: CheckContext) throws(Finding) {
    let (plugin, instance) = try start(context)
    let run = ScriptedRun(plugin.host)
    for outcome in CalloutOutcome.allCases {
      run.outcome = outcome
      for script in [Scripts.get(), Scripts.post()] {
        unsafe conformance_note_step("a call-out that ends with \(outcome.words)")
        run.play(instance, script)
      }
    }
    if run.callouts == 0 {
      context.note = "it makes no call-outs with this configuration"
      return
    }
    for script in [Scripts.get(), Scripts.post()] {
      unsafe conformance_note_step("a client that goes away during a call-out")
      let exchange = ScriptedExchange(instance, script)
      run.add(exchange)
      while !exchange.isDone, exchange.pausedIn == nil { run.move(exchange) }
      exchange.abort()
      run.finish(exchange)
    }
  }

  private static func aborted(_ context: CheckContext) throws(Finding) {
    let (plugin, instance) = try start(context)
    let run = ScriptedRun(plugin.host)
    var pauses = 0
    for script in [Scripts.get(), Scripts.post(), Scripts.pieces()] {
      // At its first pause, at its second, and so on.
      for wanted in 1...8 {
        let exchange = ScriptedExchange(instance, script)
        run.add(exchange)
        var met = 0
        while !exchange.isDone {
          if exchange.pausedIn != nil {
            met += 1
            if met == wanted { break }
          }
          run.move(exchange)
        }
        guard !exchange.isDone else {
          run.remove(exchange)
          break
        }
        pauses += 1
        unsafe conformance_note_step("a client that goes away while the request is paused")
        exchange.abort()
        run.finish(exchange)
        try RequestChecks.judge(plugin.host, [.aborted])
      }
    }
    if pauses == 0 { context.note = "it pauses no request with this configuration" }
  }

  private static func stale(_ context: CheckContext) throws(Finding) {
    var options = ScriptedHost.Options()
    options.staleWakeUps = true
    let (plugin, instance) = try start(context, options)
    let run = ScriptedRun(plugin.host)
    for script in [Scripts.get(), Scripts.post()] { run.play(instance, script) }
    plugin.destroy(instance)
    plugin.stop()
  }

  private static func ownThreads(_ context: CheckContext) throws(Finding) {
    let image = try PluginImage(context.path)
    let configuration = try context.sample(image).text
    let threads = conformance_thread_count()
    let plugin = HostedPlugin(image)
    try plugin.mustStart()
    let instance = try plugin.mustCreate(configuration)
    let run = ScriptedRun(plugin.host)
    for script in [Scripts.get(), Scripts.post(), Scripts.pieces()] { run.play(instance, script) }
    let busy = conformance_thread_count()
    plugin.destroy(instance)
    plugin.stop()
    let left = Threads.beyond(threads)
    if left > 0 { throw .failed("\(left) of its threads still run after stop() has returned") }
    if busy > threads, !image.hasOwnThreads {
      throw .failed("it runs threads of its own, but does not say TORII_FLAG_OWN_THREADS")
    }
  }
}
