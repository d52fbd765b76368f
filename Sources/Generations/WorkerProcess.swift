import CLinux
import Configuration
import CToriiPlugin
import EventLoop
import Glibc
import JSON
import PluginHost
import Proxy
import SharedStore
import Supervision

/// A worker: serves clients with the generation that the controller committed.
public final class WorkerProcess {
  /// The worker's loop.
  public let loop: EventLoop
  private let worker: ProxyWorker
  private let runtime: PluginRuntime
  private let factory: InstanceFactory
  private let settings: GatewaySettings
  private let inheritance: Inheritance
  private let log: GatewayLog
  private var channel: ControlChannel?
  private var prepared: [Int: Prepared] = [:]
  /// The libraries of the generations that are in service, or are to be.
  private var libraries: [Int: Set<String>] = [:]
  private let board: Board.WorkerView?
  private var tried: Prepared?
  private let succession: InstanceSuccession
  private var isListening = false
  private var signals: SignalSource?
  private let reconnect = CallbackTimer()
  private var metricReport = MetricReport()
  private let drainDeadline = CallbackTimer()
  private let countsTimer = CallbackTimer()
  /// Called upon SIGHUP, which is the supervisor's business where there is one.
  public var onHangup: () -> Void = {}

  /// Sets everything up; nothing is served before the first generation is committed.
  public init(settings: GatewaySettings, inheritance: Inheritance, version: String) throws {
    self.settings = settings
    self.inheritance = inheritance
    let log = GatewayLog(threshold: .init(setting: settings.logLevel), process: "worker \(inheritance.index)")
    self.log = log
    loop = try EventLoop()
    if inheritance.boardDescriptor >= 0 {
      let view = try Board.forWorker(at: inheritance.boardPlace, inherited: inheritance.boardDescriptor)
      board = view
      unsafe view.part.pointee.process = UInt32(truncatingIfNeeded: getpid())
      unsafe loop.turnClock = unsafe view.turnClock
      // In a single process there is nobody to read the report, but perhaps a debugger.
      if inheritance.supervisor != getpid(), unsafe clinux_board_report_crashes(view.part) != 0 {
        log.write(.warn, "crashes of plugins cannot be told apart: \(unsafe String(cString: strerror(errno)))")
      }
      runtime = unsafe PluginRuntime(version: version, board: WorkerBoard(memory: view.part))
    } else {
      board = nil
      runtime = PluginRuntime(version: version)
    }
    loop.whenBroken = { [runtime] error in
      // The plugin that ran last is at fault in all likelihood: the turn before, the loop still had its descriptor.
      runtime.board.blameLast()
      log.write(.error, "\(error): the descriptor of the loop was closed, most likely by the plugin that ran last")
      abort()
    }
    if inheritance.storeDescriptor >= 0 {
      runtime.shared.use(try SharedStore(descriptor: inheritance.storeDescriptor))
    }
    factory = InstanceFactory(runtime: runtime)
    succession = InstanceSuccession(runtime: runtime, log: log)
    worker = ProxyWorker(
      loop: loop, settings: ProxySettings(settings, version: version), plugins: runtime
    ) { level, text in
      log.write(GatewayLog.Level(rawValue: level.rawValue) ?? .info, text)
    }
    if let board {
      unsafe worker.times = unsafe board.times
      unsafe worker.watchQuarantine(board.quarantineClock) {
        board.quarantines.mapValues { $0 ? .bypass : .reject }
      }
    }
  }

  /// Runs until a signal ends it.
  public func run() throws -> Int32 {
    SignalSource.ignoreBrokenPipe()
    let source = try CallbackSignals([SIGTERM, SIGQUIT, SIGINT, SIGHUP])
    source.action = { [unowned self] signal in self.take(signal) }
    loop.register(source, interest: .readLevel)
    signals = source
    meet()
    countsTimer.action = { [unowned self] in self.everySecond() }
    loop.timers.arm(countsTimer, afterMilliseconds: 1000)
    loop.run()
    runtime.shutdown()
    // The last words of plugins' own threads: what of their work could not be finished.
    loop.runPosted()
    return 0
  }

  private func take(_ signal: Int32) {
    switch signal {
    case SIGTERM, SIGQUIT:
      drainDeadline.action = { [unowned self] in
        self.log.write(.warn, "\(self.worker.connectionCount) connections were still open after drain_timeout")
        self.end()
      }
      loop.timers.arm(drainDeadline, afterMilliseconds: UInt64(max(1, settings.drainTimeout)))
      worker.drain { [unowned self] in self.end() }
    case SIGINT: end()
    case SIGHUP: onHangup()
    default: break
    }
  }

  /// Instances are destroyed, so that plugins write what they still hold; then the loop stops.
  private func end() {
    worker.retireAll()
    loop.stop()
  }

  // MARK: The controller

  private func meet() {
    let descriptor = socket(
      AF_UNIX, Int32(SOCK_SEQPACKET.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    let connected = unsafe UnixAddress.withAbstract(inheritance.meetingPoint) { unsafe connect(descriptor, $0, $1) }
    guard descriptor >= 0, connected == 0 else {
      if descriptor >= 0 { close(descriptor) }
      meetAgain()
      return
    }
    let channel = ControlChannel(loop: loop, descriptor: descriptor)
    self.channel = channel
    metricReport.forget()
    channel.onMessage = { [unowned self] message, attached in self.take(message, attached) }
    channel.onClose = { [unowned self] in
      self.channel = nil
      self.prepared.removeAll()
      self.meetAgain()
    }
    _ = channel.send(
      ControlMessage.make(
        ControlMessage.hello, number: worker.generationNumber,
        [
          .init(name: "index", value: JSONNode(.number(String(inheritance.index)))),
          .init(name: "process", value: JSONNode(.number(String(getpid())))),
        ]))
  }

  /// Tells the controller, if there is one, what was counted, and gives memory back.
  private func everySecond() {
    if let channel {
      let number = worker.generationNumber
      _ = channel.send(
        ControlMessage.make(
          ControlMessage.counts, number: number, WorkerCounts(worker: worker, plugins: runtime).message))
      metricReport.tell(runtime.metrics.all) { metrics in
        channel.send(ControlMessage.make(ControlMessage.metrics, number: number, [CountedMetric.member(metrics)]))
      }
    }
    noteOnBoard()
    releaseLibraries()
    worker.giveBackMemory()
    loop.timers.arm(countsTimer, afterMilliseconds: 1000)
  }

  private func noteOnBoard() {
    guard let board else { return }
    runtime.noteHeld()
    unsafe board.part.pointee.generation = UInt64(worker.generationNumber)
    unsafe board.part.pointee.requests = worker.requestsServed
    unsafe board.part.pointee.exhaustions = worker.exhaustions
    unsafe board.part.pointee.connections = UInt64(worker.connectionCount)
  }

  private func meetAgain() {
    reconnect.action = { [unowned self] in self.meet() }
    loop.timers.arm(reconnect, afterMilliseconds: 50)
  }

  private func take(_ message: JSONNode, _ attached: Int32) {
    // A document takes its descriptor over; with any other message there should be none.
    if attached >= 0, message["kind"]?.string != ControlMessage.prepare { close(attached) }
    guard let kind = message["kind"]?.string, let number = message["number"]?.integer else { return }
    switch kind {
    case ControlMessage.prepare:
      let document = GenerationDocument(sealed: attached)
      do {
        guard let document, document.number == number else { throw GenerationError("the document cannot be read") }
        let absent = (message[ControlMessage.without]?.array ?? []).compactMap(\.string)
        prepared[number] = try prepare(document, without: Set(absent))
        _ = channel?.send(ControlMessage.make(ControlMessage.prepared, number: number))
      } catch {
        prepared[number] = nil
        _ = channel?.send(
          ControlMessage.make(
            ControlMessage.failed, number: number, [.init(name: "reason", value: JSONNode(.string("\(error)")))]))
      }
    case ControlMessage.commit:
      guard let ready = prepared.removeValue(forKey: number) else { return }
      if let share = CanaryShare(message) {
        succession.begin(ready.instances)
        worker.tryOut(ready.generation, share)
        tried = ready
        log.write(.info, "generation \(number) is tried out")
        return
      }
      commit(ready, number)
    case ControlMessage.promote:
      // What was tried out is for all requests now.
      guard let ready = tried else { return }
      tried = nil
      commit(ready, number)
    case ControlMessage.abort:
      prepared[number] = nil
      libraries[number] = nil
      if tried != nil {
        tried = nil
        worker.abandonCanary()
      }
      releaseLibraries()
    default: break
    }
  }

  /// - Parameter absent: plugins that are not to be loaded: they are quarantined.
  private func prepare(_ document: GenerationDocument, without absent: Set<String>) throws -> Prepared {
    for name in absent.sorted() where document.libraries[name] != nil {
      log.write(.warn, "plugin \(name) is not loaded: it is quarantined, since it ended workers that made it ready")
    }
    let resolution = VaultResolver(plugins: schemas(document, without: absent)).resolve(document.configuration)
    for warning in resolution.warnings { log.write(.warn, "\(warning)") }
    var tls: TLSContext?
    if inheritance.sockets.contains(where: { $0.purpose == .proxy && $0.isTLS }) {
      tls = try ServerCertificates.context(
        settings, resolution.configuration, ticketKey: inheritance.ticketKey.isEmpty ? nil : inheritance.ticketKey)
    }
    var instances: [PluginInstance] = []
    let generation = try worker.prepare(resolution.configuration, number: document.number) { [factory] plugin in
      guard !absent.contains(plugin.name) else { return nil }
      guard let library = document.libraries[plugin.name] else {
        throw GenerationError("plugin '\(plugin.name)' has no library")
      }
      let instance = try factory.instance(of: plugin, library: library, secrets: resolution.secrets)
      instances.append(instance)
      return instance
    }
    libraries[document.number] = Set(document.libraries.values.map(\.path))
    return Prepared(generation: generation, tls: tls, instances: instances)
  }

  /// The schemas say which values are references and which are secrets.
  private func schemas(_ document: GenerationDocument, without absent: Set<String>) -> [String: PluginSchema] {
    var schemas: [String: PluginSchema] = [:]
    for (name, library) in document.libraries where !absent.contains(name) {
      guard let loaded = try? runtime.load(path: library.path, identity: library.identity),
        let text = loaded.configurationSchema, let schema = try? PluginSchema(parsing: text)
      else { continue }
      schemas[name] = schema
    }
    return schemas
  }

  /// Stops and unmaps the plugins that nothing uses any more.
  private func releaseLibraries() {
    let named = libraries.values.reduce(into: Set<String>()) { $0.formUnion($1) }
    runtime.releaseUnused { named.contains($0) }
  }

  /// New requests begin with it from now on; the first time, clients are let in.
  private func commit(_ ready: Prepared, _ number: Int) {
    succession.succeed(ready.instances)
    worker.commit(ready.generation)
    // Those before it are named by their requests alone.
    libraries = libraries.filter { $0.key >= number }
    noteOnBoard()
    log.write(.info, "generation \(number) is in service")
    guard !isListening else {
      if let tls = ready.tls { worker.serveTLS(tls) }
      return
    }
    isListening = true
    for socket in inheritance.sockets where socket.purpose == .proxy {
      worker.listen(
        descriptor: socket.descriptor, port: UInt16(truncatingIfNeeded: socket.port),
        tls: socket.isTLS ? ready.tls : nil, isShared: settings.workers > 1)
    }
  }
}

/// A generation that is ready to serve, with the certificates that clients are shown.
private struct Prepared {
  var generation: PreparedGeneration
  /// `nil` when there is no TLS listener.
  var tls: TLSContext?
  /// Those of the plugins, also such as serve already.
  var instances: [PluginInstance]
}

/// Why a generation cannot be made.
public struct GenerationError: Error, Sendable, CustomStringConvertible {
  /// What happened.
  public let description: String
  /// Makes an error.
  public init(_ description: String) { self.description = description }
}

/// A timer that runs a closure.
public final class CallbackTimer: Timer {
  /// What is done.
  public var action: () -> Void = {}
  override public func fire() { action() }
}

/// Signals that run a closure.
public final class CallbackSignals: SignalSource {
  /// What is done with a signal.
  public var action: (Int32) -> Void = { _ in }
  override public func received(_ signal: Int32) { action(signal) }
}
