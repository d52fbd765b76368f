import Configuration
import EventLoop
import Generations
import Supervision

/// `torii check`
enum CheckCommand {
  static func run(_ arguments: [String]) -> Int32 {
    switch RunArguments.read(arguments) {
    case .help:
      Output.line(Help.check)
      return 0
    case .wrong(let text):
      Output.error("torii check: \(text)\n\n'torii check --help' tells what it takes")
      return 2
    case .arguments(let given):
      guard let file = given.operands.first ?? given.configurationFile, given.operands.count <= 1 else {
        Output.error("torii check: give one file\n\n\(Help.check)")
        return 2
      }
      return check(file, given.settings)
    }
  }

  private static func check(_ file: String, _ settings: GatewaySettings) -> Int32 {
    do {
      // An inspector that crashes takes its end of a pipe with it.
      SignalSource.ignoreBrokenPipe()
      let loop = try EventLoop()
      let log = GatewayLog(threshold: .error, process: "check")
      let publisher = GenerationPublisher(loop: loop, settings: settings, meetingDescriptor: -1, log: log)
      let configuration = try ConfigurationSource(file: file, publisher: publisher).read()
      let errors = publisher.check(configuration)
      guard errors.isEmpty else {
        for error in errors { Output.error("\(error)") }
        return 1
      }
      Output.line(
        "\(file): \(count(configuration.services.count, "service")), \(count(configuration.routes.count, "route")), "
          + "\(count(configuration.plugins.count, "plugin")): nothing is wrong")
      return 0
    } catch {
      Output.error("\(error)")
      return 1
    }
  }

  private static func count(_ number: Int, _ what: String) -> String { "\(number) \(what)\(number == 1 ? "" : "s")" }
}
