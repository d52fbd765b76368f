/// Giving out blocks and taking them back.
extension Shard {
  /// Whether `needed` blocks are to be had, now and within the namespace's share.
  func hasRoom(_ needed: Int, _ namespace: SharedNamespace, replacing old: EntryHead?) -> Bool {
    let used = min(load32(Self.usedOffset), blockCount)
    let free = Int(load32(Self.freeCountOffset)) &+ Int(blockCount &- used)
    let owned = Int(blocks(of: namespace)) &- (old?.blockCount ?? 0)
    return needed <= free && owned &+ needed <= Int(shareOfBlocks)
  }

  /// A chain of `count` blocks, which `hasRoom` has promised.
  func takeBlocks(_ count: Int) throws(ShardFault) -> UInt32 {
    // The free list is a chain: its beginning is what is wanted.
    let first = load32(Self.freeOffset)
    var last = 0
    var next = first
    var taken = 0
    while taken < count, next != 0 {
      last = try offset(ofBlock: next)
      guard load32(last &+ Block.markOffset) == Block.free else { throw ShardFault() }
      store32(last &+ Block.markOffset, Block.continuation)
      next = load32(last &+ Block.nextOffset)
      taken &+= 1
    }
    store32(Self.freeOffset, next)
    store32(Self.freeCountOffset, load32(Self.freeCountOffset) &- UInt32(truncatingIfNeeded: taken))
    // The rest were never used.
    var head = taken == 0 ? 0 : first
    var used = load32(Self.usedOffset)
    while taken < count {
      guard used < blockCount else { throw ShardFault() }
      used &+= 1
      let at = try offset(ofBlock: used)
      store32(at &+ Block.markOffset, Block.continuation)
      if head == 0 { head = used } else { store32(last &+ Block.nextOffset, used) }
      last = at
      taken &+= 1
    }
    store32(Self.usedOffset, used)
    store32(last &+ Block.nextOffset, 0)
    return head
  }

  /// Puts a chain of `count` blocks on the free list.
  func giveBack(_ first: UInt32, count: Int) throws(ShardFault) {
    var free = load32(Self.freeOffset)
    var next = first
    for index in 0..<count {
      let block = next
      let at = try offset(ofBlock: block)
      guard index == 0 || load32(at &+ Block.markOffset) == Block.continuation else { throw ShardFault() }
      next = load32(at &+ Block.nextOffset)
      store32(at &+ Block.markOffset, Block.free)
      store32(at &+ Block.nextOffset, free)
      free = block
    }
    store32(Self.freeOffset, free)
    store32(Self.freeCountOffset, load32(Self.freeCountOffset) &+ UInt32(truncatingIfNeeded: count))
  }
}
