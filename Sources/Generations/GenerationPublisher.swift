import Configuration
import EventLoop
import Glibc
import JSON
import PluginHost
import SharedStore
import Supervision

/// Takes a configuration into service: check, prepare on every worker, commit. A failure changes nothing.
///
/// Runs on the controller's loop. One publication at a time; those that come meanwhile wait.
public final class GenerationPublisher {
  /// Why a configuration was not taken into service.
  public struct Failure: Error, Sendable {
    /// What is wrong with the configuration; empty when something else is.
    public var errors: [ConfigurationError]
    /// The reason in words.
    public var message: String

    /// Makes a failure.
    public init(errors: [ConfigurationError] = [], message: String) {
      self.errors = errors
      self.message = message
    }
  }

  /// Called once, with the number of the generation that is in service.
  public typealias Completion = (Result<Int, Failure>) -> Void

  /// A worker that has said hello.
  final class Worker {
    let channel: ControlChannel
    var index = -1
    var process = 0
    var serves = 0
    var prepared = 0
    /// It has not been given what is in service, since what is being published is to come first.
    var isWaiting = false
    var counts = WorkerCounts()

    init(channel: ControlChannel) { self.channel = channel }
  }

  private struct Publication {
    var document: GenerationDocument
    var options: GenerationOptions
    var sealed: Int32
    var waiting: Int
    var completion: Completion
  }

  let loop: EventLoop
  let settings: GatewaySettings
  /// The plugins that there are.
  public let catalog: PluginCatalog
  let log: GatewayLog
  let memoryReport: MemoryReport
  /// What the processes of the gateway share; `nil` in a single process.
  public let board: Board?
  var workers: [Worker] = []
  private var meeting: MeetingSource?
  private var publication: Publication?
  private var queue: [(GatewayConfiguration, GenerationOptions, Completion)] = []
  private var number = 0
  /// What workers counted that are gone.
  var departed = WorkerCounts()
  /// The generations there were, the latest last.
  var history = GenerationHistory()
  /// What is tried out.
  var canary: Canary?
  var canaryHistory: [Canary.Outcome] = []
  let canaryTimer = CallbackTimer()
  /// Called when what was tried out is for all requests (true), or is not any more (false).
  public var onCanaryEnd: (Bool) -> Void = { _ in }
  private let deadline = CallbackTimer()
  /// How many workers a publication waits for: those that the supervisor keeps running.
  public var expectedWorkers = 0
  private let patience = CallbackTimer()
  private var isPatient = true
  private var departures: [CallbackTimer] = []
  /// How many faults there were when the publication began.
  private var faultsBefore = 0
  /// What is in service.
  public private(set) var current: GenerationDocument?

  /// Meets workers on the socket that the supervisor holds.
  public init(
    loop: EventLoop, settings: GatewaySettings, meetingDescriptor: Int32, board: Board? = nil,
    sharedStore: SharedStore? = nil, log: GatewayLog
  ) {
    memoryReport = MemoryReport(store: sharedStore)
    self.board = board
    self.loop = loop
    self.settings = settings
    self.log = log
    catalog = PluginCatalog(settings: settings, isStaging: meetingDescriptor >= 0, board: board, log: log)
    if meetingDescriptor >= 0 {
      let source = MeetingSource(descriptor: meetingDescriptor)
      source.onConnection = { [unowned self] descriptor in self.met(descriptor) }
      loop.register(source, interest: .readLevel)
      meeting = source
    }
  }

  /// Whether some worker serves the generation that was committed last.
  public var isServing: Bool {
    guard let current else { return (board?.servedGeneration ?? 0) > 0 }
    return workers.contains { $0.serves == current.number }
  }

  // MARK: Publishing

  /// Takes a configuration into service.
  public func publish(
    _ configuration: GatewayConfiguration, _ options: GenerationOptions = GenerationOptions(),
    completion: @escaping Completion
  ) {
    guard publication == nil else {
      queue.append((configuration, options, completion))
      return
    }
    _ = endCanary(promote: false, "another configuration was published")
    let document: GenerationDocument
    do {
      document = try self.document(
        configuration, libraries: options.libraries, looksAgain: options.isReload)
    } catch {
      let text = error.errors.map(\.description).joined(separator: "; ")
      finish(completion, .failure(Failure(errors: error.errors, message: text)))
      return
    }
    guard let sealed = document.sealed() else {
      finish(completion, .failure(Failure(message: "no memory for the generation")))
      return
    }
    publication = Publication(
      document: document, options: options, sealed: sealed, waiting: 0, completion: completion)
    isPatient = true
    for worker in workers { prepare(on: worker) }
    faultsBefore = board?.faultCount ?? 0
    deadline.action = { [unowned self] in
      let isAlone = self.publication?.waiting == 0
      if !self.abortForFault() {
        self.abort(isAlone ? "no worker is there to make it ready" : "a worker did not answer in time")
      }
    }
    loop.timers.arm(deadline, afterMilliseconds: 20_000)
    commitIfReady()
  }

  /// Everything that is wrong with a configuration once the plugins have looked at it.
  public func check(_ configuration: GatewayConfiguration) -> [ConfigurationError] {
    do {
      _ = try document(configuration)
      return []
    } catch { return error.errors }
  }

  /// Finds the libraries of a configuration, lets the plugins look at it, and makes the document of a new generation.
  ///
  /// - Parameter given: the libraries to use; without them, those that are found now.
  /// - Parameter looksAgain: a library that has gone or cannot be used any more is an error, though a copy is there.
  public func document(
    _ configuration: GatewayConfiguration, libraries given: [String: GenerationDocument.Library]? = nil,
    looksAgain: Bool = false
  ) throws(ConfigurationErrors) -> GenerationDocument {
    if let given {
      number += 1
      return GenerationDocument(number: number, configuration: configuration, libraries: given)
    }
    let libraries = try catalog.libraries(of: configuration, besides: current, looksAgain: looksAgain)
    number += 1
    return GenerationDocument(number: number, configuration: configuration, libraries: libraries)
  }

  private func prepare(on worker: Worker) {
    guard var publication else { return }
    worker.prepared = 0
    if worker.channel.send(
      ControlMessage.make(
        ControlMessage.prepare, number: publication.document.number, [without(leftOut(of: publication))]),
      descriptor: publication.sealed)
    {
      publication.waiting += 1
      self.publication = publication
    }
  }

  private func commitIfReady() {
    guard let ready = publication, ready.waiting == 0 else { return }
    if isPatient, workers.count < expectedWorkers {
      // Workers are on their way, at the start or after a fault. One that does not come holds nobody up for long.
      if !patience.isArmed {
        patience.action = { [unowned self] in
          self.isPatient = false
          self.commitIfReady()
        }
        loop.timers.arm(patience, afterMilliseconds: 2000)
      }
      return
    }
    // What no worker has made ready may be what none can.
    guard current == nil || workers.contains(where: { $0.prepared == ready.document.number }) else { return }
    loop.timers.cancel(patience)
    loop.timers.cancel(deadline)
    close(ready.sealed)
    publication = nil
    if let options = ready.options.canary {
      begin(Canary(document: ready.document, options: options, faultsBefore: board?.faultCount ?? 0, at: loop))
      finish(ready.completion, .success(ready.document.number))
      return
    }
    for worker in workers where worker.prepared == ready.document.number {
      _ = worker.channel.send(ControlMessage.make(ControlMessage.commit, number: ready.document.number))
      worker.serves = ready.document.number
    }
    reinstateChanged(by: ready.document, isReload: ready.options.isReload)
    current = ready.document
    remember(ready.document)
    removeCopies()
    log.write(.notice, "generation \(ready.document.number) is in service on \(workers.count) workers")
    finish(ready.completion, .success(ready.document.number))
  }

  private func abort(_ reason: String) {
    guard let failed = publication else { return }
    loop.timers.cancel(deadline)
    for worker in workers {
      _ = worker.channel.send(ControlMessage.make(ControlMessage.abort, number: failed.document.number))
    }
    close(failed.sealed)
    publication = nil
    loop.timers.cancel(patience)
    // Those that came meanwhile, and were to have this one first.
    for worker in workers where worker.process != 0 && worker.serves == 0 && worker.isWaiting { bringUpToDate(worker) }
    log.write(.error, "generation \(failed.document.number) is refused: \(reason)")
    finish(failed.completion, .failure(Failure(message: reason)))
  }

  private func finish(_ completion: Completion, _ result: Result<Int, Failure>) {
    completion(result)
    guard publication == nil, !queue.isEmpty else { return }
    let (configuration, options, next) = queue.removeFirst()
    publish(configuration, options, completion: next)
  }

  /// A generation that was tried out is for all requests.
  func take(_ document: GenerationDocument) {
    current = document
    remember(document)
    removeCopies()
  }

  /// Copies of libraries that nobody can go back to are removed; also those that an earlier gateway left.
  private func removeCopies() {
    let known = history.entries.map(\.document) + [current, canary?.document, publication?.document].compactMap { $0 }
    catalog.removeCopies(but: Set(known.flatMap { $0.libraries.values.map(\.path) }))
  }

  /// Whether a plugin's library and configurations are those that are in service.
  private func isSame(_ plugin: String, in document: GenerationDocument) -> Bool {
    func entities(_ configuration: GatewayConfiguration?) -> [JSONNode] {
      (configuration?.plugins ?? []).filter { $0.name == plugin }.map(\.node)
    }
    return document.libraries[plugin] == current?.libraries[plugin]
      && entities(document.configuration) == entities(current?.configuration)
  }

  /// Plugins that are quarantined since they ended workers which made them ready.
  private var unconfigurable: [QuarantinedPlugin] { (board?.quarantines ?? []).filter(\.isUnconfigurable) }

  /// Those of them that are not tried again with a publication: nothing has changed about them, and nobody asked for it.
  private func leftOut(of publication: Publication) -> [String] {
    guard !publication.options.isReload else { return [] }
    return unconfigurable.map(\.name).filter { isSame($0, in: publication.document) }
  }

  private func without(_ plugins: [String]) -> JSONNode.Member {
    .init(name: ControlMessage.without, value: JSONNode(.array(plugins.map { JSONNode(.string($0)) })))
  }

  /// What is quarantined gets another chance when its library or its configuration is another one, or when somebody asks for
  /// a reload.
  private func reinstateChanged(by document: GenerationDocument, isReload: Bool) {
    guard let board else { return }
    for plugin in board.quarantines {
      guard isReload || !isSame(plugin.name, in: document) else { continue }
      if !board.reinstate(plugin.name).isEmpty {
        log.write(.notice, "plugin \(plugin.name) is in service again")
      }
    }
  }

  /// Puts a quarantined plugin into service again; workers that did without it get it.
  /// - Returns: false when it is not quarantined.
  public func reinstate(_ plugin: String) -> Bool {
    guard let board, let entry = board.quarantines.first(where: { $0.name == plugin }) else { return false }
    guard !board.reinstate(plugin).isEmpty else { return false }
    log.write(.notice, "plugin \(plugin) is in service again")
    if entry.isUnconfigurable, let current {
      var options = GenerationOptions()
      options.libraries = current.libraries
      publish(current.configuration, options) { result in
        // It is missing in workers that could not make it ready: that must not look as if all were well.
        if case .failure = result { _ = board.quarantine(entry) }
      }
    }
    return true
  }

  // MARK: Workers

  private func met(_ descriptor: Int32) {
    let channel = ControlChannel(loop: loop, descriptor: descriptor)
    let worker = Worker(channel: channel)
    workers.append(worker)
    channel.onMessage = { [unowned self, unowned worker] message, attached in
      if attached >= 0 { close(attached) }
      self.take(message, from: worker)
    }
    channel.onClose = { [unowned self, unowned worker] in self.lost(worker) }
  }

  private func take(_ message: JSONNode, from worker: Worker) {
    guard let kind = message["kind"]?.string, let number = message["number"]?.integer else { return }
    switch kind {
    case ControlMessage.hello:
      worker.index = message["index"]?.integer ?? -1
      worker.process = message["process"]?.integer ?? 0
      worker.serves = number
      self.number = max(self.number, number)
      if let pending = publication, number >= pending.document.number {
        renumber()
      } else if let publication, publication.options.canary == nil, let current,
        !workers.contains(where: { $0.serves == current.number })
      {
        // Nobody serves what there is; perhaps nobody can, and this is what mends it.
        worker.isWaiting = true
        prepare(on: worker)
      } else {
        // What the others serve comes first: the publication may yet be refused.
        bringUpToDate(worker)
        if publication != nil { prepare(on: worker) }
      }
    case ControlMessage.counts:
      worker.counts.replaceAllButMetrics(with: WorkerCounts(message))
    case ControlMessage.metrics:
      worker.counts.take(CountedMetric.list(in: message))
    case ControlMessage.prepared:
      worker.prepared = number
      if publication?.document.number == number {
        publication?.waiting -= 1
        commitIfReady()
      } else if let canary, canary.document.number == number {
        _ = worker.channel.send(canary.commit)
      } else if current?.number == number {
        _ = worker.channel.send(ControlMessage.make(ControlMessage.commit, number: number))
        worker.serves = number
      }
    case ControlMessage.failed:
      let reason = message["reason"]?.string ?? "unknown reason"
      if publication?.document.number == number {
        abort("worker \(worker.index): \(reason)")
      } else {
        log.write(.error, "worker \(worker.index) cannot serve generation \(number): \(reason)")
      }
    default: break
    }
  }

  /// The workers already serve a later generation, of a controller before this one: numbers go on from there.
  private func renumber() {
    guard var pending = publication else { return }
    number += 1
    pending.document.number = number
    guard let sealed = pending.document.sealed() else { return }
    close(pending.sealed)
    pending.sealed = sealed
    pending.waiting = 0
    publication = pending
    for worker in workers where worker.process != 0 { prepare(on: worker) }
  }

  /// A worker that came later gets what the others have.
  private func bringUpToDate(_ worker: Worker) {
    worker.isWaiting = false
    for document in [current, canary?.document] {
      guard let document, worker.serves != document.number, let sealed = document.sealed() else { continue }
      let message = ControlMessage.make(
        ControlMessage.prepare, number: document.number,
        [without(unconfigurable.map(\.name))])
      _ = worker.channel.send(message, descriptor: sealed)
      close(sealed)
    }
  }

  private func lost(_ worker: Worker) {
    workers.removeAll { $0 === worker }
    // What it counted counts on; its connections are gone.
    departed = departed + worker.counts
    departed.connections = 0
    guard let publication, worker.prepared != publication.document.number else { return }
    let lost = publication.document.number
    let wait = CallbackTimer()
    departures.append(wait)
    wait.action = { [unowned self, unowned wait] in
      self.departures.removeAll { $0 === wait }
      self.judgeDeparture(of: worker, from: lost)
    }
    // The supervisor has to have looked at it.
    loop.timers.arm(wait, afterMilliseconds: board == nil ? 1 : 200)
  }

  /// A worker ended before it had the generation ready. When a plugin ended it that the generation was bringing, the
  /// generation is refused.
  private func judgeDeparture(of worker: Worker, from number: Int) {
    guard publication?.document.number == number else { return }
    guard !abortForFault() else { return }
    publication?.waiting -= 1
    commitIfReady()
  }

  /// Refuses the publication when a plugin has ended a worker since it began, while instances were made.
  private func abortForFault() -> Bool {
    // One of a plugin that it does not bring is that of what is in service: perhaps it is to mend just that.
    let brought = publication?.document.libraries ?? [:]
    guard
      let fault = board?.faults.last(where: { fault in
        fault.number > faultsBefore && fault.phase == "configure"
          && brought[fault.plugin]?.path.hasPrefix(fault.library) == true
      })
    else { return false }
    abort("worker \(fault.worker) ended while it made the generation ready: \(fault.description)")
    return true
  }
}
