import Glibc

/// `torii status`, `reload`, `rollback`, `canary`, `plugin reinstate` and `top`: how a gateway that runs is looked at and
/// steered over its Admin API.
public enum OperateCommand {
  /// Runs a command.
  ///
  /// - Parameters:
  ///   - verb: `status`, `reload`, `rollback`, `canary`, `plugin reinstate` or `top`.
  ///   - arguments: What stands behind the verb.
  ///   - environment: The variables; `TORII_ADMIN_ADDR` or `DECK_KONG_ADDR` say where the Admin API is.
  ///   - console: Where it writes.
  /// - Returns: The exit code: 0 when all is well; 1 when the gateway is not ready, not there or refuses; 2 for a command
  ///   line that makes no sense.
  public static func run(
    _ verb: String, _ arguments: [String], environment: [String: String], console: CommandConsole = .standard
  ) -> Int32 {
    run(verb, arguments, environment: environment, console: console, clock: .system, terminal: SystemTerminal())
  }

  /// What `torii help VERB` prints; `nil` when there is no such verb here.
  public static func help(_ verb: String) -> String? {
    OperateVerb.all.first { $0.name == verb }?.help
  }

  /// Runs a command with time and terminal of another making.
  static func run(
    _ verb: String, _ arguments: [String], environment: [String: String], console: CommandConsole,
    clock: OperateClock, terminal: any OperateTerminal
  ) -> Int32 {
    guard let definition = OperateVerb.all.first(where: { $0.name == verb }) else {
      console.error("torii: '\(verb)' is not a command\n\n'torii help' lists them\n")
      return 2
    }
    do throws(CommandFailure) {
      let common = OperateVerb.common
      let variables = environment.filter { OperateVerb.connectionVariables.contains($0.key) }
      let options = try CommandOptions(arguments, definition.options + common, environment: variables)
      if options.isSet("help") {
        console.out(definition.help)
        return 0
      }
      guard definition.operands.contains(options.arguments.count) else {
        throw CommandFailure(definition.operandText(options.arguments), isUsage: true)
      }
      let session = try OperateSession(
        options, environment: environment, defaultTimeout: definition.timeout, console: console, clock: clock)
      return try run(definition.name, session, terminal)
    } catch {
      console.error("torii \(verb): \(PlainText.lines("\(error)"))\n")
      if error.isUsage { console.error("\n'torii \(verb) --help' tells what it takes\n") }
      return error.isUsage ? 2 : 1
    }
  }

  private static func run(
    _ verb: String, _ session: OperateSession, _ terminal: any OperateTerminal
  ) throws(CommandFailure) -> Int32 {
    switch verb {
    case "status": return try session.status()
    case "reload": return try session.reload()
    case "rollback": return try session.rollback()
    case "canary": return try session.canary()
    case "top": return try OperateTop(session, terminal: terminal).run()
    default: return try session.reinstate()
    }
  }
}

/// The time, and waiting: tests have one that does not wait.
struct OperateClock {
  /// Seconds since 1970.
  var now: () -> Double
  /// Waits for so many seconds.
  var pause: (Double) -> Void

  /// The system's.
  static var system: OperateClock {
    OperateClock(
      now: {
        var time = timespec()
        // The structure is a local one, filled in by the call.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
      },
      pause: { usleep(UInt32(max(0, min($0, 60)) * 1e6)) })
  }
}
