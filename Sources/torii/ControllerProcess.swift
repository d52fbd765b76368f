import Configuration
import Control
import EventLoop
import Generations
import Glibc
import JSON
import Supervision

/// The controller: reads the configuration, publishes it to the workers, serves the Admin API.
final class ControllerProcess {
  private let arguments: RunArguments
  private let inheritance: Inheritance
  private let log: GatewayLog
  private let loop: EventLoop
  private let publisher: GenerationPublisher
  private let source: ConfigurationSource

  init(_ arguments: RunArguments, inheritance: Inheritance) throws {
    self.arguments = arguments
    self.inheritance = inheritance
    log = GatewayLog(threshold: .init(setting: arguments.settings.logLevel), process: "controller")
    loop = try EventLoop()
    publisher = GenerationPublisher(
      loop: loop, settings: arguments.settings, meetingDescriptor: inheritance.meetingDescriptor, log: log)
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
    let configuration: GatewayConfiguration
    do { configuration = try source.read() } catch {
      log.write(.error, "the configuration is refused")
      Output.error("\(error)")
      return Supervisor.fatalExit
    }
    var refused = false
    publisher.publish(configuration) { [unowned self] result in
      guard case .failure(let failure) = result else { return }
      refused = true
      self.log.write(.error, "the configuration is refused")
      Output.error(failure.message)
      self.loop.stop()
    }
    if refused { return Supervisor.fatalExit }
    loop.run()
    return refused ? Supervisor.fatalExit : 0
  }

  /// Reads the file again. What is wrong with it changes nothing.
  private func reload() {
    do {
      let configuration = try source.read()
      publisher.publish(configuration) { [unowned self] result in
        if case .failure(let failure) = result {
          self.log.write(.error, "reload refused, nothing changed: \(failure.message)")
        }
      }
    } catch {
      log.write(.error, "reload refused, nothing changed: \(error)")
    }
  }
}

/// Where the configuration comes from.
struct ConfigurationSource {
  let file: String?
  let publisher: GenerationPublisher

  /// Reads the file, with the schemas of the plugins it names.
  func read() throws(ConfigurationErrors) -> GatewayConfiguration {
    guard let file else { return GatewayConfiguration() }
    let document = try DeclarativeFile.load(path: file)
    publisher.refreshPlugins(named: PluginNames.of(document.root))
    return try GatewayConfiguration(declarative: [document], options: ValidationChecks.options(publisher))
  }
}

/// The plugins that a declarative tree names, wherever they are nested.
enum PluginNames {
  static func of(_ node: JSONNode, depth: Int = 0) -> Set<String> {
    guard depth < 8 else { return [] }
    var names: Set<String> = []
    if let elements = node.array {
      for element in elements { names.formUnion(of(element, depth: depth + 1)) }
    }
    for member in node.members ?? [] {
      if member.name == "plugins" {
        for plugin in member.value.array ?? [] {
          if let name = plugin["name"]?.string { names.insert(name) }
        }
      }
      names.formUnion(of(member.value, depth: depth + 1))
    }
    return names
  }
}
