import Configuration
import EventLoop
import Glibc

/// `torii gateway …`: decK's verbs against this gateway's Admin API, or Kong's.
public enum GatewayCommand {
  /// Runs a command.
  ///
  /// - Parameters:
  ///   - arguments: What stands behind `torii gateway`.
  ///   - environment: The variables: for flags (`DECK_KONG_ADDR`, …) and for templates in files.
  ///   - console: Where it reads and writes.
  /// - Returns: The exit code: 0 when all is well, 1 after an error, 2 when `diff --non-zero-exit-code` found something.
  public static func run(
    _ arguments: [String], environment: [String: String], console: CommandConsole = .standard
  ) -> Int32 {
    guard let verb = arguments.first, !["--help", "-h", "help"].contains(verb) else {
      let named = arguments.dropFirst().first.flatMap { name in CommandDefinition.all.first { $0.name == name } }
      console.out(named?.help ?? CommandDefinition.overview)
      return 0
    }
    guard let definition = CommandDefinition.all.first(where: { $0.name == verb }) else {
      console.error("Error: unknown command \"\(verb)\" for \"torii gateway\"\n")
      console.error("Run 'torii gateway --help' for usage.\n")
      return 1
    }
    do throws(CommandFailure) {
      let options = try CommandOptions(
        Array(arguments.dropFirst()), definition.options + CommandDefinition.common, environment: environment)
      if options.isSet("help") {
        console.out(definition.help)
        return 0
      }
      let session = try CommandSession(options, environment: environment, console: console)
      return try session.run(definition)
    } catch {
      console.error("Error: \(error)\n")
      if error.isUsage { console.error("Run 'torii gateway \(verb) --help' for usage.\n") }
      return 1
    }
  }
}
