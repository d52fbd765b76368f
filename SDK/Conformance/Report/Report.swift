/// What a run of the suite came to.
public struct Report: Sendable {
  /// Version of the gateway that the suite belongs to.
  public var toolVersion: String
  /// The plugin ABI it checks, as "1.0".
  public var abiVersion: String
  /// The library's path as it was given.
  public var library: String
  /// SHA-256 of its content.
  public var libraryHash: String
  /// The plugin's name and version, when it could be asked.
  public var pluginName: String
  /// See ``pluginName``.
  public var pluginVersion: String
  /// The seed of everything random.
  public var seed: UInt64
  /// The level that was asked for.
  public var requestedLevel: Int
  /// The checks in order.
  public var results: [CheckResult]
  /// How long it took, in seconds.
  public var seconds: Double
  /// Whether checks were left out by a filter: then no level is reached.
  public var isFiltered: Bool

  /// The highest level whose checks, and those of the levels below, all passed; 0 for none.
  public var level: Int {
    guard !isFiltered else { return 0 }
    for level in 1...requestedLevel where results.contains(where: { $0.level == level && $0.verdict.isBad }) {
      return level - 1
    }
    return requestedLevel
  }

  /// Whether everything that was run is as it should be.
  public var isGood: Bool { !results.contains { $0.verdict.isBad } }

  /// How often a verdict was given.
  public func count(_ verdict: Verdict) -> Int { results.count { $0.verdict == verdict } }

  /// What the levels are called.
  static func name(ofLevel level: Int) -> String {
    switch level {
    case 1: "loadable"
    case 2: "correct"
    case 3: "production"
    default: "none"
    }
  }
}
