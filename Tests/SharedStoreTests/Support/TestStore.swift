import Glibc
import Testing

@testable import SharedStore

/// A store of its own for a test, and shorter calls to it.
final class TestStore {
  let descriptor: Int32
  let store: SharedStore
  let namespace: SharedNamespace

  init(bytes: Int = 4 << 20, share: Int = 75) throws {
    descriptor = try SharedStore.create(bytes: bytes, share: share)
    store = try SharedStore(descriptor: descriptor)
    namespace = try #require(store.namespace("test"))
  }

  /// A store whose memory is what another's was.
  init(copying memory: [UInt8]) throws {
    descriptor = try SharedStore.create(bytes: memory.count)
    try #require(unsafe pwrite(descriptor, memory, memory.count, 0) == memory.count)
    store = try SharedStore(descriptor: descriptor)
    namespace = try #require(store.namespace("test"))
  }

  deinit { close(descriptor) }

  /// Safety: the memory is mapped as long as the store lives.
  var copyOfMemory: [UInt8] {
    unsafe Array(UnsafeBufferPointer(start: store.memory, count: store.geometry.bytes))
  }

  /// Whether anything has changed up to the two hundredth block of the first shard, beyond which few entries reach.
  ///
  /// Safety: as above; no more is compared than there is of both.
  func differs(from copy: [UInt8]) -> Bool {
    let size = store.geometry.shardOffset(0) + store.geometry.blocksOffset + 200 * Block.size
    return unsafe copy.count != store.geometry.bytes || memcmp(store.memory, copy, size) != 0
  }

  var statistics: SharedStatistics {
    store.statistics.first { $0.name == "test" } ?? SharedStatistics(name: "")
  }

  @discardableResult func put(
    _ key: [UInt8], _ value: [UInt8], expecting: UInt64 = SharedStore.anything, lifetime: UInt64 = 0, now: UInt64,
    namespace: SharedNamespace? = nil
  ) -> (outcome: SharedOutcome, entry: SharedEntry) {
    var entry = SharedEntry()
    let outcome = unsafe key.withUnsafeBytes { key in
      unsafe value.withUnsafeBytes { value in
        unsafe store.put(
          namespace ?? self.namespace, key, value, expecting: expecting, lifetime: lifetime, now: now, &entry)
      }
    }
    return (outcome, entry)
  }

  /// The value is what the buffer holds up to the entry's size, or all of it when it is too small.
  func get(_ key: [UInt8], now: UInt64, capacity: Int = 65536, namespace: SharedNamespace? = nil) -> (
    outcome: SharedOutcome, value: [UInt8], entry: SharedEntry
  ) {
    var entry = SharedEntry()
    var buffer = [UInt8](repeating: 0xAA, count: capacity)
    let outcome = unsafe key.withUnsafeBytes { key in
      unsafe buffer.withUnsafeMutableBytes {
        unsafe store.get(namespace ?? self.namespace, key, into: $0, now: now, &entry)
      }
    }
    return (outcome, outcome == .done || outcome == .tooLarge ? Array(buffer.prefix(entry.size)) : [], entry)
  }

  func remove(_ key: [UInt8], expecting: UInt64 = SharedStore.anything, now: UInt64) -> SharedOutcome {
    unsafe key.withUnsafeBytes { unsafe store.remove(namespace, $0, expecting: expecting, now: now) }
  }

  @discardableResult func add(_ addend: Int64, _ key: [UInt8], lifetime: UInt64 = 0, now: UInt64) -> (
    outcome: SharedOutcome, sum: Int64, entry: SharedEntry
  ) {
    var entry = SharedEntry()
    var sum: Int64 = 0
    let outcome = unsafe key.withUnsafeBytes {
      unsafe store.add(addend, namespace, $0, lifetime: lifetime, now: now, &sum, &entry)
    }
    return (outcome, sum, entry)
  }

  /// Every block is in an entry, in the free list, or was never used; and what is counted is what is there.
  func expectOrder(sourceLocation: SourceLocation = #_sourceLocation) {
    for index in 0..<store.geometry.shardCount {
      let state = store.onShard(index) { shard throws(ShardFault) in
        (
          before: try shard.census(),
          after: try { () throws(ShardFault) in
            shard.rebuild(); return try shard.census()
          }()
        )
      }
      #expect(state != nil, "shard \(index) is not in order", sourceLocation: sourceLocation)
      #expect(state?.before == state?.after, "shard \(index)", sourceLocation: sourceLocation)
    }
  }
}

/// What a shard says of itself, compared with what a walk finds.
struct Census: Equatable {
  var entries = 0
  var blocks = 0
  var bytes = 0
  var free = 0
  var used = 0
}

extension Shard {
  /// Walks all entries and the free list; a fault when they do not agree with the counters.
  func census() throws(ShardFault) -> Census {
    var census = Census()
    for bucket in 0..<bucketCount {
      var link = bucketOffset(UInt64(bucket))
      while load32(link) != 0 {
        let head = try self.head(load32(link))
        census.entries += 1
        census.blocks += head.blockCount
        census.bytes += head.keyLength + head.valueLength
        link = try offset(ofBlock: head.block) + Block.markOffset
      }
    }
    var free = load32(Shard.freeOffset)
    while free != 0 {
      let at = try offset(ofBlock: free)
      guard load32(at + Block.markOffset) == Block.free, census.free <= Int(blockCount) else { throw ShardFault() }
      census.free += 1
      free = load32(at + Block.nextOffset)
    }
    census.used = Int(load32(Shard.usedOffset))
    var counted = SharedStatistics(name: "")
    for index in 0..<SharedStoreGeometry.namespaceCount { add(SharedNamespace(index: UInt8(index)), to: &counted) }
    guard census.free == Int(load32(Shard.freeCountOffset)), census.blocks + census.free == census.used,
      counted.entries == census.entries, counted.bytes == census.bytes, counted.memory == census.blocks * Block.size
    else { throw ShardFault() }
    return census
  }
}

/// SplitMix64.
struct Generator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
