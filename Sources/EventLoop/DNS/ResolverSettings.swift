/// How names are resolved and for how long answers are kept.
public struct ResolverSettings: Sendable, Hashable {
  /// How long an answer is fresh, in milliseconds. The system's resolver does not tell the records' own time to live.
  public var timeToLiveMilliseconds: UInt64 = 30_000
  /// How long a failure is remembered, in milliseconds.
  public var negativeTimeToLiveMilliseconds: UInt64 = 1_000
  /// How long an answer that is no longer fresh still serves while it is looked up again, in milliseconds.
  public var staleMilliseconds: UInt64 = 60_000
  /// How many lookups run at a time, each on a thread of its own.
  public var threadLimit = 4
  /// How many lookups may wait for a thread; beyond that they fail at once.
  public var queueLimit = 1024
  /// How many names are kept.
  public var cacheLimit = 4096

  /// The settings above with their defaults.
  public init() {}
}
