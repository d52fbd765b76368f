import Configuration
import EventLoop
import Glibc
import JSON
import PluginHost
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
  private let searchPath: PluginSearchPath
  /// `nil`: libraries are used where they lie (`torii check`, one process).
  private let store: LibraryStore?
  /// What the files that were taken into the store looked like then, by path.
  private var origins: [String: GenerationDocument.Library] = [:]
  /// Where copies in the store were taken from.
  private var sources: [String: String] = [:]
  let log: GatewayLog
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
  /// How many workers the first publication waits for: those that the supervisor started together with the controller.
  public var expectedWorkers = 0
  private let patience = CallbackTimer()
  private var departures: [CallbackTimer] = []
  /// How many faults there were when the publication began.
  private var faultsBefore = 0
  /// What is in service.
  public private(set) var current: GenerationDocument?
  /// The plugins that were found, by name.
  public private(set) var descriptions: [String: PluginDescription] = [:]
  /// Libraries that were found and cannot be used.
  public private(set) var refused: [(path: String, reason: String)] = []

  /// Meets workers on the socket that the supervisor holds.
  public init(
    loop: EventLoop, settings: GatewaySettings, meetingDescriptor: Int32, board: Board? = nil, log: GatewayLog
  ) {
    self.board = board
    self.loop = loop
    self.settings = settings
    self.log = log
    searchPath = PluginSearchPath(
      configured: settings.pluginPath, environment: nil, executable: RunningProcess.executable)
    store = meetingDescriptor >= 0 ? LibraryStore(folder: settings.prefix + "/libraries") : nil
    if meetingDescriptor >= 0 {
      let source = MeetingSource(descriptor: meetingDescriptor)
      source.onConnection = { [unowned self] descriptor in self.met(descriptor) }
      loop.register(source, interest: .readLevel)
      meeting = source
    }
  }

  // MARK: Plugins

  /// The folders plugins are looked for in.
  public var pluginFolders: [String] { searchPath.folders }

  /// Looks for the libraries of these plugins, and of those the settings name, and asks them what they are.
  public func refreshPlugins(named names: Set<String> = []) {
    let wanted = names.union(settings.plugins.flatMap { $0 == "bundled" ? ["ai-proxy", "file-log"] : [$0] })
    let paths = wanted.sorted().compactMap { searchPath.library(named: $0) }
    let changed = paths.filter { origins[$0] == nil || GenerationDocument.Library.at($0) != origins[$0] }
    guard !changed.isEmpty else { return }
    for (path, reason) in inspect(changed) { log.write(.error, "plugin library \(path): \(reason)") }
  }

  /// Takes libraries into the store and asks the copies what they are.
  /// - Returns: why some cannot be used, by the path they came from.
  @discardableResult
  private func inspect(_ paths: [String]) -> [(path: String, reason: String)] {
    var failures: [(path: String, reason: String)] = []
    var origin: [String: String] = [:]
    for path in paths {
      origins[path] = GenerationDocument.Library.at(path)
      guard let store else {
        origin[path] = path
        continue
      }
      do {
        let copy = try store.stage(path).path
        origin[copy] = path
        sources[copy] = path
      } catch {
        // Better served from where it lies than not at all; but then it must not be overwritten in place.
        log.write(.warn, "plugin library \(path) is used where it lies, since it cannot be copied: \(error)")
        origin[path] = path
      }
    }
    let answer = Inspector.ask(.init(libraries: origin.keys.sorted()))
    for plugin in answer.plugins {
      do throws(PluginSchemaError) {
        _ = try PluginSchema(parsing: plugin.schema ?? "{\"type\":\"object\"}")
        descriptions[plugin.name] = plugin
      } catch {
        failures.append(
          (origin[plugin.library.path] ?? plugin.library.path, "its config_schema cannot be used: \(error)"))
      }
    }
    failures += answer.refused.map { (origin[$0.path] ?? $0.path, $0.reason) }
    refused = refused.filter { entry in !paths.contains(entry.path) } + failures
    return failures
  }

  /// Looks through all folders for plugins that are not known yet. What is no plugin is passed over.
  public func refreshAllPlugins() {
    var paths: [String] = []
    var seen = Set(descriptions.keys)
    for name in searchPath.pluginNames() where seen.insert(name).inserted {
      if let path = searchPath.library(named: name) { paths.append(path) }
    }
    guard !paths.isEmpty else { return }
    inspect(paths)
  }

  /// Whether some worker serves the generation that was committed last.
  public var isServing: Bool {
    guard let current else { return false }
    return workers.contains { $0.serves == current.number }
  }

  /// The schemas of the plugins that were found.
  public var schemas: [String: PluginSchema] {
    var schemas: [String: PluginSchema] = [:]
    for (name, description) in descriptions {
      if let schema = try? PluginSchema(parsing: description.schema ?? "{\"type\":\"object\"}") {
        schemas[name] = schema
      }
    }
    return schemas
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
    for worker in workers { prepare(on: worker) }
    faultsBefore = board?.faultCount ?? 0
    deadline.action = { [unowned self] in
      if !self.abortForFault() { self.abort("a worker did not answer in time") }
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
    refreshPlugins(named: Set(configuration.plugins.filter(\.enabled).map(\.name)))
    if !looksAgain { takeCopies(Set(configuration.plugins.filter(\.enabled).map(\.name))) }
    var libraries: [String: GenerationDocument.Library] = [:]
    var errors: [ConfigurationError] = []
    for (index, plugin) in configuration.plugins.enumerated() where plugin.enabled && libraries[plugin.name] == nil {
      let isGone = looksAgain && isGone(plugin.name)
      if let description = descriptions[plugin.name], !isGone {
        libraries[plugin.name] = description.library
      } else {
        errors.append(missing(plugin, index))
      }
    }
    if errors.isEmpty { errors = tried(configuration, libraries) }
    guard errors.isEmpty else { throw ConfigurationErrors(errors) }
    number += 1
    return GenerationDocument(number: number, configuration: configuration, libraries: libraries)
  }

  /// A controller that is started again goes on with what the workers run, though a library has gone meanwhile, or another
  /// one that cannot be used lies in its place.
  private func takeCopies(_ names: Set<String>) {
    for name in names where descriptions[name] == nil {
      guard let copy = board?.library(named: name) else { continue }
      for plugin in Inspector.ask(.init(libraries: [copy])).plugins where plugin.name == name {
        descriptions[name] = plugin
        log.write(.warn, "plugin \(name) is used as the workers have it: its library cannot be used any more")
      }
    }
  }

  /// Whether the library that a plugin would be loaded from now is not there, or cannot be used.
  private func isGone(_ name: String) -> Bool {
    guard let library = searchPath.library(named: name) else { return true }
    return refused.contains { $0.path == library }
  }

  private func missing(_ plugin: PluginEntity, _ index: Int) -> ConfigurationError {
    let path = ConfigurationPath([.key("plugins"), .index(index), .key("name")])
    if let library = searchPath.library(named: plugin.name), let entry = refused.first(where: { $0.path == library }) {
      return ConfigurationError("plugin '\(plugin.name)' cannot be used: \(entry.path): \(entry.reason)", at: path)
    }
    return ConfigurationError(
      "plugin '\(plugin.name)' not enabled; add it to the 'plugins' configuration property", at: path,
      hint:
        "lib\(plugin.name).so was looked for in \(searchPath.folders.joined(separator: ", ")): set plugin_path or TORII_PLUGIN_PATH"
    )
  }

  /// Lets each plugin look at its configurations, in a process of its own.
  private func tried(
    _ configuration: GatewayConfiguration, _ libraries: [String: GenerationDocument.Library]
  ) -> [ConfigurationError] {
    let resolved = VaultResolver(plugins: schemas).resolve(configuration).configuration
    var question = Inspector.Question(libraries: [])
    for plugin in resolved.plugins where plugin.enabled {
      guard let library = libraries[plugin.name] else { continue }
      // What is in service with the same configuration has been tried.
      if let current, current.libraries[plugin.name] == library,
        current.configuration.plugins.contains(where: { $0.id == plugin.id && $0.node == plugin.node })
      {
        continue
      }
      if !question.libraries.contains(library.path) { question.libraries.append(library.path) }
      question.instances.append((plugin, library.path))
    }
    guard !question.instances.isEmpty else { return [] }
    let answer = Inspector.ask(question)
    var errors: [ConfigurationError] = []
    for (path, reason) in answer.refused {
      let name = libraries.first { $0.value.path == path }?.key ?? "?"
      let index = configuration.plugins.firstIndex { $0.name == name } ?? 0
      errors.append(
        ConfigurationError(
          "plugin '\(name)' cannot be used: \(sources[path] ?? path): \(reason)",
          at: ConfigurationPath([.key("plugins"), .index(index), .key("config")])))
    }
    for fault in answer.faults {
      let index = configuration.plugins.firstIndex { $0.id == fault.id } ?? 0
      let name = configuration.plugins.indices.contains(index) ? configuration.plugins[index].name : "?"
      let keys = fault.pointer.split(separator: "/").map { ConfigurationPath.Component.key(String($0)) }
      errors.append(
        ConfigurationError(
          "plugin '\(name)': \(fault.message)",
          at: ConfigurationPath([.key("plugins"), .index(index), .key("config")] + keys)))
    }
    return errors
  }

  private func prepare(on worker: Worker) {
    guard var publication else { return }
    worker.prepared = 0
    if worker.channel.send(
      ControlMessage.make(ControlMessage.prepare, number: publication.document.number), descriptor: publication.sealed)
    {
      publication.waiting += 1
      self.publication = publication
    }
  }

  private func commitIfReady() {
    guard let ready = publication, ready.waiting == 0 else { return }
    if current == nil, workers.count < expectedWorkers {
      // At the start: the workers are on their way. One that does not come holds nobody up for long.
      if !patience.isArmed {
        patience.action = { [unowned self] in
          self.expectedWorkers = 0
          self.commitIfReady()
        }
        loop.timers.arm(patience, afterMilliseconds: 2000)
      }
      return
    }
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
    let isFirst = current == nil
    reinstateChanged(by: ready.document, isReload: ready.options.isReload)
    current = ready.document
    remember(ready.document)
    // What an earlier gateway left; later copies stay, since requests may still run on them.
    if isFirst { store?.removeAll(but: Set(descriptions.values.map(\.library.path))) }
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
  }

  /// Where a library was taken from.
  func source(of library: GenerationDocument.Library) -> String { sources[library.path] ?? library.path }

  /// What is quarantined gets another chance when its library or its configuration is another one, or when somebody asks for
  /// a reload.
  private func reinstateChanged(by document: GenerationDocument, isReload: Bool) {
    guard let board else { return }
    func entities(_ configuration: GatewayConfiguration, _ name: String) -> [JSONNode] {
      configuration.plugins.filter { $0.name == name }.map(\.node)
    }
    for plugin in board.quarantines {
      let isSame =
        document.libraries[plugin.name] == current?.libraries[plugin.name]
        && entities(document.configuration, plugin.name)
          == (current.map { entities($0.configuration, plugin.name) } ?? [])
      guard isReload || !isSame else { continue }
      if !board.reinstate(plugin.name).isEmpty {
        log.write(.notice, "plugin \(plugin.name) is in service again")
      }
    }
  }

  /// What a watcher compares: the libraries that were looked at, as they are now.
  public var watchedLibraries: [String: String] {
    origins.compactMapValues { _ in "" }.reduce(into: [:]) { found, entry in
      found[entry.key] = GenerationDocument.Library.at(entry.key)?.identity ?? ""
    }
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
      } else {
        // What the others serve comes first: the publication may yet be refused.
        bringUpToDate(worker)
        if publication != nil { prepare(on: worker) }
      }
    case ControlMessage.counts:
      worker.counts = WorkerCounts(message)
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
    for document in [current, canary?.document] {
      guard let document, worker.serves != document.number, let sealed = document.sealed() else { continue }
      _ = worker.channel.send(ControlMessage.make(ControlMessage.prepare, number: document.number), descriptor: sealed)
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
    guard let fault = board?.faults.last(where: { $0.number > faultsBefore && $0.phase == "configure" }) else {
      return false
    }
    abort("worker \(fault.worker) ended while it made the generation ready: \(fault.description)")
    return true
  }
}
