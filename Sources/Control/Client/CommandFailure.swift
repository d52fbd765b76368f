/// Why a command could not do its work: what stands behind `Error: `.
struct CommandFailure: Error, CustomStringConvertible {
  let description: String
  /// Whether the user should be shown how the command is used.
  var isUsage = false

  init(_ description: String, isUsage: Bool = false) {
    self.description = description
    self.isUsage = isUsage
  }

  /// Several errors in decK's form: how many, and each on a line of its own behind a tab.
  static func several(_ errors: [String]) -> CommandFailure {
    CommandFailure("\(errors.count) errors occurred:\n" + errors.map { "\t\($0)\n" }.joined())
  }
}
