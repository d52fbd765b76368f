/// What is counted of a namespace.
public struct SharedStatistics: Sendable, Equatable {
  /// The namespace.
  public var name: String
  /// Entries that are there, expired ones that nobody has come across included.
  public var entries = 0
  /// Bytes of their keys and values.
  public var bytes = 0
  /// Bytes of the memory that they take.
  public var memory = 0
  /// How often a value was found.
  public var hits: UInt64 = 0
  /// How often none was.
  public var misses: UInt64 = 0
  /// How often there was no room.
  public var refused: UInt64 = 0
  /// How many entries went because they had expired.
  public var expired: UInt64 = 0
}

/// The counters that a shard keeps of each namespace, by their offsets.
enum NamespaceCounter: Int {
  static let size = 48
  static let entries = 0
  static let blocks = 4
  static let bytes = 8

  case hits = 16
  case misses = 24
  case refused = 32
  case expired = 40
}

/// What a namespace uses of a shard.
struct NamespaceUse {
  var entries: UInt32 = 0
  var blocks: UInt32 = 0
  var bytes: UInt64 = 0

  mutating func add(_ head: EntryHead) {
    entries &+= 1
    blocks &+= UInt32(truncatingIfNeeded: head.blockCount)
    bytes &+= UInt64(truncatingIfNeeded: head.keyLength &+ head.valueLength)
  }
}

extension Shard {
  @inline(__always) private func statistics(_ namespace: SharedNamespace) -> Int {
    Self.statisticsOffset &+ (Int(namespace.index) & (SharedStoreGeometry.namespaceCount - 1)) &* NamespaceCounter.size
  }

  @inline(__always) func count(_ counter: NamespaceCounter, _ namespace: SharedNamespace) {
    let at = statistics(namespace) &+ counter.rawValue
    store64(at, load64(at) &+ 1)
  }

  @inline(__always) func charge(_ namespace: SharedNamespace, entries: Int, blocks: Int, bytes: Int) {
    let at = statistics(namespace)
    store32(at &+ NamespaceCounter.entries, load32(at) &+ UInt32(truncatingIfNeeded: entries))
    store32(at &+ NamespaceCounter.blocks, load32(at &+ NamespaceCounter.blocks) &+ UInt32(truncatingIfNeeded: blocks))
    store64(at &+ NamespaceCounter.bytes, load64(at &+ NamespaceCounter.bytes) &+ UInt64(truncatingIfNeeded: bytes))
  }

  func store(_ use: NamespaceUse, for namespace: SharedNamespace) {
    let at = statistics(namespace)
    store32(at &+ NamespaceCounter.entries, use.entries)
    store32(at &+ NamespaceCounter.blocks, use.blocks)
    store64(at &+ NamespaceCounter.bytes, use.bytes)
  }

  func blocks(of namespace: SharedNamespace) -> UInt32 { load32(statistics(namespace) &+ NamespaceCounter.blocks) }

  /// Adds what this shard has counted.
  func add(_ namespace: SharedNamespace, to sum: inout SharedStatistics) {
    let at = statistics(namespace)
    sum.entries &+= Int(load32(at &+ NamespaceCounter.entries))
    sum.memory &+= Int(load32(at &+ NamespaceCounter.blocks)) &* Block.size
    sum.bytes &+= Int(truncatingIfNeeded: load64(at &+ NamespaceCounter.bytes))
    sum.hits &+= load64(at &+ NamespaceCounter.hits.rawValue)
    sum.misses &+= load64(at &+ NamespaceCounter.misses.rawValue)
    sum.refused &+= load64(at &+ NamespaceCounter.refused.rawValue)
    sum.expired &+= load64(at &+ NamespaceCounter.expired.rawValue)
  }
}

extension SharedStore {
  /// What every namespace has, and what was done with it. Shards are looked at one after the other, and those that cannot be
  /// had are left out.
  public var statistics: [SharedStatistics] {
    namespaces.map { namespace, name in
      var sum = SharedStatistics(name: name)
      for index in 0..<geometry.shardCount { onShard(index) { $0.add(namespace, to: &sum) } }
      return sum
    }
  }

  /// How often a shard had to be put in order, because a process died in it or overwrote it.
  public var recoveries: UInt64 {
    (0..<geometry.shardCount).reduce(0) { sum, index in
      sum &+ (onShard(index) { $0.load64(Shard.rebuildsOffset) } ?? 0)
    }
  }
}
