import CLinux
import Configuration
import Generations
import Glibc
import Supervision

/// A process that the supervisor started.
enum RoleCommand {
  static func run(_ role: String, _ arguments: [String]) -> Int32 {
    guard let inheritance = Inheritance.fromEnvironment() else {
      Output.error("torii: '\(role)' is started by 'torii run'")
      return 2
    }
    inheritance.keep()
    // Never outlives the supervisor.
    guard clinux_die_with_parent(SIGKILL, inheritance.supervisor) == 0 else { return 1 }
    guard case .arguments(let given) = RunArguments.read(arguments) else { return Supervisor.fatalExit }
    do {
      if role == ProcessRole.worker.rawValue {
        return try WorkerProcess(settings: given.settings, inheritance: inheritance, version: Version.gateway).run()
      }
      return try ControllerProcess(given, inheritance: inheritance).run()
    } catch {
      GatewayLog(threshold: .error, process: role).write(.error, "\(error)")
      return Supervisor.fatalExit
    }
  }
}
