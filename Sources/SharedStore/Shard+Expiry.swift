/// Entries that have expired go when their key is asked for, when room is needed, and a few with each write.
extension Shard {
  /// Buckets that a write looks through when something has expired.
  private static let bucketsAtATime: UInt32 = 4

  /// An entry was written that expires then; 0: never.
  func noteExpiry(_ expires: UInt64) {
    guard expires != 0 else { return }
    store64(Self.nextExpiryOffset, Self.earlier(load64(Self.nextExpiryOffset), expires))
    store64(Self.sweptExpiryOffset, Self.earlier(load64(Self.sweptExpiryOffset), expires))
  }

  /// Looks for expired entries in a few buckets, if there can be any.
  func sweepSome(_ now: UInt64) throws(ShardFault) {
    try sweep(now, buckets: Self.bucketsAtATime, until: { false })
  }

  /// Looks for expired entries in all buckets, if there can be any, until there is enough room.
  func sweepAll(_ now: UInt64, until isEnough: () -> Bool) throws(ShardFault) {
    try sweep(now, buckets: bucketCount, until: isEnough)
  }

  private func sweep(_ now: UInt64, buckets: UInt32, until isEnough: () -> Bool) throws(ShardFault) {
    let next = load64(Self.nextExpiryOffset)
    guard next != 0, next <= now else { return }
    var cursor = load32(Self.cursorOffset) & (bucketCount &- 1)
    for _ in 0..<buckets {
      try sweepBucket(cursor, now)
      cursor = (cursor &+ 1) & (bucketCount &- 1)
      if cursor == 0 {
        // All were looked at: what they left is what expires next.
        store64(Self.nextExpiryOffset, load64(Self.sweptExpiryOffset))
        store64(Self.sweptExpiryOffset, 0)
      }
      store32(Self.cursorOffset, cursor)
      if isEnough() { return }
    }
  }

  private func sweepBucket(_ bucket: UInt32, _ now: UInt64) throws(ShardFault) {
    var link = bucketOffset(UInt64(bucket))
    var steps: UInt32 = 0
    while true {
      let block = load32(link)
      guard block != 0 else { return }
      let head = try self.head(block)
      if head.isExpired(now) {
        try drop(link, head)
        count(.expired, head.namespace)
      } else {
        if head.expires != 0 {
          store64(Self.sweptExpiryOffset, Self.earlier(load64(Self.sweptExpiryOffset), head.expires))
        }
        link = try offset(ofBlock: block) &+ Block.markOffset
      }
      steps &+= 1
      guard steps <= blockCount else { throw ShardFault() }
    }
  }

  /// The earlier of two ends of life, of which 0 is none.
  static func earlier(_ one: UInt64, _ other: UInt64) -> UInt64 {
    one == 0 ? other : other == 0 ? one : min(one, other)
  }
}
