/// The targets of one instance, in one worker: which is next, how busy they are, and which of them rest. Times are monotonic
/// nanoseconds.
struct TargetPool {
  private struct Target {
    var weight: Int
    /// Smooth weighted round robin: the target with most credit is next, and pays for it.
    var credit = 0
    var callCount = 0
    var failuresInARow = 0
    var restsUntil: UInt64 = 0
  }

  private var targets: [Target]
  private let limits: AIProxyConfiguration.Resilience

  init(_ resilience: AIProxyConfiguration.Resilience) {
    limits = resilience
    targets = ([resilience.weight] + resilience.targets.map(\.weight)).map { Target(weight: $0) }
  }

  var count: Int { targets.count }

  /// The target for the next attempt, which is counted as begun; `nil` when all are busy or were tried.
  ///
  /// Targets that rest are asked only when all others were tried: one that may have recovered is better than none. Those of
  /// weight 0 stand by for when no other is left.
  mutating func next(tried: [Int] = [], now: UInt64) -> Int? {
    let open = targets.indices.filter { index in
      !tried.contains(index) && (limits.concurrency == 0 || targets[index].callCount < limits.concurrency)
    }
    let awake = open.filter { targets[$0].restsUntil <= now }
    for group in [awake.filter { targets[$0].weight > 0 }, awake, open] where !group.isEmpty {
      let chosen = choose(group)
      targets[chosen].callCount += 1
      return chosen
    }
    return nil
  }

  /// Another attempt at the target that was tried, if it is not too busy.
  mutating func again(_ index: Int) -> Bool {
    guard limits.concurrency == 0 || targets[index].callCount < limits.concurrency else { return false }
    targets[index].callCount += 1
    return true
  }

  private mutating func choose(_ group: [Int]) -> Int {
    var total = 0
    var best = group[0]
    for index in group {
      let weight = max(1, targets[index].weight)
      targets[index].credit += weight
      total += weight
      if targets[index].credit > targets[best].credit { best = index }
    }
    targets[best].credit -= total
    return best
  }

  /// An attempt has ended.
  mutating func end(_ index: Int) {
    targets[index].callCount = max(0, targets[index].callCount - 1)
  }

  /// A target has answered.
  mutating func noteSuccess(_ index: Int) {
    targets[index].failuresInARow = 0
    targets[index].restsUntil = 0
  }

  /// A target has failed, or said that it is too busy.
  /// - Parameter pause: seconds that it asked to be left alone for.
  mutating func noteFailure(_ index: Int, pause: Int?, now: UInt64) {
    targets[index].failuresInARow += 1
    var rest: UInt64 = 0
    if limits.failureLimit > 0, targets[index].failuresInARow >= limits.failureLimit {
      rest = UInt64(clamping: limits.restTime) &* 1_000_000
    }
    // A day is more than any target means.
    if let pause, pause > 0 { rest = max(rest, UInt64(clamping: min(pause, 86_400)) &* 1_000_000_000) }
    if rest > 0 { targets[index].restsUntil = max(targets[index].restsUntil, now &+ rest) }
  }
}
