import CLinux

/// Where things lie in the memory of a store. Everything follows from its size, so that nothing of it has to be believed.
///
/// ```
/// 0       the words below and the key of the hash: never changes, mapped for reading only
/// 64 KiB  lock of the namespaces, last token, namespaces
/// 96 KiB  shard 0, shard 1, …: head, statistics by namespace, buckets, blocks
/// ```
struct SharedStoreGeometry: Sendable, Equatable {
  /// "TORIISH1"
  static let magic: UInt64 = 0x3148_5349_4952_4F54
  /// How many ``words`` there are.
  static let wordCount = 3
  /// The lock of the table of namespaces.
  static let namespaceLockOffset = Int(CLINUX_SHARED_FIXED)
  /// The token that was last given to a process.
  static let tokenOffset = Int(CLINUX_SHARED_FIXED) + 64
  /// The table of namespaces.
  static let namespacesOffset = Int(CLINUX_SHARED_FIXED) + 128
  /// Bytes of one of them: 4 for the length, the name.
  static let namespaceSize = 72
  /// How many namespaces there can be.
  static let namespaceCount = 64
  private static let shardsOffset = Int(CLINUX_SHARED_FIXED) + 32768
  private static let maximumShardCount = 32

  /// Of all the memory.
  let bytes: Int
  /// Percent that one namespace may use.
  let share: Int
  /// A power of two.
  let shardCount: Int
  /// Of one shard, a multiple of 4096.
  let shardBytes: Int
  /// Of one shard, a power of two.
  let bucketCount: Int
  /// Of one shard.
  let blockCount: Int
  /// Of the first block within a shard.
  let blocksOffset: Int

  /// Plans a store.
  init?(bytes: Int, share: Int) {
    guard bytes >= 1 << 20, bytes <= 64 << 30, (1...100).contains(share) else { return nil }
    self.share = share
    // A shard has room for the largest value several times.
    var shards = Self.maximumShardCount
    while shards > 1, (bytes - Self.shardsOffset) / shards < 1 << 20 { shards /= 2 }
    shardCount = shards
    shardBytes = (bytes - Self.shardsOffset) / shards / 4096 * 4096
    self.bytes = Self.shardsOffset + shardBytes * shards
    var buckets = 1024
    while buckets * 2 * 256 <= shardBytes { buckets *= 2 }
    bucketCount = buckets
    blocksOffset = (Shard.bucketsOffset + buckets * 4 + Block.size - 1) / Block.size * Block.size
    blockCount = (shardBytes - blocksOffset) / Block.size
  }

  /// The first words of the memory.
  var words: [UInt64] { [Self.magic, UInt64(bytes), UInt64(share)] }

  /// Reads the first words of the memory.
  init?(words: [UInt64]) {
    guard words.count >= Self.wordCount, words[0] == Self.magic, words[1] <= 64 << 30, words[2] <= 100 else {
      return nil
    }
    self.init(bytes: Int(words[1]), share: Int(words[2]))
    guard bytes == Int(words[1]) else { return nil }
  }

  func shardOffset(_ index: Int) -> Int { Self.shardsOffset + index * shardBytes }
}
