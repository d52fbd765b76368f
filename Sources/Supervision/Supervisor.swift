import CLinux
import Configuration
import Glibc
import SharedStore

/// Holds the listening sockets, starts the controller and the workers, and starts them again when they end.
///
/// It loads no plugin and reads nothing from the network, so that nothing a stranger sends can stop it.
public final class Supervisor {
  private struct Child {
    var pid: pid_t
    var startedAt: UInt64
    /// How often it was started.
    var starts = 0
    /// How often it ended soon after its start.
    var quickExits = 0
    /// When it may be started again.
    var restartAt: UInt64 = 0
    /// It did not come back from a plugin, or from the loop, and was told to end.
    var isHung = false
    /// When it is killed, should it not have ended.
    var killAt: UInt64 = .max
    /// Of a worker: where on the board it has its part.
    var place = 0
    /// It did not end in time.
    var wasKilled = false
    /// Of a worker: bytes that it held when it was looked at last.
    var resident = 0
  }

  /// What is waited for before the service manager is told that a reload is over.
  private struct Reload {
    var countBefore: UInt64
    var deadline: UInt64
  }

  /// How long that may take, in nanoseconds.
  private static let reloadPatience: UInt64 = 60_000_000_000

  private let settings: GatewaySettings
  private let executable: String
  private let arguments: [String]
  private let log: GatewayLog
  private var listeners: [OpenListener]
  private let meeting: MeetingPoint
  /// Made anew with each start of the gateway.
  private let ticketKey: [UInt8] = {
    var random = SystemRandomNumberGenerator()
    return (0..<80).map { _ in UInt8(truncatingIfNeeded: random.next() as UInt64) }
  }()
  private let board: Board
  /// The memory of what plugins keep across workers and reloads; never mapped here.
  private let storeDescriptor: Int32
  private var ledger: FaultLedger
  private var outOfMemory = OutOfMemory()
  /// Workers whose place another has taken; they finish what they have begun.
  private var leaving: [Child] = []
  private var nextLook: UInt64 = 0
  /// The service manager was told that requests are served.
  private var isReady = false
  /// The configuration is being read again.
  private var reload: Reload?
  private let watchdogInterval = SystemdNotification.watchdogInterval
  private var nextWatchdog: UInt64 = 0
  private var controller = Child(pid: 0, startedAt: 0)
  private var workers: [Child] = []
  private var stopSignal: Int32 = 0
  private var deadline: UInt64 = .max

  /// Opens all listening sockets.
  /// - Parameters:
  ///   - executable: as it was called: shown in process lists.
  ///   - arguments: the command line, handed on to each process.
  public init(settings: GatewaySettings, executable: String, arguments: [String], log: GatewayLog)
    throws(SupervisionError)
  {
    self.settings = settings
    self.executable = executable
    self.arguments = arguments
    self.log = log
    // From the start: a signal that comes before run() waits for it.
    _ = unsafe Self.waited { unsafe pthread_sigmask(SIG_BLOCK, $0, nil) }
    listeners = try OpenListener.openAll(settings)
    meeting = try MeetingPoint()
    board = try Board(workers: max(1, settings.workers))
    do {
      storeDescriptor = try SharedStore.create(bytes: settings.sharedMemorySize)
    } catch { throw SupervisionError("shared_memory_size: \(error)") }
    ledger = FaultLedger(settings: settings)
    workers = (0..<settings.workers).map { Child(pid: 0, startedAt: 0, place: $0) }
  }

  /// Opens the listening sockets for a gateway that is one process.
  public static func openForSingleProcess(_ settings: GatewaySettings) throws(SupervisionError)
    -> (addresses: [String], inheritance: Inheritance)
  {
    let listeners = try OpenListener.openAll(settings)
    let sockets = listeners.map {
      Inheritance.Socket(descriptor: $0.descriptor, purpose: $0.purpose, port: $0.port, isTLS: $0.isTLS)
    }
    let meeting = try MeetingPoint()
    var inheritance = Inheritance(
      supervisor: getpid(), index: 0, meetingDescriptor: meeting.descriptor, meetingPoint: meeting.name,
      sockets: sockets)
    inheritance.boardDescriptor = try Board(workers: 1).descriptor
    do {
      inheritance.storeDescriptor = try SharedStore.create(bytes: settings.sharedMemorySize)
    } catch { throw SupervisionError("shared_memory_size: \(error)") }
    return (
      listeners.map(\.text),
      inheritance
    )
  }

  /// Where clients connect, for the operator.
  public var addresses: [String] { listeners.map(\.text) }

  /// Runs until a signal ends it.
  /// - Returns: the exit code: 0 after SIGTERM, SIGQUIT or SIGINT, 1 when the gateway could not start.
  public func run() -> Int32 {
    startMissing()
    while true {
      if stopSignal != 0, controller.pid == 0, workers.allSatisfy({ $0.pid == 0 }), leaving.isEmpty { return 0 }
      var timeout = timespec(tv_sec: 0, tv_nsec: 50_000_000)
      if stopSignal == 0, !isInAHurry {
        timeout = timespec(tv_sec: 0, tv_nsec: Int(min(Self.interval, max(lookInterval, 1_000_000))))
      } else if let restart = nextRestart(), stopSignal == 0 {
        let now = Self.now()
        timeout.tv_nsec = Int(min(50_000_000, restart > now ? restart - now : 1))
      }
      let signal = unsafe Self.waited { unsafe sigtimedwait($0, nil, &timeout) }
      if signal > 0 { take(signal) }
      reap()
      look()
      if stopSignal == 0 { startMissing() } else if Self.now() > deadline { kill(with: SIGKILL) }
    }
  }

  /// The signals that run() waits for.
  private static func waited(_ body: (UnsafePointer<sigset_t>) -> Int32) -> Int32 {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    for signal in [SIGCHLD, SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1] { unsafe sigaddset(&set, signal) }
    return unsafe body(&set)
  }

  private func take(_ signal: Int32) {
    switch signal {
    case SIGTERM, SIGQUIT:
      guard stopSignal == 0 else { return }
      SystemdNotification.send(.stopping)
      log.write(.notice, "stopping: requests in flight are finished, for at most \(settings.drainTimeout) ms")
      stopSignal = SIGTERM
      deadline = Self.now() &+ UInt64(settings.drainTimeout + 2000) * 1_000_000
      kill(with: SIGTERM)
      closeListeners()
    case SIGINT:
      // The second time, or at once: nothing is waited for.
      stopSignal = SIGINT
      SystemdNotification.send(.stopping)
      deadline = Self.now() &+ 2_000_000_000
      kill(with: SIGINT)
      closeListeners()
    case SIGHUP, SIGUSR1:
      guard stopSignal == 0 else { return }
      reload = Reload(
        countBefore: reload?.countBefore ?? board.reloadCount, deadline: Self.now() &+ Self.reloadPatience)
      SystemdNotification.send(.reloading, .status("reading the configuration again"))
      if controller.pid > 0 { _ = Glibc.kill(controller.pid, SIGHUP) }
    default: break
    }
  }

  /// No process is started any more that would need them: clients are refused once the others have closed them, too.
  private func closeListeners() {
    for listener in listeners { close(listener.descriptor) }
    listeners.removeAll()
  }

  private func kill(with signal: Int32) {
    for child in workers + [controller] where child.pid > 0 { _ = Glibc.kill(child.pid, signal) }
    for child in leaving { _ = Glibc.kill(child.pid, signal) }
  }

  // MARK: Watching

  /// How often the workers are looked at when nothing else happens.
  private static let interval: UInt64 = 250_000_000

  private var lookInterval: UInt64 {
    settings.pluginHangTimeout == 0 ? Self.interval : UInt64(settings.pluginHangTimeout) * 1_000_000 / 4
  }

  /// A child is to be started or killed soon.
  private var isInAHurry: Bool {
    !isReady || reload != nil || nextRestart() != nil || workers.contains { $0.killAt != .max }
  }

  /// Looks at the board: a worker that does not come back is ended, one that has grown too large is replaced.
  private func look() {
    let now = Self.now()
    tellServiceManager(now)
    for index in workers.indices { watch(&workers[index], now) }
    for index in leaving.indices { watch(&leaving[index], now) }
    guard now >= nextLook, stopSignal == 0 else { return }
    nextLook = now &+ 1_000_000_000
    for index in workers.indices where workers[index].pid > 0 {
      workers[index].resident = ProcessMemory.resident(of: workers[index].pid) ?? workers[index].resident
    }
    for index in workers.indices where workers[index].pid > 0 && now &- workers[index].startedAt > 5_000_000_000 {
      if let reason = reasonToReplace(index) { replace(index, reason) }
    }
  }

  /// Ends a worker that does not come back, and kills one that does not end.
  private func watch(_ child: inout Child, _ now: UInt64) {
    guard child.pid > 0 else { return }
    if child.killAt <= now {
      child.killAt = .max
      child.wasKilled = true
      _ = Glibc.kill(child.pid, SIGKILL)
    }
    if !child.isHung, isHung(child.place, now) {
      child.isHung = true
      // The crash handler tells where it is; should it not come to that, the second signal ends it.
      child.killAt = now &+ 300_000_000
      _ = Glibc.kill(child.pid, SIGABRT)
    }
  }

  private func tellServiceManager(_ now: UInt64) {
    if !isReady, stopSignal == 0,
      workers.allSatisfy({ worker in (unsafe board.part(worker.place)?.pointee.generation ?? 0) != 0 })
    {
      isReady = true
      SystemdNotification.send(.ready, .status("serving: \(addresses.joined(separator: ", "))"))
    }
    if let begun = reload, board.reloadCount != begun.countBefore || now > begun.deadline {
      let isRefused = board.reloadCount == begun.countBefore || board.isReloadRefused
      reload = nil
      let text = isRefused ? "the last reload was refused, see the log; serving" : "serving"
      SystemdNotification.send(.ready, .status("\(text): \(addresses.joined(separator: ", "))"))
    }
    if let watchdogInterval, now >= nextWatchdog {
      nextWatchdog = now &+ watchdogInterval
      SystemdNotification.send(.watchdog)
    }
  }

  private func isHung(_ place: Int, _ now: UInt64) -> Bool {
    guard settings.pluginHangTimeout > 0, let part = unsafe board.part(place) else { return false }
    let begun = unsafe clinux_load_acquire(&part.pointee.turn_start)
    guard begun != 0, now > begun else { return false }
    // Of its own, the gateway may be busy with a large configuration; a plugin may not.
    let limit =
      unsafe part.pointee.call.plugin != 0
      ? settings.pluginHangTimeout : max(30_000, settings.pluginHangTimeout * 10)
    return now &- begun > UInt64(limit) * 1_000_000
  }

  private func reasonToReplace(_ index: Int) -> String? {
    // The one that left before it may still be at it.
    guard let part = unsafe board.part(workers[index].place), unsafe part.pointee.generation != 0,
      !leaving.contains(where: { board.index(at: $0.place) == index })
    else { return nil }
    let retained = unsafe Int(truncatingIfNeeded: part.pointee.retained_images)
    if settings.retainedImageLimit > 0, retained > settings.retainedImageLimit {
      return "it keeps \(retained) libraries that cannot be unloaded (retained_image_limit)"
    }
    if unsafe part.pointee.exhaustions != 0,
      let reason = descriptorLeak(index, Int(clamping: unsafe part.pointee.connections))
    {
      return reason
    }
    let limit = settings.workerMemoryLimit
    if limit > 0, workers[index].resident > limit {
      return "it holds \(workers[index].resident >> 20) MB (worker_memory_limit)"
    }
    return nil
  }

  /// A worker that has run out of descriptors, without having connections that would need them, does not recover.
  private func descriptorLeak(_ index: Int, _ connections: Int) -> String? {
    var limits = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0 else { return nil }
    let own = clinux_descriptor_limit(workers[index].pid)
    if own >= 0, own < Int(clamping: limits.rlim_cur) {
      return "it may have no more than \(own) descriptors any more: a plugin has lowered the limit (RLIMIT_NOFILE)"
    }
    let open = ProcessMemory.descriptors(of: workers[index].pid)
    // A connection has one of its own, one to the upstream, and perhaps some of its plugins.
    guard open > connections * 4 + Int(clamping: limits.rlim_cur / 2) else { return nil }
    return "it has no descriptors left: \(open) are open, though it serves \(connections) connections"
  }

  /// Starts another worker in the place of one that finishes what it has begun.
  private func replace(_ index: Int, _ reason: String) {
    var old = workers[index]
    log.write(.notice, "worker \(index) (process \(old.pid)) is replaced: \(reason)")
    old.killAt = Self.now() &+ UInt64(settings.drainTimeout + 2000) * 1_000_000
    leaving.append(old)
    workers[index].pid = 0
    workers[index].killAt = .max
    // It goes on telling what it does where it did; the next one has a part of its own.
    workers[index].place = board.otherPlace(of: old.place)
    board.noteRestart()
    start(.worker, index: index, &workers[index])
    _ = Glibc.kill(old.pid, SIGTERM)
  }

  // MARK: Children

  private func startMissing() {
    let now = Self.now()
    if controller.pid == 0, controller.restartAt <= now { start(.controller, index: 0, &controller) }
    for index in workers.indices where workers[index].pid == 0 && workers[index].restartAt <= now {
      start(.worker, index: index, &workers[index])
    }
  }

  private func nextRestart() -> UInt64? {
    (workers + [controller]).filter { $0.pid == 0 }.map(\.restartAt).min()
  }

  private func start(_ role: ProcessRole, index: Int, _ child: inout Child) {
    let wanted: [OpenListener] =
      role == .worker ? listeners.filter { $0.purpose == .proxy } : listeners.filter { $0.purpose != .proxy }
    // Descriptors are handed over under numbers that nothing else has.
    var number: Int32 = 200
    var handed: [(from: Int32, to: Int32)] = []
    var sockets: [Inheritance.Socket] = []
    for listener in wanted {
      handed.append((listener.descriptor, number))
      sockets.append(
        Inheritance.Socket(descriptor: number, purpose: listener.purpose, port: listener.port, isTLS: listener.isTLS))
      number += 1
    }
    var meetingNumber: Int32 = -1
    if role == .controller {
      meetingNumber = number
      handed.append((meeting.descriptor, number))
    }
    var inheritance = Inheritance(
      supervisor: getpid(), index: role == .controller ? child.starts : index, meetingDescriptor: meetingNumber,
      meetingPoint: meeting.name,
      sockets: sockets)
    inheritance.ticketKey = ticketKey
    inheritance.boardDescriptor = number + 1
    inheritance.boardPlace = child.place
    handed.append((board.descriptor, number + 1))
    inheritance.storeDescriptor = number + 2
    handed.append((storeDescriptor, number + 2))
    do {
      child.pid = try ChildProcess.start(
        executable: executable, arguments: [role.rawValue] + arguments,
        environment: [Inheritance.variable: inheritance.text], descriptors: handed)
      child.startedAt = Self.now()
      child.starts += 1
      child.resident = 0
      // Whoever asked for a reload when there was no controller, or one that did not live to do it, is not forgotten.
      if role == .controller, reload != nil { _ = Glibc.kill(child.pid, SIGHUP) }
    } catch {
      log.write(.error, "\(error)")
      child.restartAt = Self.now() &+ 1_000_000_000
    }
  }

  private func reap() {
    while true {
      var status: Int32 = 0
      let pid = unsafe waitpid(-1, &status, WNOHANG)
      guard pid > 0 else { return }
      if pid == controller.pid {
        // A copy: what it calls looks at all children.
        var child = controller
        ended("controller", status, &child)
        controller = child
      } else if let index = workers.firstIndex(where: { $0.pid == pid }) {
        var child = workers[index]
        ended("worker \(index)", status, &child, isWorker: true)
        workers[index] = child
      } else if let index = leaving.firstIndex(where: { $0.pid == pid }) {
        left(status, leaving.remove(at: index))
      }
    }
  }

  /// A worker that another has replaced has ended. It was to; but not by a fault.
  private func left(_ status: Int32, _ child: Child) {
    let name = "worker \(board.index(at: child.place)) (process \(child.pid)), which was to end,"
    let fault = stopSignal == 0 ? self.fault(of: child, status) : nil
    let isWrong = stopSignal == 0 ? status != 0 : Fault.crashSignals.contains(status & 0x7F)
    let end = isWrong ? describeEnd(status, child) : nil
    board.clear(child.place)
    if let fault {
      log.write(.error, "\(name) did so by a fault: \(fault.description)")
      tell(fault)
    } else if let end {
      log.write(.error, "\(name) \(end.text)")
      tell(end.trace)
    }
  }

  private func ended(_ name: String, _ status: Int32, _ child: inout Child, isWorker: Bool = false) {
    let now = Self.now()
    let lived = now &- child.startedAt
    let ended = child
    let pid = child.pid
    child.pid = 0
    child.isHung = false
    child.wasKilled = false
    child.killAt = .max
    guard stopSignal == 0 else {
      // Nobody starts it again; but a plugin that crashes when it is to write what it still has must not pass for silence.
      guard Fault.crashSignals.contains(status & 0x7F) else { return }
      let end = describeEnd(status, ended, isWorker: isWorker)
      log.write(.error, "\(name) (process \(pid)), which was to end, \(end.text)")
      return tell(end.trace)
    }
    if (status & 0x7F) == 0, (status >> 8) & 0xFF == Self.fatalExit, !board.isConfigured,
      board.servedGeneration == 0
    {
      // It has said why: starting it again would not help.
      log.write(.error, "\(name) cannot start: stopping")
      kill(with: SIGTERM)
      exit(1)
    }
    board.noteRestart()
    let fault = isWorker ? self.fault(of: ended, status) : nil
    let end = fault == nil ? describeEnd(status, ended, isWorker: isWorker) : (text: "", trace: "")
    if isWorker { board.clear(ended.place) }
    if let fault {
      // The quarantine bounds how often this can happen: nobody waits for the next one.
      child.quickExits = 0
      child.restartAt = now
      log.write(.error, "\(name) (process \(pid)) is started again: \(fault.description)")
      tell(fault)
      return
    }
    child.quickExits = lived < 1_000_000_000 ? child.quickExits + 1 : 0
    // The first time at once, then ever later, up to five seconds.
    let pause = child.quickExits == 0 ? 0 : min(5000, 20 << min(child.quickExits, 8))
    child.restartAt = now &+ UInt64(pause) * 1_000_000
    log.write(.error, "\(name) (process \(pid)) \(end.text); starting another")
    tell(end.trace)
  }

  private func tell(_ trace: String) {
    for frame in trace.split(separator: "\n") { log.write(.error, "  \(frame)") }
  }

  /// What belongs to a fault besides its line.
  private func tell(_ fault: Fault) {
    tell(fault.trace)
    guard fault.isQuarantined else { return }
    let what = ledger.isBypassed(fault.plugin) ? "requests go on without it" : "its routes answer 503"
    let why = fault.kind == .heap ? ", on suspicion" : ""
    log.write(
      .error,
      "plugin \(fault.plugin) is quarantined\(why): \(what); 'torii plugin reinstate \(fault.plugin)' or a reload puts it into service again"
    )
  }

  /// What a worker's end has to do with a plugin; `nil` when it has nothing to do with one.
  private func fault(of child: Child, _ status: Int32) -> Fault? {
    guard var fault = board.lastBreath(at: child.place) else { return nil }
    // Somebody else may end a worker with any signal. Its own handler knows better, and who called exit(); without it, since
    // a plugin took it away or blocked the signal, those by which the kernel ends a process for what it did.
    let signal = status & 0x7F
    let isOwn = Fault.crashSignals.contains(signal)
    let isItsDoing = fault.signal != 0 ? !fault.isSent : signal == 0 || isOwn
    guard child.isHung || isItsDoing, !fault.plugin.isEmpty else { return nil }
    fault.judge(status, isHung: child.isHung)
    fault.process = Int(child.pid)
    fault.seconds = time(nil)
    if let count = ledger.add(fault.plugin, isSuspicion: fault.kind == .heap, at: Self.now()) {
      fault.isQuarantined = board.quarantine(
        QuarantinedPlugin(
          name: fault.plugin, isBypassed: ledger.isBypassed(fault.plugin), faults: count, since: fault.seconds,
          isUnconfigurable: fault.phase == "configure"))
    }
    board.add(fault)
    return fault
  }

  /// A child exits with this when it was configured wrongly.
  public static let fatalExit: Int32 = 78

  /// How a process ended that no plugin is blamed for, and what is known of it.
  private func describeEnd(_ status: Int32, _ child: Child, isWorker: Bool = true) -> (text: String, trace: String) {
    let breath = isWorker ? board.lastBreath(at: child.place) : nil
    return (describeEnd(status, child, breath), breath?.trace ?? "")
  }

  private func describeEnd(_ status: Int32, _ child: Child, _ breath: Fault?) -> String {
    let work = breath.flatMap { $0.plugin.isEmpty ? nil : " while \($0.work)" } ?? ""
    if child.wasKilled, !child.isHung { return "did not end in time and was killed\(work)" }
    if status & 0x7F == SIGKILL, !child.isHung {
      let held = child.resident > 0 ? "; it held \(child.resident >> 20) MB" : ""
      switch outOfMemory.look() {
      case .controlGroup: return "was killed for lack of memory\(work): the kernel did so in this control group\(held)"
      case .machine:
        return "was killed\(work), perhaps for lack of memory: the kernel killed some process for it\(held)"
      case nil: return "was killed (signal 9)\(work): by somebody, or by itself, but not for lack of memory\(held)"
      }
    }
    var text =
      child.isHung ? "did not come back" + (work.isEmpty ? " to its loop" : work) : Self.describe(status) + work
    if let breath, !breath.message.isEmpty {
      text += breath.isSuspicion ? ": \(breath.suspicion)" : ": \(breath.message)"
    }
    return text
  }

  private static func describe(_ status: Int32) -> String {
    let signal = status & 0x7F
    if signal == 0 { return "exited with code \((status >> 8) & 0xFF)" }
    let name = unsafe strsignal(signal).map { unsafe String(cString: $0) } ?? "?"
    return "was ended by signal \(signal) (\(name))"
  }

  private static func now() -> UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
