import JSON

/// How a check ends when the rule is not simply kept.
enum Finding: Error {
  /// The rule is broken.
  case failed(String)
  /// It is kept, but not well.
  case warning(String)
  /// The plugin does not claim what the check is about.
  case skipped(String)
}

/// One rule of the ABI, and the way to find out whether a library keeps it.
public struct Check: Sendable {
  /// Its number in the list; never reused.
  public let number: Int
  /// Group and rule: `body.one-byte`.
  public let name: String
  /// The rule in words.
  public let title: String
  /// 1: needed to be loaded, 2: to be correct, 3: to be used in production.
  public let level: Int
  /// Names of the checks that must have passed for this one to mean anything.
  let needs: [String]
  /// Tries the rule in the process it is called in; returns when it is kept.
  let run: @Sendable (CheckContext) throws -> Void

  init(
    _ number: Int, _ name: String, level: Int, needs: [String] = [], _ title: String,
    run: @escaping @Sendable (CheckContext) throws -> Void
  ) {
    self.number = number
    self.name = name
    self.title = title
    self.level = level
    self.needs = needs
    self.run = run
  }

  /// The group it is in.
  public var group: String { name.split(separator: ".").first.map(String.init) ?? name }
}

/// What a check is given.
final class CheckContext {
  /// The library's file.
  let path: String
  /// The configuration as the user wrote it; `nil`: one is to be made from the schema.
  let configuration: JSONNode?
  /// Where everything random starts.
  let seed: UInt64
  /// What the descriptor says, as far as it could be asked.
  let facts: PluginFacts?
  /// How long a fuzzing check may go on, in seconds; `nil`: as long as it takes for a fixed number of rounds.
  let fuzzSeconds: Double?
  /// What `conformance.json` allows beyond the rules.
  let optOuts: OptOuts
  /// Something worth saying of a check that passed.
  var note = ""

  init(
    path: String, configuration: JSONNode?, seed: UInt64, facts: PluginFacts?, fuzzSeconds: Double?, optOuts: OptOuts
  ) {
    self.path = path
    self.configuration = configuration
    self.seed = seed
    self.facts = facts
    self.fuzzSeconds = fuzzSeconds
    self.optOuts = optOuts
  }
}
