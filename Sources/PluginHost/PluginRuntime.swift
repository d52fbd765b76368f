import CToriiPlugin
import Glibc

/// A library that was started.
@safe final class LoadedPlugin {
  let library: PluginLibrary
  let pluginData: UnsafeMutableRawPointer?
  /// Its place on the board.
  let place: UInt32
  private let board: WorkerBoard

  init(library: PluginLibrary, pluginData: UnsafeMutableRawPointer?, place: UInt32, board: WorkerBoard) {
    self.library = library
    unsafe self.pluginData = pluginData
    self.place = place
    self.board = board
  }

  /// Runs when the last instance and the runtime have let go of it.
  deinit {
    var arguments = unsafe torii_stop_args(
      struct_size: UInt32(MemoryLayout<torii_stop_args>.size), flags: 0, plugin_data: pluginData)
    let frame = board.begin(place, PluginRuntime.configurePhase, entity: .none, route: .none)
    unsafe library.callbacks.pointee.stop?(&arguments)
    board.end(frame)
    board.remove(place, isMapped: !library.mayUnload)
  }
}

/// What becomes of a plugin after too many faults.
public enum Quarantine: Sendable {
  /// Its routes answer 503.
  case reject
  /// Requests go on without it.
  case bypass
}

/// What was running before a call.
struct CallFrame {
  let previous: (instance: PluginInstance?, phase: Int32)
  let board: BoardFrame
}

/// The host as plugins see it: its table, its interfaces, the living requests, the loaded libraries. One a process.
///
/// Safety: the tables are allocated once and live as long as the runtime, which lives as long as the process has
/// plugins; the context pointer in them is the runtime itself, unretained.
@safe public final class PluginRuntime {
  /// The living requests.
  public let requests = RequestTable()
  /// Where plugins' log lines go: level, plugin, request id, text.
  public var logLine: (_ level: Int32, _ plugin: String, _ request: torii_request_id, _ text: String) -> Void = {
    _, _, _, _ in
  }
  /// Does timers and call-outs.
  public weak var operations: (any OperationStarter)?
  /// How often each plugin did what the ABI does not allow, by name.
  public private(set) var misbehaviourCounts: [String: Int] = [:]
  /// How often state was handed over from instance to instance, and how often that failed, by plugin.
  public internal(set) var handovers: [String: (done: Int, failed: Int)] = [:]
  /// What plugins count.
  public let metrics = PluginMetrics()
  /// What plugins keep where all processes see it.
  public let shared = SharedKeys()
  /// Libraries are only described and configurations validated: plugins open no files and start no threads.
  public let isInspecting: Bool

  /// Where other processes see what this one does.
  public let board: WorkerBoard
  /// On the board: a library is being loaded, started or stopped, or an instance made or destroyed.
  public static let configurePhase: Int32 = 7
  /// What is quarantined, by plugin.
  var quarantines: [String: Quarantine] = [:]

  /// The instance whose callback is running, and the phase.
  public private(set) var current: (instance: PluginInstance?, phase: Int32) = (nil, TORII_PHASE_NONE)

  let thread = pthread_self()
  /// Made when everything else is: the tables hold a reference to this object.
  private(set) lazy var interfaces = unsafe HostInterfaces(
    host: HostTable.make(version: versionText, context: Unmanaged.passUnretained(self).toOpaque()))
  private let versionText: UnsafeMutablePointer<CChar>
  private var loaded: [String: LoadedPlugin] = [:]
  private var instances: [torii_instance_id: Unowned] = [:]
  private var nextInstance: torii_instance_id = 1
  private var nextOperation: torii_operation_id = 1
  /// The plugin whose start or config_create is running.
  private(set) var definingPlugin = ""
  var operationBook = OperationBook()

  /// Instances that went last, by whose ids their plugins' threads may still speak.
  private var departed: [(id: torii_instance_id, name: String)] = []

  private struct Unowned { unowned let instance: PluginInstance }

  /// Makes the host of this process.
  public init(version: String, inspecting: Bool = false, board: WorkerBoard = WorkerBoard()) {
    isInspecting = inspecting
    self.board = board
    unsafe versionText = strdup(version)
  }

  /// Loads and starts the library at `path`, or gives the one that was loaded from there before.
  /// - Parameter identity: what tells two builds at one path apart (a content hash); part of the key.
  public func load(path: String, identity: String = "") throws -> PluginLibrary {
    let key = path + "\u{0}" + identity
    if let plugin = loaded[key] { return plugin.library }
    let fileName = path.split(separator: "/").last.map(String.init) ?? path
    let place = board.add(path: path, name: fileName)
    let frame = board.begin(place, Self.configurePhase, entity: .none, route: .none)
    var isStarted = false
    defer {
      board.end(frame)
      if !isStarted { board.remove(place, isMapped: false) }
    }
    let library = try PluginLibrary(path: path)
    board.describe(place, name: library.name, version: library.version)
    try checkNeeds(of: library)
    warnOfNewerMinor(library)
    var error = torii_error()
    error.struct_size = UInt32(MemoryLayout<torii_error>.size)
    var arguments = unsafe torii_start_args()
    unsafe arguments.struct_size = UInt32(MemoryLayout<torii_start_args>.size)
    unsafe arguments.flags = isInspecting ? 1 : 0
    unsafe arguments.host = interfaces.host
    definingPlugin = library.name
    defer { definingPlugin = "" }
    let status: torii_status = unsafe withUnsafeMutablePointer(to: &error) { error in
      unsafe arguments.error = error
      return unsafe library.callbacks.pointee.start?(&arguments) ?? TORII_E_FAILED
    }
    guard status == TORII_OK else {
      throw PluginConfigurationError(plugin: library.name, status: status, error: error)
    }
    isStarted = true
    loaded[key] = unsafe LoadedPlugin(
      library: library, pluginData: arguments.plugin_data, place: place, board: board)
    return library
  }

  /// Creates an instance of a loaded library.
  public func makeInstance(of library: PluginLibrary, _ settings: PluginInstanceSettings) throws -> PluginInstance {
    guard let plugin = loaded.values.first(where: { $0.library === library }) else {
      throw PluginConfigurationError(plugin: library.name, pointer: "", message: "the library is not loaded")
    }
    let id = nextInstance
    nextInstance += 1
    definingPlugin = library.name
    operationBook.creating = id
    defer {
      definingPlugin = ""
      operationBook.creating = 0
      operationBook.awaiting.removeAll()
    }
    let frame = board.begin(
      plugin.place, Self.configurePhase, entity: IdentifierWords(settings.entityID),
      route: IdentifierWords(settings.routeID))
    defer { board.end(frame) }
    shared.begin(id, plugin: library.name)
    let instance: PluginInstance
    do {
      instance = try PluginInstance(
        id: id, loaded: plugin, runtime: self, settings: settings, inspecting: isInspecting)
    } catch {
      shared.end(id)
      throw error
    }
    instance.quarantine = quarantines[library.name]
    instances[id] = Unowned(instance: instance)
    board.noteInstance(plugin.place, isMade: true)
    startAwaitingTimers(of: instance)
    return instance
  }

  /// Forgets an instance that is about to be destroyed, so that no late event finds it, and stops its own timers.
  func forget(_ id: torii_instance_id, of plugin: String) {
    instances[id] = nil
    if departed.count == 64 { departed.removeFirst() }
    departed.append((id, plugin))
    cancelOperations(of: id)
  }

  /// Stops all plugins. Instances must be gone.
  public func shutdown() { loaded.removeAll() }

  func instance(_ id: torii_instance_id) -> PluginInstance? { instances[id]?.instance }

  /// The plugin of an instance, also of one that has gone not long ago.
  func pluginName(of id: torii_instance_id) -> String? {
    instances[id]?.instance.library.name ?? departed.last { $0.id == id }?.name
  }

  func nextOperationID() -> torii_operation_id {
    defer { nextOperation += 1 }
    return nextOperation
  }

  // MARK: Which plugin is running

  @inline(__always)
  func enter(_ instance: PluginInstance, _ phase: Int32, _ route: IdentifierWords) -> CallFrame {
    let frame = CallFrame(
      previous: current,
      board: board.begin(instance.place, phase, entity: instance.entityIdentifier, route: route))
    current = (instance, phase)
    return frame
  }

  @inline(__always)
  func leave(_ frame: CallFrame, belongsToLast: Bool = false) {
    current = frame.previous
    board.end(frame.board, belongsToLast: belongsToLast)
  }

  // MARK: Quarantine

  /// Takes note of which plugins are quarantined; instances made later are, too.
  public func setQuarantines(_ quarantines: [String: Quarantine]) {
    self.quarantines = quarantines
    for entry in instances.values { entry.instance.quarantine = quarantines[entry.instance.library.name] }
  }

  /// What has become of a plugin after too many faults.
  public func quarantine(of plugin: String) -> Quarantine? { quarantines[plugin] }

  /// Whether any plugin is quarantined.
  @inline(__always)
  public var hasQuarantine: Bool { !quarantines.isEmpty }

  // MARK: What is kept for plugins

  /// Tells on the board how much the host keeps for each plugin now.
  public func noteHeld() {
    var held: [UInt32: Int] = [:]
    if requests.count > 0 { requests.forEach { $0.reportHeld { held[$0.place, default: 0] += $1 } } }
    board.noteHeld(held)
  }

  // MARK: Libraries that are not used any more

  /// Stops the plugins of libraries that no instance uses and `isNamed` does not know, and unmaps those that may be.
  public func releaseUnused(isNamed: (_ path: String) -> Bool) {
    let used = Set(instances.values.map { ObjectIdentifier($0.instance.library) })
    loaded = loaded.filter { used.contains(ObjectIdentifier($0.value.library)) || isNamed($0.value.library.path) }
  }

  /// Counts what a plugin did that the ABI does not allow, and says so in the log.
  public func misbehaved(_ what: String, _ request: torii_request_id = 0, instance: PluginInstance? = nil) {
    let culprit = instance ?? current.instance
    culprit?.misbehaviours += 1
    if let culprit { unsafe board.plugin(culprit.place)?.pointee.misbehaviours += 1 }
    misbehaviourCounts[culprit?.library.name ?? "unknown", default: 0] += 1
    logLine(TORII_LOG_ERROR, culprit?.library.name ?? "unknown", request, "misbehaves: \(what)")
  }

  /// A library may be built for a later minor and do without what that brought: it says so by `min_host_minor`. Whoever
  /// misses a function of it should know why.
  private func warnOfNewerMinor(_ library: PluginLibrary) {
    let minor = unsafe Int32(library.descriptor.pointee.abi_minor)
    guard minor > TORII_ABI_MINOR else { return }
    let own = "\(TORII_ABI_MAJOR).\(TORII_ABI_MINOR)"
    logLine(
      TORII_LOG_WARN, library.name, 0,
      "built for ABI \(TORII_ABI_MAJOR).\(minor), this gateway has \(own): what is newer than \(own) it does without")
  }

  private func checkNeeds(of library: PluginLibrary) throws(PluginLibraryError) {
    guard var need = unsafe library.descriptor.pointee.needs else { return }
    while let id = unsafe need.pointee {
      let name = unsafe String(cString: id)
      guard unsafe interfaces.table(named: name) != nil else {
        throw PluginLibraryError(
          path: library.path, reason: "needs the interface \(name), which this gateway does not have: upgrade it")
      }
      unsafe need += 1
    }
  }
}
