import CLinux

/// Putting a shard in order.
extension Shard {
  /// Keeps every entry that can be reached and is whole, and makes all else anew: free list, statistics, next expiry.
  ///
  /// May itself be cut short at any instruction: it changes nothing that the next one needs, but for links to what is not whole,
  /// which it takes away.
  func rebuild() {
    var marks = BlockMarks(count: Int(blockCount))
    var counted = [NamespaceUse](repeating: NamespaceUse(), count: SharedStoreGeometry.namespaceCount)
    var nextExpiry: UInt64 = 0
    var revision = load64(Self.revisionOffset)
    for bucket in 0..<bucketCount {
      var link = bucketOffset(UInt64(bucket))
      var steps: UInt32 = 0
      while load32(link) != 0 {
        steps &+= 1
        // Without a head nothing is known of those behind it either.
        guard steps <= blockCount, let head = try? self.head(load32(link)),
          bucketOffset(head.hash) == bucketOffset(UInt64(bucket)),
          !marks[head.block]
        else {
          store32(link, 0)
          break
        }
        guard mark(head, &marks) else {
          store32(link, head.next)
          continue
        }
        counted[Int(head.namespace.index)].add(head)
        nextExpiry = Self.earlier(nextExpiry, head.expires)
        revision = max(revision, head.revision)
        link = blocksOffset &+ (Int(head.block) &- 1) &* Block.size &+ Block.markOffset
      }
    }
    freeUnmarked(marks)
    for index in counted.indices { store(counted[index], for: SharedNamespace(index: UInt8(index))) }
    store64(Self.revisionOffset, revision)
    store64(Self.nextExpiryOffset, nextExpiry)
    store64(Self.sweptExpiryOffset, nextExpiry)
    store64(Self.rebuildsOffset, load64(Self.rebuildsOffset) &+ 1)
  }

  /// Marks all blocks of an entry; none, and false, when they are not all its own.
  private func mark(_ head: EntryHead, _ marks: inout BlockMarks) -> Bool {
    var block = head.block
    var marked: [UInt32] = []
    for index in 0..<head.blockCount {
      let at = try? offset(ofBlock: block)
      guard let at, !marks[block], index == 0 || load32(at &+ Block.markOffset) == Block.continuation else {
        for block in marked { marks[block] = false }
        return false
      }
      marks[block] = true
      marked.append(block)
      block = load32(at &+ Block.nextOffset)
    }
    return true
  }

  /// Makes a free list of all blocks that were used once and are not marked.
  private func freeUnmarked(_ marks: BlockMarks) {
    let used = min(load32(Self.usedOffset), blockCount)
    // Blocks beyond the mark of those used may be reached only where somebody has overwritten it.
    let last = max(used, marks.last)
    var free: UInt32 = 0
    var count: UInt32 = 0
    var block = last
    while block != 0 {
      if !marks[block], let at = try? offset(ofBlock: block) {
        store32(at &+ Block.markOffset, Block.free)
        store32(at &+ Block.nextOffset, free)
        free = block
        count &+= 1
      }
      block &-= 1
    }
    store32(Self.usedOffset, last)
    store32(Self.freeOffset, free)
    store32(Self.freeCountOffset, count)
  }
}

/// One bit for each block.
struct BlockMarks {
  private var words: [UInt64]
  private let count: Int
  /// The highest block that was marked.
  private(set) var last: UInt32 = 0

  init(count: Int) {
    self.count = count
    words = Array(repeating: 0, count: count / 64 + 1)
  }

  subscript(block: UInt32) -> Bool {
    get { Int(block) <= count && words[Int(block) / 64] & 1 << (UInt64(block) % 64) != 0 }
    set {
      guard Int(block) <= count else { return }
      if newValue {
        words[Int(block) / 64] |= 1 << (UInt64(block) % 64)
        last = max(last, block)
      } else {
        words[Int(block) / 64] &= ~(1 << (UInt64(block) % 64))
      }
    }
  }
}
