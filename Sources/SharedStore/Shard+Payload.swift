import Glibc

/// The bytes of keys and values, which lie in pieces in the blocks of an entry.
extension Shard {
  /// Calls `body` with each piece of `count` bytes of the payload from `skip` on, until it gives false.
  ///
  /// Safety: a piece lies within its block, and the block within the shard.
  @inline(__always)
  private func pieces(
    of block: UInt32, skip: Int, count: Int, _ body: (UnsafeMutablePointer<UInt8>, Int) -> Bool
  ) throws(ShardFault) {
    guard count > 0 else { return }
    let end = skip &+ count
    var at = try offset(ofBlock: block)
    var payload = Block.headPayload
    var position = 0
    while true {
      let limit = position &+ Block.size &- payload
      if skip < limit {
        let from = max(skip, position)
        let size = min(limit, end) &- from
        guard unsafe body(base + at + payload + (from &- position), size), end > limit else { return }
      }
      position = limit
      payload = Block.payload
      at = try offset(ofBlock: load32(at &+ Block.nextOffset))
      guard load32(at &+ Block.markOffset) == Block.continuation else { throw ShardFault() }
    }
  }

  func copy(_ bytes: UnsafeRawBufferPointer, to block: UInt32, skip: Int) throws(ShardFault) {
    guard var source = bytes.baseAddress else { return }
    unsafe try pieces(of: block, skip: skip, count: bytes.count) { piece, size in
      unsafe memcpy(piece, source, size)
      unsafe source += size
      return true
    }
  }

  /// Copies the value of an entry to a buffer that is large enough.
  func copyValue(of head: EntryHead, to buffer: UnsafeMutableRawBufferPointer) throws(ShardFault) {
    guard head.valueLength <= buffer.count, var target = buffer.baseAddress else { return }
    guard head.valueLength != 8 else {
      unsafe target.storeBytes(of: head.number, as: UInt64.self)
      return
    }
    unsafe try pieces(of: head.block, skip: head.keyLength, count: head.valueLength) { piece, size in
      unsafe memcpy(target, piece, size)
      unsafe target += size
      return true
    }
  }

  /// Whether an entry with a key of that length has that key.
  func hasKey(_ head: EntryHead, _ key: UnsafeRawBufferPointer) throws(ShardFault) -> Bool {
    guard var expected = key.baseAddress else { return false }
    var isEqual = true
    unsafe try pieces(of: head.block, skip: 0, count: key.count) { piece, size in
      isEqual = unsafe memcmp(piece, expected, size) == 0
      unsafe expected += size
      return isEqual
    }
    return isEqual
  }
}
