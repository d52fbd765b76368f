import CConformance
import CToriiPlugin
import Glibc

/// Moves exchanges along: steps, events, time.
final class ScriptedRun {
  /// In which order what is pending comes.
  enum Order {
    /// By when it is due.
    case due
    /// What is due last first.
    case reversed
    /// At once, before its time.
    case early
    /// An hour late.
    case late
  }

  let host: ScriptedHost
  var order = Order.due
  var outcome = CalloutOutcome.success
  /// How far the clock goes on with each step.
  var stride: UInt64 = 0
  /// How many call-outs and timers came to an end.
  var callouts = 0
  var timers = 0
  static let pauseTimeout: UInt64 = 60_000_000_000
  private var exchanges: [ScriptedExchange] = []

  init(_ host: ScriptedHost) { self.host = host }

  /// Plays one request from its first to its last callback.
  @discardableResult
  func play(_ instance: HostedInstance, _ script: RequestScript) -> ScriptedExchange {
    let exchange = ScriptedExchange(instance, script)
    finish(exchange)
    return exchange
  }

  func add(_ exchange: ScriptedExchange) { exchanges.append(exchange) }

  /// Moves an exchange to its end.
  func finish(_ exchange: ScriptedExchange) {
    add(exchange)
    // A request has few callbacks and at most 64 operations: what takes longer goes round in circles.
    var turns = 0
    while !exchange.isDone, turns < 2_000_000 {
      turns += 1
      move(exchange)
    }
    remove(exchange)
  }

  func remove(_ exchange: ScriptedExchange) { exchanges.removeAll { $0 === exchange } }

  /// One thing happens to the exchange.
  func move(_ exchange: ScriptedExchange) {
    deliverWakeUps()
    if exchange.isDone { return }
    guard exchange.pausedIn != nil else {
      exchange.step()
      if stride > 0 {
        host.clock &+= stride
        fireDue()
      }
      return
    }
    if fireNext(for: exchange) { return }
    if exchange.image.hasOwnThreads, waitForWakeUp() { return }
    host.clock = max(host.clock, exchange.pausedSince &+ Self.pauseTimeout)
    exchange.timeOut()
  }

  /// Threads of the plugin's own take their time: it is waited for in earnest, but not for ever.
  private func waitForWakeUp() -> Bool {
    let start = conformance_now()
    while conformance_now() &- start < 1_500_000_000 {
      usleep(500)
      if deliverWakeUps() { return true }
    }
    return false
  }

  /// resume() and post() come to the worker.
  @discardableResult
  func deliverWakeUps() -> Bool {
    let wakeUps = host.takeWakeUps()
    for wakeUp in wakeUps {
      guard
        let exchange = exchanges.first(where: { $0.request.id == wakeUp.request && $0.instance.id == wakeUp.instance })
      else { continue }
      if let token = wakeUp.token {
        exchange.deliver(TORII_EVENT_POST, token: token)
      } else {
        exchange.resume()
      }
    }
    return !wakeUps.isEmpty
  }

  /// Ends one of the operations that may end this pause; false when there is none in time.
  private func fireNext(for exchange: ScriptedExchange) -> Bool {
    let pending = host.operations.filter {
      $0.instance == exchange.instance.id && ($0.request == exchange.request.id || $0.request == 0)
    }
    let deadline = exchange.pausedSince &+ Self.pauseTimeout
    let next =
      order == .reversed
      ? pending.max { ($0.due, $0.order) < ($1.due, $1.order) }
      : pending.min { ($0.due, $0.order) < ($1.due, $1.order) }
    guard let next, next.due < deadline else { return false }
    switch order {
    case .due, .reversed: host.clock = max(host.clock, next.due)
    case .early: break
    case .late: host.clock = max(host.clock, next.due) &+ 3_600_000_000_000
    }
    fire(next)
    return true
  }

  /// What is due by the clock.
  func fireDue() {
    var rounds = 0
    while rounds < 256,
      let next = host.operations.filter({ $0.due <= host.clock }).min(by: { ($0.due, $0.order) < ($1.due, $1.order) })
    {
      rounds += 1
      fire(next)
    }
  }

  private func fire(_ operation: Operation) {
    host.operations.removeAll { $0.id == operation.id }
    let isTimer: Bool = if case .timer = operation.kind { true } else { false }
    if isTimer { timers += 1 } else { callouts += 1 }
    let kind = isTimer ? TORII_EVENT_TIMER : TORII_EVENT_HTTP
    if operation.request == 0 {
      guard let instance = exchanges.first(where: { $0.instance.id == operation.instance })?.instance else { return }
      fireOwn(operation, of: instance)
      return
    }
    guard let exchange = exchanges.first(where: { $0.request.id == operation.request }) else { return }
    exchange.deliver(kind, operation: operation, outcome: outcome)
  }

  /// A timer of an instance's own.
  func fireOwn(_ operation: Operation, of instance: HostedInstance) {
    host.operations.removeAll { $0.id == operation.id }
    guard let function = unsafe instance.plugin.image.callbacks.event else { return }
    unsafe conformance_note_step("event of the instance's own timer")
    var arguments = unsafe torii_event_args()
    unsafe arguments.struct_size = unsafe UInt32(MemoryLayout<torii_event_args>.size)
    unsafe arguments.kind = UInt32(TORII_EVENT_TIMER)
    unsafe arguments.plugin_data = unsafe instance.plugin.pluginData
    unsafe arguments.instance = instance.id
    unsafe arguments.instance_data = unsafe instance.data
    unsafe arguments.operation = operation.id
    unsafe arguments.token = operation.token
    _ = unsafe host.withArguments(&arguments) { unsafe function($0) }
    host.callbackReturned()
  }
}
