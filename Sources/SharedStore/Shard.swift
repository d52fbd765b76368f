import CLinux

/// The memory of a shard is not as it should be: a process has written where it should not.
struct ShardFault: Error {}

/// A block is the unit in which memory is given out. An entry is a chain of them: a head, and as many others as it needs.
///
/// Blocks are named by number, from 1; 0 is none.
enum Block {
  static let size = 128
  /// In all blocks: the next of the chain.
  static let nextOffset = 0
  /// In blocks that are not heads: what it is. In heads: the next entry of the bucket.
  static let markOffset = 4
  /// The bytes of key and value begin here, in a head and in the others.
  static let headPayload = 48
  static let payload = 8
  /// Marks that are no block's number.
  static let free: UInt32 = 0xFFFF_FFFE
  static let continuation: UInt32 = 0xFFFF_FFFD
  /// What a head says of itself.
  static let headKind: UInt8 = 0xE1

  /// How many blocks an entry takes.
  static func count(keyLength: Int, valueLength: Int) -> Int {
    let payload = keyLength &+ (valueLength == 8 ? 0 : valueLength)
    let room = size &- headPayload
    return payload <= room ? 1 : 1 &+ (payload &- room &+ (size &- Block.payload &- 1)) / (size &- Block.payload)
  }
}

/// The head of an entry, as it was loaded and found to be within bounds.
struct EntryHead {
  var number: UInt64
  var hash: UInt64
  var revision: UInt64
  var expires: UInt64
  /// The next entry of the bucket.
  var next: UInt32
  /// Its own block.
  var block: UInt32
  var valueLength: Int
  var keyLength: Int
  var namespace: SharedNamespace

  var blockCount: Int { Block.count(keyLength: keyLength, valueLength: valueLength) }

  func isExpired(_ now: UInt64) -> Bool { expires != 0 && expires <= now }
}

/// A part of the store, under its lock: buckets, each a list of entries, and the blocks in which these lie.
///
/// What is reached from the buckets is there, and nothing else: free list and statistics follow from it, and are made anew
/// when the process that had the lock died (``rebuild()``). So a write does everything on free blocks, and then stores one
/// link.
///
/// Safety: `base` is the first of `shardBytes` mapped bytes. Every offset into them is a constant, or made of a number that
/// was compared with the geometry, which lies in the process's own memory.
@safe struct Shard {
  // Of the head of the shard.
  static let freeOffset = 4
  static let freeCountOffset = 8
  /// Blocks beyond it were never used.
  static let usedOffset = 12
  static let revisionOffset = 16
  /// The next bucket to be swept.
  static let cursorOffset = 24
  /// Nothing expires earlier; 0: nothing does at all.
  static let nextExpiryOffset = 32
  /// The same of what the present sweep has passed.
  static let sweptExpiryOffset = 40
  static let rebuildsOffset = 48
  static let statisticsOffset = 64
  static let bucketsOffset = statisticsOffset + SharedStoreGeometry.namespaceCount * NamespaceCounter.size

  let base: UnsafeMutablePointer<UInt8>
  let bucketCount: UInt32
  let blockCount: UInt32
  let blocksOffset: Int
  /// Blocks that one namespace may use.
  let shareOfBlocks: UInt32

  @inline(__always)
  init(base: UnsafeMutablePointer<UInt8>, _ geometry: SharedStoreGeometry) {
    unsafe self.base = base
    bucketCount = UInt32(truncatingIfNeeded: geometry.bucketCount)
    blockCount = UInt32(truncatingIfNeeded: geometry.blockCount)
    blocksOffset = geometry.blocksOffset
    shareOfBlocks = UInt32(truncatingIfNeeded: geometry.blockCount &* geometry.share / 100)
  }

  // MARK: Words

  @inline(__always) func load32(_ offset: Int) -> UInt32 { unsafe clinux_shared_load32(base + offset) }
  @inline(__always) func load64(_ offset: Int) -> UInt64 { unsafe clinux_shared_load64(base + offset) }
  @inline(__always) func store32(_ offset: Int, _ value: UInt32) { unsafe clinux_shared_store32(base + offset, value) }
  @inline(__always) func store64(_ offset: Int, _ value: UInt64) { unsafe clinux_shared_store64(base + offset, value) }

  /// Where a block begins; a fault when there is none of that number.
  @inline(__always) func offset(ofBlock number: UInt32) throws(ShardFault) -> Int {
    guard number != 0, number <= blockCount else { throw ShardFault() }
    return blocksOffset &+ (Int(number) &- 1) &* Block.size
  }

  /// Where the link of a bucket lies.
  @inline(__always) func bucketOffset(_ hash: UInt64) -> Int {
    Self.bucketsOffset &+ Int(UInt32(truncatingIfNeeded: hash) & (bucketCount &- 1)) &* 4
  }

  // MARK: Entries

  /// The head in a block; a fault when it holds none, or one that cannot be.
  @inline(__always) func head(_ block: UInt32) throws(ShardFault) -> EntryHead {
    let at = try offset(ofBlock: block)
    let head = EntryHead(
      number: load64(at &+ 32), hash: load64(at &+ 8), revision: load64(at &+ 16), expires: load64(at &+ 24),
      next: load32(at &+ Block.markOffset), block: block, valueLength: Int(load32(at &+ 40)),
      keyLength: unsafe Int(clinux_shared_load16(base + at + 44)),
      namespace: unsafe SharedNamespace(index: clinux_shared_load8(base + at + 46)))
    guard unsafe clinux_shared_load8(base + at + 47) == Block.headKind,
      head.valueLength <= SharedStore.maximumValueLength, head.keyLength != 0,
      head.keyLength <= SharedStore.maximumKeyLength, head.namespace.index < SharedStoreGeometry.namespaceCount
    else { throw ShardFault() }
    return head
  }

  /// An entry that has not expired, and the link that leads to it; one that has is dropped.
  @inline(__always) func findLiving(
    _ hash: UInt64, _ namespace: SharedNamespace, _ key: UnsafeRawBufferPointer, _ now: UInt64
  ) throws(ShardFault) -> (link: Int, head: EntryHead)? {
    guard let found = unsafe try find(hash, namespace, key) else { return nil }
    guard found.head.isExpired(now) else { return found }
    try drop(found.link, found.head)
    count(.expired, namespace)
    return nil
  }

  private func find(
    _ hash: UInt64, _ namespace: SharedNamespace, _ key: UnsafeRawBufferPointer
  ) throws(ShardFault) -> (link: Int, head: EntryHead)? {
    var link = bucketOffset(hash)
    var steps: UInt32 = 0
    while true {
      let block = load32(link)
      guard block != 0 else { return nil }
      let head = try self.head(block)
      if head.hash == hash, head.namespace == namespace, head.keyLength == key.count, unsafe try hasKey(head, key) {
        return (link, head)
      }
      link = try offset(ofBlock: block) &+ Block.markOffset
      steps &+= 1
      guard steps <= blockCount else { throw ShardFault() }
    }
  }

  /// Writes an entry, in place of `old` when there is one.
  /// - Returns: `nil` when there is no room for it; nothing was changed.
  func replace(
    _ old: (link: Int, head: EntryHead)?, _ hash: UInt64, _ namespace: SharedNamespace, _ key: UnsafeRawBufferPointer,
    _ value: UnsafeRawBufferPointer, expires: UInt64, now: UInt64
  ) throws(ShardFault) -> SharedEntry? {
    var old = old
    let needed = Block.count(keyLength: key.count, valueLength: value.count)
    if !hasRoom(needed, namespace, replacing: old?.head) {
      try sweepAll(now, until: { hasRoom(needed, namespace, replacing: old?.head) })
      guard hasRoom(needed, namespace, replacing: old?.head) else { return nil }
      // The link that led to the entry may have been one of an expired entry.
      if old != nil { old = unsafe try find(hash, namespace, key) }
    }
    let revision = nextRevision()
    let block = try takeBlocks(needed)
    let at = try offset(ofBlock: block)
    let link = old?.link ?? bucketOffset(hash)
    store64(at &+ 8, hash)
    store64(at &+ 16, revision)
    store64(at &+ 24, expires)
    store32(at &+ 40, UInt32(truncatingIfNeeded: value.count))
    unsafe clinux_shared_store16(base + at + 44, UInt16(truncatingIfNeeded: key.count))
    unsafe clinux_shared_store8(base + at + 46, namespace.index)
    unsafe clinux_shared_store8(base + at + 47, Block.headKind)
    unsafe try copy(key, to: block, skip: 0)
    if value.count == 8 {
      unsafe store64(at &+ 32, value.loadUnaligned(as: UInt64.self))
    } else {
      unsafe try copy(value, to: block, skip: key.count)
    }
    store32(at &+ Block.markOffset, old?.head.next ?? load32(link))
    // From here on it is there, and what it replaces is not.
    store32(link, block)
    charge(namespace, entries: old == nil ? 1 : 0, blocks: needed, bytes: key.count &+ value.count)
    if let old = old?.head {
      charge(namespace, entries: 0, blocks: 0 &- old.blockCount, bytes: 0 &- (old.keyLength &+ old.valueLength))
      try giveBack(old.block, count: old.blockCount)
    }
    noteExpiry(expires)
    var made = SharedEntry()
    made.size = value.count
    made.revision = revision
    made.expires = expires
    return made
  }

  /// Unlinks an entry and frees its blocks.
  func drop(_ link: Int, _ head: EntryHead) throws(ShardFault) {
    store32(link, head.next)
    charge(head.namespace, entries: -1, blocks: 0 &- head.blockCount, bytes: 0 &- (head.keyLength &+ head.valueLength))
    try giveBack(head.block, count: head.blockCount)
  }

  /// Changes a number in its place.
  func setNumber(of head: EntryHead, _ number: UInt64) -> SharedEntry {
    var changed = head
    changed.revision = nextRevision()
    guard let at = try? offset(ofBlock: head.block) else { return SharedEntry() }
    // The revision first: when the process dies between the two, nobody has seen a new number under the old revision.
    store64(at &+ 16, changed.revision)
    store64(at &+ 32, number)
    return SharedEntry(changed)
  }

  private func nextRevision() -> UInt64 {
    var revision = load64(Self.revisionOffset) &+ 1
    if revision == SharedStore.absent || revision == SharedStore.anything { revision = 1 }
    store64(Self.revisionOffset, revision)
    return revision
  }
}
