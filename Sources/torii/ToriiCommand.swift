import Configuration
import Control
import Generations
import Glibc
import Supervision

/// What can be said to `torii`.
enum ToriiCommand {
  /// Runs a command line without the executable's name and gives the exit code: 0 for success, 1 for failure, 2 for a
  /// command line that makes no sense.
  static func run(_ arguments: [String]) -> Int32 {
    var rest = arguments[...]
    guard let command = rest.popFirst() else {
      Output.error(Help.overview)
      return 2
    }
    let given = Array(rest)
    switch command {
    case "run": return RunCommand.run(given)
    case "check": return CheckCommand.run(given)
    case "version", "--version", "-V": return version(given)
    case "status", "reload", "rollback", "canary", "top":
      return OperateCommand.run(command, given, environment: ProcessEnvironment.variables())
    case "plugin" where given.first == "reinstate":
      return OperateCommand.run(
        "plugin reinstate", Array(given.dropFirst()), environment: ProcessEnvironment.variables())
    case "plugin": return PluginCommand.run(given)
    case "gateway": return GatewayCommand.run(given, environment: ProcessEnvironment.variables())
    case "help", "--help", "-h":
      Output.line(Help.of(given.first))
      return 0
    // The roles that the supervisor starts this executable in; not for people.
    case ProcessRole.controller.rawValue, ProcessRole.worker.rawValue: return RoleCommand.run(command, given)
    case ProcessRole.inspector.rawValue: return Inspector.main(version: Version.gateway)
    default:
      Output.error("torii: '\(command)' is not a command\n\n\(Help.overview)")
      return 2
    }
  }

  private static func version(_ arguments: [String]) -> Int32 {
    if arguments.contains(where: { $0 == "--help" || $0 == "-h" }) {
      Output.line(Help.of("version"))
      return 0
    }
    Output.line("torii \(Version.gateway) (plugin ABI \(Version.abi))")
    return 0
  }
}

/// Writing to the terminal.
enum Output {
  /// Writes a line to standard output.
  static func line(_ text: String) { write(text, 1) }
  /// Writes a line to standard error.
  static func error(_ text: String) { write(text, 2) }

  private static func write(_ text: String, _ descriptor: Int32) {
    let bytes = Array((text + "\n").utf8)
    var offset = 0
    while offset < bytes.count {
      let count = unsafe bytes.withUnsafeBytes {
        unsafe Glibc.write(descriptor, $0.baseAddress.map { unsafe $0 + offset }, $0.count - offset)
      }
      guard count > 0 else { return }
      offset += count
    }
  }
}
