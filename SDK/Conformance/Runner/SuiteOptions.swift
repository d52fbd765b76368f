import JSON

/// What a run of the suite is told.
public struct SuiteOptions: Sendable {
  /// The library, as an absolute path.
  public var library: String
  /// How the user named it.
  public var libraryAsGiven: String
  /// The file with the plugin's configuration, as an absolute path; `nil`: one is made from the schema.
  public var configurationFile: String?
  /// Checks up to this level are run.
  public var level = 3
  /// Regular expressions on the checks' names: those to be run, those to be left out.
  public var only: String?
  /// See ``only``.
  public var skip: String?
  /// The seed of everything random.
  public var seed: UInt64 = 1
  /// How many checks run at a time.
  public var jobs = 2
  /// How long a check may take, in seconds.
  public var deadline: Double = 20
  /// How long the fuzzing check goes on, in seconds; `nil`: a fixed number of rounds.
  public var fuzzSeconds: Double?
  /// What the plugin's author has decided.
  public var optOuts = OptOuts()
  /// Where that was read from.
  public var optOutFile: String?
  /// The runtime of ThreadSanitizer that the library needs; `nil`: it was built without. Set by the runner.
  var threadSanitizer: String?
  /// The executable that runs one check when it is given `plugin test LIB --in-process NAME`.
  public var executable = "/proc/self/exe"
  /// The gateway's version.
  public var toolVersion: String
  /// The plugin ABI's.
  public var abiVersion: String

  /// Options for a library, with their defaults.
  public init(library: String, toolVersion: String, abiVersion: String) {
    self.library = library
    libraryAsGiven = library
    self.toolVersion = toolVersion
    self.abiVersion = abiVersion
  }

  /// The arguments that run one check, without the executable.
  func arguments(for check: String) -> [String] {
    var arguments = ["plugin", "test", library, "--in-process", check, "--seed", "\(seed)"]
    if let configurationFile { arguments += ["--config", configurationFile] }
    if let fuzzSeconds { arguments += ["--fuzz", "\(fuzzSeconds)s"] }
    if let optOutFile { arguments += ["--opt-outs", optOutFile] }
    return arguments
  }

  /// The command for people.
  func command(for check: String) -> String {
    let command = (["torii"] + arguments(for: check)).map { word in
      word.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"'\"\\$`&;|<>()*?[]{}~#!".utf8.contains($0) }
        ? word : "'\(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
    }.joined(separator: " ")
    return threadSanitizer.map { ThreadSanitizer.command($0, command) } ?? command
  }
}
