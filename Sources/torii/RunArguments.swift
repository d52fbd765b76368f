import Configuration
import Glibc

/// The options of `torii run` and `torii check`, read into settings.
struct RunArguments {
  var settings: GatewaySettings
  /// The declarative file, or `nil`.
  var configurationFile: String?
  /// Arguments without a flag.
  var operands: [String]

  /// What reading them came to.
  enum Outcome {
    case arguments(RunArguments)
    case help
    /// What is wrong, for people.
    case wrong(String)
  }

  static func read(_ arguments: [String]) -> Outcome {
    var flags: [String: String] = [:]
    var file: String?
    var settingsFile: String?
    var operands: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--help" || argument == "-h" { return .help }
      guard argument.hasPrefix("-"), argument != "-" else {
        operands.append(argument)
        continue
      }
      var name = argument
      var value: String?
      if argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") {
        name = String(argument[..<equals])
        value = String(argument[argument.index(after: equals)...])
      }
      if name == "--watch", value == nil, rest.first != "on", rest.first != "off" {
        flags["watch"] = "on"
        continue
      }
      guard let given = value ?? rest.popFirst() else { return .wrong("\(name) needs a value") }
      switch name {
      case "-c", "--config": file = given
      case "--settings": settingsFile = given
      default:
        guard name.hasPrefix("--") else { return .wrong("\(name) is not an option") }
        flags[name.dropFirst(2).map { $0 == "-" ? "_" : String($0) }.joined()] = given
      }
    }
    var sources = SettingSources(flags: flags)
    do {
      if let settingsFile { try sources.readFile(settingsFile) }
      let settings = try GatewaySettings(sources)
      return .arguments(
        RunArguments(settings: settings, configurationFile: file ?? settings.declarativeConfig, operands: operands))
    } catch {
      return .wrong(error.description)
    }
  }
}
