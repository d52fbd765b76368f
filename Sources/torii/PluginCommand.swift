import Glibc

/// `torii plugin`: what a plugin's author needs.
enum PluginCommand {
  static func run(_ arguments: [String]) -> Int32 {
    let rest = Array(arguments.dropFirst())
    switch arguments.first {
    case "new": return PluginNewCommand.run(rest)
    case "test": return PluginTestCommand.run(rest)
    case "inspect": return PluginInspectCommand.run(rest)
    case "bench": return PluginBenchCommand.run(rest)
    case nil, "help", "--help", "-h":
      Output.line(help)
      return arguments.isEmpty ? 2 : 0
    case let verb?:
      Output.error("torii plugin: '\(verb)' is not known\n\n\(help)")
      return 2
    }
  }

  static let help = """
    usage: torii plugin VERB NAME|LIB [OPTIONS]

      new       write a project for a plugin, in Swift, C, C++, Rust or Go
      test      find out whether a library keeps the rules of the plugin ABI
      inspect   tell what a library says of itself, and why the gateway would refuse it
      bench     measure what a plugin costs in each phase, and compare two
      reinstate put a plugin into service again that was quarantined

    'torii plugin VERB --help' tells more.
    """

  /// The absolute path of a file that is there; an error line otherwise.
  static func absolute(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else {
      Output.error("torii plugin: \(path): \(unsafe String(cString: strerror(errno)))")
      return nil
    }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}
