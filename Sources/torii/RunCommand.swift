import Configuration
import EventLoop
import Generations
import Glibc
import Supervision

/// `torii run`
enum RunCommand {
  static func run(_ arguments: [String]) -> Int32 {
    switch RunArguments.read(arguments) {
    case .help:
      Output.line(Help.run)
      return 0
    case .wrong(let text):
      Output.error("torii run: \(text)\n\n'torii run --help' tells what it takes")
      return 2
    case .arguments(let given):
      guard given.operands.isEmpty else {
        Output.error("torii run: unexpected '\(given.operands[0])'; a configuration is given with -c")
        return 2
      }
      return start(given, arguments)
    }
  }

  private static func start(_ given: RunArguments, _ arguments: [String]) -> Int32 {
    // What is wrong with the file is told here, at once and to the terminal, before anything is started.
    if let file = given.configurationFile, unsafe access(file, R_OK) != 0, file != "-" {
      let code = errno
      Output.error("torii run: \(file): \(SystemError.text(for: code))")
      return 1
    }
    let log = GatewayLog(threshold: .init(setting: given.settings.logLevel), process: "supervisor")
    for variable in given.settings.ignoredVariables {
      log.write(.warn, "the environment's \(variable) names no setting: it is ignored")
    }
    DescriptorLimit.raise()
    SignalSource.ignoreFileSizeLimit()
    do {
      if given.settings.workers == 0 { return try SingleProcess.run(given, log: log) }
      let supervisor = try Supervisor(
        settings: given.settings, executable: CommandLine.arguments.first ?? "torii", arguments: arguments, log: log)
      log.write(.notice, "torii \(Version.gateway) listens: \(supervisor.addresses.joined(separator: ", "))")
      return supervisor.run()
    } catch {
      Output.error("torii run: \(error)")
      return 1
    }
  }
}
