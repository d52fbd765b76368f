import Glibc
import Testing

@testable import SharedStore

@Suite("A process that writes where it should not")
struct ScribbleTests {
  let now: UInt64 = 1_000_000_000

  /// Fills a store, overwrites parts of it, and uses it: no call may crash or hang, and it must be of use again.
  @Test("whatever is overwritten, others go on", arguments: 1...60 as ClosedRange<UInt64>)
  func anything(seed: UInt64) throws {
    let store = try TestStore(bytes: 1 << 20, share: 100)
    var random = Generator(seed: seed)
    func key() -> [UInt8] { Array("key-\(random.next() % 100)".utf8) }
    for _ in 0..<200 {
      store.put(key(), Array(repeating: 1, count: Int(random.next() % 3000)), lifetime: random.next() % 3, now: now)
    }
    let start = store.store.geometry.shardOffset(0)
    let used = start + store.store.geometry.blocksOffset + 4000 * Block.size
    for _ in 0..<50 {
      for _ in 0..<(1 + random.next() % 40) {
        // Mostly numbers that could be something: of blocks, of marks, of lengths.
        let word: UInt32 =
          switch random.next() % 5 {
          case 0: UInt32(random.next() % 4000)
          case 1: 0
          case 2: .max
          case 3: random.next() % 2 == 0 ? Block.free : Block.continuation
          default: UInt32(truncatingIfNeeded: random.next())
          }
        // In the head, the buckets, the blocks, and what is before them; but not the lock, which waits a while.
        let offset =
          switch random.next() % 4 {
          case 0: start + 4 + Int(random.next() % 120) * 4
          case 1: start + Shard.bucketsOffset + Int(random.next() % 4096) * 4
          default: start + store.store.geometry.blocksOffset + Int(random.next() % (4000 * 32)) * 4
          }
        if offset < used {
          unsafe store.store.memory.advanced(by: offset).withMemoryRebound(to: UInt32.self, capacity: 1) {
            unsafe $0.pointee = word
          }
        }
      }
      for _ in 0..<20 {
        switch random.next() % 4 {
        case 0:
          store.put(
            key(), Array(repeating: 2, count: Int(random.next() % 9000)), lifetime: random.next() % 3,
            now: now + random.next() % 9_000_000)
        case 1: _ = store.remove(key(), now: now)
        case 2: store.add(1, key(), now: now)
        default: _ = store.get(key(), now: now)
        }
      }
      _ = store.store.statistics
    }
    // Put in order, it is as good as new.
    _ = store.store.onShard(0) { $0.rebuild() }
    store.expectOrder()
    let (outcome, _) = store.put([1], [1, 2, 3], now: now)
    #expect(outcome == .done || outcome == .full)
    #expect(store.get([1], now: now).value == (outcome == .done ? [1, 2, 3] : []))
  }

  @Test(
    "a lock that names a process that is gone, or none, is taken",
    arguments: [1, 0x8000_0000, 0x3FFF_FFFF, .max] as [UInt32])
  func lock(word: UInt32) throws {
    let store = try TestStore(bytes: 1 << 20)
    store.put([1], [1], now: now)
    let lock = unsafe UnsafeMutableRawPointer(store.store.memory + store.store.geometry.shardOffset(0))
      .assumingMemoryBound(to: UInt32.self)
    // 1 is the token of this process itself, which knows that it does not hold the lock.
    unsafe lock.pointee = word
    #expect(store.get([1], now: now).value == [1])
    #expect(unsafe lock.pointee == 0)
    #expect(store.store.recoveries == 1)
    store.expectOrder()
  }

  @Test("names of plugins that are no names are not read")
  func names() throws {
    let store = try TestStore(bytes: 1 << 20)
    for offset in stride(
      from: SharedStoreGeometry.namespacesOffset, to: SharedStoreGeometry.namespacesOffset + 64 * 72, by: 4)
    {
      unsafe store.store.memory.advanced(by: offset).withMemoryRebound(to: UInt32.self, capacity: 1) {
        unsafe $0.pointee = 0xFFFF_FFF0
      }
    }
    #expect(store.store.statistics.isEmpty)
    #expect(store.store.namespace("test") != nil)
  }

  @Test("the memory cannot be cut off")
  func sealed() throws {
    let store = try TestStore(bytes: 1 << 20)
    #expect(ftruncate(store.descriptor, 0) == -1 && errno == EPERM)
  }
}
