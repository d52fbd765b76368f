/// What the groups of a regular expression captured. Keep one and pass it again: its storage is reused.
public struct RegularExpressionCaptures {
  /// Start and end of each group, -1 where it took no part in the match.
  var slots: [Int] = []

  /// Makes an empty list.
  public init() {}

  /// The number of groups, the whole match included; 0 before the first match.
  public var count: Int { slots.count / 2 }

  /// The bytes of the text that group `index` captured last; nil if it took no part, or there is no such group.
  public subscript(index: Int) -> Range<Int>? {
    guard index >= 0, index < count, slots[2 * index] >= 0, slots[2 * index + 1] >= slots[2 * index] else { return nil }
    return slots[2 * index]..<slots[2 * index + 1]
  }

  mutating func removeAll() { slots.removeAll(keepingCapacity: true) }
}
