import Configuration
import Control
import EventLoop
import Generations
import Glibc
import JSON
import SharedStore
import Supervision

/// The controller: reads the configuration, publishes it to the workers, serves the Admin API.
final class ControllerProcess {
  private let arguments: RunArguments
  private let inheritance: Inheritance
  private let log: GatewayLog
  private let loop: EventLoop
  private let board: Board?
  private var watcher: ConfigurationWatcher?
  private let publisher: GenerationPublisher
  private let adapter: PublisherAdapter
  private let controller: Controller
  private let source: ConfigurationSource

  private var exitCode: Int32 = 0

  /// - Parameter loop: the loop of the only process, or `nil` for one of its own.
  init(_ arguments: RunArguments, inheritance: Inheritance, loop shared: EventLoop? = nil) throws {
    self.arguments = arguments
    self.inheritance = inheritance
    let log = GatewayLog(threshold: .init(setting: arguments.settings.logLevel), process: "controller")
    self.log = log
    loop = try shared ?? EventLoop()
    board = inheritance.boardDescriptor >= 0 ? try Board(inherited: inheritance.boardDescriptor) : nil
    publisher = GenerationPublisher(
      loop: loop, settings: arguments.settings, meetingDescriptor: inheritance.meetingDescriptor, board: board,
      sharedStore: inheritance.storeDescriptor >= 0 ? try SharedStore(descriptor: inheritance.storeDescriptor) : nil,
      log: log)
    publisher.expectedWorkers = max(1, arguments.settings.workers)
    publisher.catalog.refresh()
    adapter = PublisherAdapter(publisher)
    controller = Controller(
      loop: loop, settings: arguments.settings, store: ConfigurationStore(folder: arguments.settings.prefix),
      publisher: adapter, checks: ValidationChecks.options(publisher)
    ) { log.write(.warn, $0) }
    source = ConfigurationSource(file: arguments.configurationFile, publisher: publisher)
  }

  /// Runs until a signal ends it.
  func run() throws -> Int32 {
    SignalSource.ignoreBrokenPipe()
    let signals = try CallbackSignals([SIGTERM, SIGQUIT, SIGINT, SIGHUP])
    signals.action = { [unowned self] signal in
      if signal == SIGHUP { self.reload() } else { self.loop.stop() }
    }
    loop.register(signals, interest: .readLevel)
    guard begin() else { return exitCode }
    loop.run()
    return exitCode
  }

  /// Publishes what there is and serves the Admin API and the status from then on.
  /// - Returns: false when that is wrong and nothing can be served; it may turn out later, too: then the loop ends.
  func begin() -> Bool {
    var initial: GatewayConfiguration?
    // A controller that is started again goes on with what was applied meanwhile; the file is for the gateway's start.
    if board?.isConfigured != true, source.file != nil {
      do { initial = try source.read() } catch {
        refuse("\(error)")
        return false
      }
    }
    if source.file != nil { controller.readFile = { [unowned self] in try self.source.read() } }
    controller.start(with: initial) { [unowned self] result in
      guard case .failure(let failure) = result else {
        self.board?.noteConfigured()
        return
      }
      self.refuse(failure.description)
      self.loop.stop()
    }
    if isRefused { return false }
    for socket in inheritance.sockets {
      switch socket.purpose {
      case .admin: controller.serveAdmin(descriptor: socket.descriptor)
      case .status: controller.serveStatus(descriptor: socket.descriptor)
      case .proxy: break
      }
    }
    if arguments.settings.watch {
      let watcher = ConfigurationWatcher(loop: loop, file: source.file, publisher: publisher)
      watcher.onChange = { [unowned self] in self.reload() }
      self.watcher = watcher
    }
    return true
  }

  /// What there was to begin with is wrong.
  var isRefused: Bool { exitCode != 0 }

  private func refuse(_ reason: String) {
    log.write(.error, "the configuration is refused; nothing is served")
    Output.error(reason)
    exitCode = Supervisor.fatalExit
  }

  /// Reads the file again, and looks at the libraries again. What is wrong with them changes nothing.
  func reload() {
    do {
      var options = PublishOptions()
      options.isForced = true
      let next = source.file == nil ? controller.configuration : try source.read()
      controller.replace(with: next, options) { [log, board] failure in
        board?.noteReload(isRefused: failure != nil)
        if let failure {
          log.write(.error, "reload refused, nothing changed: \(failure.description)")
        } else {
          log.write(.notice, "the configuration was read again")
        }
      }
    } catch {
      board?.noteReload(isRefused: true)
      log.write(.error, "reload refused, nothing changed: \(error)")
    }
  }
}
