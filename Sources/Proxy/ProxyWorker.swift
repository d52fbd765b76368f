import CLinux
import CToriiPlugin
import Configuration
import EventLoop
import Glibc
import HTTP
import JSON
import PluginHost

/// The data plane of one worker: its loop, its connections, the generation new requests begin with.
///
/// Everything here belongs to the loop's thread.
///
/// Safety: the one pointer it keeps is to memory that lives as long as the process (``watchQuarantine(_:_:)``).
@safe public final class ProxyWorker {
  /// How loud a line of the gateway's log is.
  public enum LogLevel: Int, Sendable, Comparable {
    /// Details for a developer.
    case debug
    /// What happened.
    case info
    /// What an operator wants to know.
    case notice
    /// What may become a problem.
    case warn
    /// What is one.
    case error

    /// By loudness.
    public static func < (one: LogLevel, other: LogLevel) -> Bool { one.rawValue < other.rawValue }
  }

  /// The loop.
  public let loop: EventLoop
  /// The host of plugins.
  public let plugins: PluginRuntime
  let settings: ProxySettings
  let limits: HTTPLimits
  let product: [UInt8]
  let slabs = SlabPool()
  let buffers = ByteBufferPool()
  /// Reads what plugins say is JSON.
  let json = JSONReader()
  /// For heads that are kept for the record: most are shorter than this.
  let heads = ByteBufferPool(capacity: 1024)
  /// For the head that is being written. Whoever fills it sends it before anybody else runs.
  let scratch = ByteBuffer(capacity: 32 * 1024)
  /// For what follows a piece of content.
  let tailScratch = ByteBuffer(capacity: 1024)
  /// For the fields of the log record that is being written.
  let logFields = FieldGroups()
  let resolver: Resolver
  let emptyChain = PluginChain.empty
  var identifiers = RequestIdentifierSource()
  /// What new requests begin with.
  private(set) var generation: ProxyGeneration = .empty()
  /// What a share of new requests begins with instead.
  private var canary: (generation: ProxyGeneration, share: CanaryShare)?
  private var canaryDice = SystemRandomNumberGenerator()
  private var known: [WeakGeneration] = []
  private var quarantineChange: UnsafePointer<UInt64> = unsafe UnsafePointer(ProxyWorker.noChange)
  private var quarantineSeen: UInt64 = 0
  private var readQuarantine: () -> [String: Quarantine] = { [:] }
  private static nonisolated(unsafe) let noChange: UnsafeMutablePointer<UInt64> = {
    let place = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    unsafe place.initialize(to: 0)
    return unsafe place
  }()
  /// Requests finished so far.
  public internal(set) var requestsServed: UInt64 = 0
  /// How often a connection had to wait because no descriptor was left.
  public private(set) var exhaustions: UInt64 = 0
  /// How long requests took, and how long their upstreams took to answer: where others may read it. The memory must outlive
  /// the worker.
  public var times:
    (request: UnsafeMutablePointer<clinux_board_phase>, upstream: UnsafeMutablePointer<clinux_board_phase>) =
      unsafe (ProxyWorker.unread(), ProxyWorker.unread())

  private static func unread() -> UnsafeMutablePointer<clinux_board_phase> {
    let place = UnsafeMutablePointer<clinux_board_phase>.allocate(capacity: 1)
    unsafe place.initialize(to: clinux_board_phase())
    return unsafe place
  }

  /// No new requests are taken.
  public private(set) var isDraining = false
  /// The call-out whose event is being delivered.
  var currentCallout: Callout?

  private let logSink: (LogLevel, String) -> Void
  private var listeners: [ProxyListener] = []
  private var clients: [ClientConnection] = []
  private var exchanges: [Exchange] = []
  private var targets: [UpstreamTarget.Key: UpstreamTarget] = [:]
  private var clientContexts: [UpstreamVerification: TLSContext] = [:]
  private var dateSecond = -1
  private let dateBuffer = ByteBuffer(capacity: 64)
  private var acceptTimer: AcceptTimer?
  private var acceptFailureTold: UInt64 = 0
  private var drained: (() -> Void)?
  /// The most slabs that were in use at a time since memory was given back last.
  private var busiest = 0
  /// The most clients at a time since then: each may have needed a buffer, a slab only for a moment.
  private var mostClients = 0

  /// Makes a worker without listeners and with an empty configuration.
  public init(
    loop: EventLoop, settings: ProxySettings, plugins: PluginRuntime, log: @escaping (LogLevel, String) -> Void
  ) {
    self.loop = loop
    self.settings = settings
    self.plugins = plugins
    logSink = log
    var limits = HTTPLimits()
    // A head lies in one slab.
    limits.head = Slab.capacity
    limits.requestLine = 8192 + 256
    limits.fieldLine = Slab.capacity
    self.limits = limits
    product = Array(settings.product.utf8)
    resolver = Resolver(loop: loop)
    plugins.operations = self
    plugins.logLine = { [weak self] level, plugin, _, text in
      self?.log(LogLevel(rawValue: Int(level)) ?? .info, "plugin \(plugin): \(text)")
    }
  }

  func log(_ level: LogLevel, _ text: @autoclosure () -> String) { logSink(level, text()) }

  // MARK: Listening

  /// Accepts from a listening socket.
  public func listen(descriptor: Int32, port: UInt16, tls: TLSContext?, isShared: Bool) {
    let listener = ProxyListener(worker: self, descriptor: descriptor, port: port, tls: tls)
    listeners.append(listener)
    loop.register(listener, interest: isShared ? .readLevelExclusive : .readLevel)
  }

  /// New connections to TLS listeners are shown these certificates from now on.
  public func serveTLS(_ context: TLSContext) {
    for listener in listeners where listener.isTLS { listener.tls = context }
  }

  /// There was no descriptor left.
  func noteExhaustion() { exhaustions &+= 1 }

  /// Says that connections have to wait; of those that follow only every few seconds.
  func tellAcceptFailure(_ text: String) {
    guard acceptFailureTold == 0 || loop.now &- acceptFailureTold > 5_000_000_000 else { return }
    acceptFailureTold = loop.now
    log(.error, text)
  }

  /// Out of descriptors: tries again after a moment.
  func pauseAccepting() {
    noteExhaustion()
    guard acceptTimer == nil else { return }
    for listener in listeners { loop.unregister(listener) }
    let timer = AcceptTimer(worker: self)
    acceptTimer = timer
    loop.timers.arm(timer, afterMilliseconds: 100)
  }

  fileprivate func goOnAccepting() {
    acceptTimer = nil
    guard !isDraining else { return }
    for listener in listeners { loop.register(listener, interest: .readLevelExclusive) }
  }

  /// Takes no new connections and requests; calls back when those in flight are done.
  ///
  /// Its listening sockets are closed: when all processes have done so, clients are refused. Who was let into the queue before is
  /// served.
  public func drain(_ done: @escaping () -> Void) {
    guard !isDraining else { return }
    isDraining = true
    for listener in listeners {
      listener.takeQueued()
      loop.unregister(listener)
      loop.close(listener)
    }
    listeners.removeAll()
    drained = done
    for client in clients where client.state == .head && client.exchange == nil { client.drain() }
    checkDrained()
  }

  private func checkDrained() {
    guard isDraining, clients.isEmpty, let done = drained else { return }
    drained = nil
    done()
  }

  /// How many client connections are open.
  public var connectionCount: Int { clients.count }

  // MARK: Configuration

  /// New requests begin with this generation; those under way end on theirs.
  public func commit(_ prepared: PreparedGeneration) {
    generation = prepared.generation
    canary = nil
    remember(prepared.generation)
  }

  /// A share of new requests begins with this generation; the others with the one before.
  public func tryOut(_ prepared: PreparedGeneration, _ share: CanaryShare) {
    canary = (prepared.generation, share)
    remember(prepared.generation)
  }

  /// No new request begins with the generation that is tried out.
  public func abandonCanary() { canary = nil }

  private func remember(_ generation: ProxyGeneration) {
    known = known.filter { $0.generation != nil } + [WeakGeneration(generation: generation)]
  }

  /// The generations that requests are still on, and the one that new requests begin with.
  public var generations: [GenerationCounts] {
    known.compactMap { entry in
      entry.generation.map {
        GenerationCounts(number: $0.number, active: $0.activeRequests, served: $0.served, failed: $0.failed)
      }
    }
  }

  /// What a request begins with.
  @inline(__always)
  func generationForNewRequest(_ exchange: Exchange) -> ProxyGeneration {
    if unsafe quarantineChange.pointee != quarantineSeen { noteQuarantine() }
    guard let canary else { return generation }
    return canary.share.includes(exchange, &canaryDice) ? canary.generation : generation
  }

  // MARK: Quarantine

  /// Tells where the number of changes of what is quarantined can be read, and who reads anew.
  ///
  /// - Parameter change: memory that lives as long as the process.
  public func watchQuarantine(_ change: UnsafePointer<UInt64>, _ read: @escaping () -> [String: Quarantine]) {
    unsafe quarantineChange = unsafe change
    readQuarantine = read
    noteQuarantine()
  }

  private func noteQuarantine() {
    quarantineSeen = unsafe quarantineChange.pointee
    plugins.setQuarantines(readQuarantine())
  }

  /// Makes a generation without putting it into service.
  /// - Parameter instance: gives the instance of an entity; `nil` when its plugin is quarantined and not even loaded.
  public func prepare(
    _ configuration: GatewayConfiguration, number: Int, instance: @escaping (PluginEntity) throws -> PluginInstance?
  ) throws -> PreparedGeneration {
    let builder = GenerationBuilder(worker: self, configuration: configuration, instance: instance)
    return PreparedGeneration(generation: try builder.build(number: number))
  }

  /// Lets go of the configuration, so that plugins' instances are destroyed. For the end of the process.
  public func retireAll() {
    generation = .empty()
    for client in clients { client.exchange?.abandonForExit() }
    exchanges.removeAll()
  }

  /// The number of the generation that new requests begin with.
  public var generationNumber: Int { generation.number }

  /// The target for a key; the same one for as long as the worker lives.
  func target(_ key: UpstreamTarget.Key) throws -> UpstreamTarget {
    if let target = targets[key] { return target }
    let target = UpstreamTarget(worker: self, key: key, tls: key.isTLS ? try clientContext(key.verification) : nil)
    targets[key] = target
    return target
  }

  private func clientContext(_ verification: UpstreamVerification) throws -> TLSContext {
    if let context = clientContexts[verification] { return context }
    var tls = TLSClientSettings()
    tls.verify = verification.verify
    tls.verifyDepth = verification.depth.map { Int32(clamping: $0) }
    if !verification.trusted.isEmpty {
      tls.caCertificates = verification.trusted
    } else if let file = settings.trustedCertificateFile {
      tls.caFile = file
    }
    tls.clientCertificate = verification.shown
    let context = try TLSContext.client(tls)
    clientContexts[verification] = context
    return context
  }

  // MARK: Memory

  /// Gives back to the system what a busy moment needed and a quiet one does not. To be called now and then, when
  /// nothing is under way in the loop.
  public func giveBackMemory() {
    let taken = slabs.takenCount
    busiest = max(busiest, slabs.takeLargest())
    let isQuiet = busiest > 64 && taken < busiest / 4
    let isEmpty = mostClients > 64 && clients.count < mostClients / 4
    guard isQuiet || isEmpty else { return }
    busiest = taken
    mostClients = clients.count
    slabs.shrink(to: 32)
    _ = clinux_malloc_trim()
  }

  // MARK: Connections

  func addClient(_ connection: ClientConnection) {
    connection.placed(at: clients.count)
    clients.append(connection)
    mostClients = max(mostClients, clients.count)
    loop.register(connection)
    connection.deadline.set(milliseconds: settings.clientHeaderTimeout)
  }

  func removeClient(_ connection: ClientConnection) {
    let index = connection.listIndex
    guard index >= 0, index < clients.count, clients[index] === connection else { return }
    if let exchange = connection.exchange {
      connection.exchange = nil
      exchange.abandon()
      giveExchange(exchange)
    }
    let last = clients.removeLast()
    if last !== connection {
      clients[index] = last
      last.placed(at: index)
    }
    connection.placed(at: -1)
    checkDrained()
  }

  func takeExchange(for connection: ClientConnection) -> Exchange {
    let exchange = exchanges.popLast() ?? Exchange(worker: self)
    exchange.recycle()
    exchange.begin(connection)
    return exchange
  }

  /// The exchange is over; what it refers to is let go at once, its storage stays for the next.
  func giveExchange(_ exchange: Exchange) {
    exchange.isFinished = true
    if let generation = exchange.generation {
      generation.activeRequests &-= 1
      generation.served &+= 1
      if exchange.responseStatus >= 500 { generation.failed &+= 1 }
      exchange.generation = nil
    }
    exchange.entry = nil
    exchange.chain = emptyChain
    if exchanges.count < 128 { exchanges.append(exchange) }
  }

  /// The deadline of a pause no longer counts.
  func resumeTimers(of exchange: Exchange) {
    if let timer = exchange.pause.timer, timer.isArmed { loop.timers.cancel(timer) }
  }

  /// The date as HTTP writes it; made once a second.
  var dateText: UnsafeRawBufferPointer {
    let second = loop.wallClock.seconds
    if second != dateSecond {
      dateSecond = second
      dateBuffer.removeAll()
      dateBuffer.reserve(HTTPDate.length)
      var text: [UInt8] = Array(repeating: 0, count: HTTPDate.length)
      unsafe text.withUnsafeMutableBytes { unsafe HTTPDate.write(unixSeconds: Int64(second), into: $0) }
      dateBuffer.append(text)
    }
    return unsafe dateBuffer.bytes
  }
}

/// A generation that is ready to serve.
public struct PreparedGeneration {
  let generation: ProxyGeneration
}

private final class AcceptTimer: Timer {
  private unowned let worker: ProxyWorker
  init(worker: ProxyWorker) { self.worker = worker }
  override func fire() { worker.goOnAccepting() }
}
