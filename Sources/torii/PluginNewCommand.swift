import Glibc

/// `torii plugin new`: writes a plugin's project, which needs nothing of the repository.
///
/// To be called by the dispatch of `torii plugin` with the arguments behind `new`:
///
///     case "new": return PluginNewCommand.run(rest)
enum PluginNewCommand {
  /// Gives the exit code: 0 when the project was written, 1 when it could not be, 2 for arguments that make no sense.
  static func run(_ arguments: [String]) -> Int32 {
    if arguments.contains(where: { $0 == "--help" || $0 == "-h" }) {
      Output.line(help)
      return 0
    }
    var rest = arguments[...]
    var name: String?
    var language = "swift"
    var profile: String?
    var parent = "."
    while let argument = rest.popFirst() {
      switch argument {
      case "--language", "--in", "--profile":
        guard let value = rest.popFirst() else { return refuse("\(argument) lacks its value") }
        switch argument {
        case "--in": parent = value
        case "--profile": profile = value
        default: language = value
        }
      case _ where argument.hasPrefix("--profile="): profile = String(argument.dropFirst(10))
      case _ where argument.hasPrefix("--language="): language = String(argument.dropFirst(11))
      case _ where argument.hasPrefix("--in="): parent = String(argument.dropFirst(5))
      case _ where argument.hasPrefix("-"): return refuse("'\(argument)' is not known")
      default:
        guard name == nil else { return refuse("give one name") }
        name = argument
      }
    }
    guard let name else { return refuse("give the plugin's name") }
    guard isName(name) else {
      return refuse("'\(name)' is not a name: lower case letters, digits and '-', at most 63, beginning with a letter")
    }
    if let profile {
      guard profile == "shared" || profile == "embedded" else {
        return refuse("there is no profile '\(profile)': it is shared or embedded")
      }
      guard language == "swift" else { return refuse("--profile is for Swift; there is one way to build \(language)") }
      if profile == "embedded" { language = "swift-embedded" }
    } else if language == "swift-embedded" {
      return refuse("write --language swift --profile embedded")
    }
    guard let commands = commands[language] else {
      return refuse("there is no template for '\(language)': it is one of swift, c, cpp, rust, go")
    }
    return write(name, language, to: "\(parent)/\(name)", commands)
  }

  private static func write(_ name: String, _ language: String, to target: String, _ commands: String) -> Int32 {
    guard let sdk = SDKFolder.find() else {
      Output.error(
        "torii plugin new: the SDK is not beside this executable: name its folder, the one with Templates, in "
          + "TORII_SDK_PATH")
      return 1
    }
    if unsafe access(target, F_OK) == 0 {
      Output.error("torii plugin new: \(target) is there already: choose another name, or another folder with --in")
      return 1
    }
    let template = ProjectTemplate(
      sdk: sdk, folder: "\(sdk)/Templates/\(language)",
      values: [
        ("__NAME__", name), ("__TYPE__", typeName(name)), ("__ABI__", Version.abi),
        ("__IDENTIFIER__", ProjectTemplate.replace("-", by: "_", in: name)),
      ])
    do {
      for file in try template.write(to: target) { Output.line("  \(file)") }
      Output.line("\n\(target) is ready:\n\n  cd \(target)\n\(commands)")
      return 0
    } catch {
      Output.error("torii plugin new: \(error)")
      return 1
    }
  }

  /// What to do next.
  private static let commands = [
    "c": "  make test",
    "cpp": "  make test",
    "go": "  make test",
    "rust": "  cargo test\n  cargo build --release",
    "swift-embedded": "  make test",
    "swift": "  swift test\n  swift build -c release",
  ]

  private static func isName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (97...122).contains(first) else { return false }
    return name.utf8.count <= 63
      && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
  }

  /// `my-plugin` as `MyPlugin`.
  private static func typeName(_ name: String) -> String {
    name.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  private static func refuse(_ text: String) -> Int32 {
    Output.error("torii plugin new: \(text)\n\n'torii plugin new --help' tells what it takes")
    return 2
  }

  static let help = """
    usage: torii plugin new NAME [--language swift|c|cpp|rust|go] [--profile shared|embedded] [--in FOLDER]

    Writes a plugin's project into FOLDER/NAME: source, test, README, a workflow for continuous integration, and a copy of what
    it needs of the SDK, so that it builds anywhere with its language's usual command.

      --language LANGUAGE   swift (the default), c, cpp, rust or go
      --profile PROFILE     for Swift: shared, with the gateway's Swift runtime (the default), or embedded, experimental:
                            Embedded Swift without a runtime, on the C header, which can be unloaded
      --in FOLDER           where the project's folder is made; default: here

    The SDK is looked for beside the executable; TORII_SDK_PATH names another place.
    """
}
