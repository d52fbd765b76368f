import Testing

@testable import SharedStore

@Suite("A store in memory that processes share")
struct StoreTests {
  let store: TestStore
  let now: UInt64 = 1_000_000_000

  init() throws { store = try TestStore() }

  @Test(
    "what was put is what get gives, whatever the sizes",
    arguments: [
      (1, 0), (1, 1), (3, 7), (3, 8), (3, 9), (40, 40), (40, 41), (80, 0), (80, 8), (81, 8), (100, 100), (200, 8),
      (256, 0), (256, 119), (256, 120), (256, 121), (256, 65535), (256, 65536), (1, 65536),
    ])
  func sizes(key: Int, value: Int) {
    let key = (0..<key).map { UInt8($0 & 0xFF) }
    let value = (0..<value).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let (outcome, made) = store.put(key, value, now: now)
    #expect(outcome == .done && made.size == value.count && made.revision != 0 && made.expires == 0)
    let found = store.get(key, now: now)
    #expect(found.outcome == .done)
    #expect(found.value == value)
    #expect(found.entry == made)
  }

  @Test("a key is told from others that begin alike, and from the same one of another plugin")
  func keys() throws {
    let other = try #require(store.store.namespace("other"))
    for length in 1...256 { store.put(Array(repeating: 97, count: length), [UInt8(length & 0xFF)], now: now) }
    store.put([97], [1, 2, 3], now: now, namespace: other)
    for length in 1...256 {
      #expect(store.get(Array(repeating: 97, count: length), now: now).value == [UInt8(length & 0xFF)])
    }
    #expect(store.get([97], now: now, namespace: other).value == [1, 2, 3])
    #expect(store.get([97, 97], now: now, namespace: other).outcome == .absent)
  }

  @Test("a key of no bytes or of more than 256 is refused, as is a value of more than 64 KiB")
  func limits() {
    #expect(store.put([], [1], now: now).outcome == .invalid)
    #expect(store.put(Array(repeating: 1, count: 257), [1], now: now).outcome == .invalid)
    #expect(store.get([], now: now).outcome == .invalid)
    #expect(store.remove([], now: now) == .invalid)
    #expect(store.add(1, [], now: now).outcome == .invalid)
    #expect(store.put([1], Array(repeating: 1, count: 65537), now: now).outcome == .full)
    #expect(store.get([1], now: now).outcome == .absent)
  }

  @Test("a buffer that is too small gets nothing, and the caller the size")
  func smallBuffer() {
    store.put([1], [1, 2, 3, 4], now: now)
    let found = store.get([1], now: now, capacity: 3)
    #expect(found.outcome == .tooLarge && found.entry.size == 4 && found.entry.revision != 0)
    #expect(found.value == [0xAA, 0xAA, 0xAA])
  }

  @Test("each write gives a new revision, and one that was removed never comes back")
  func revisions() {
    var seen: Set<UInt64> = []
    for _ in 0..<3 {
      seen.insert(store.put([1], [1], now: now).entry.revision)
      seen.insert(store.put([1], [1], now: now).entry.revision)
      #expect(store.remove([1], now: now) == .done)
    }
    #expect(seen.count == 6 && !seen.contains(0))
  }

  @Test("add if absent: the first one wins")
  func addIfAbsent() {
    let first = store.put([1], [1], expecting: SharedStore.absent, now: now)
    let second = store.put([1], [2], expecting: SharedStore.absent, now: now)
    #expect(first.outcome == .done)
    #expect(second.outcome == .stale && second.entry == first.entry)
    #expect(store.get([1], now: now).value == [1])
  }

  @Test("compare and set: only in place of what was seen")
  func compareAndSet() {
    let first = store.put([1], [1], now: now).entry.revision
    let second = store.put([1], [2], expecting: first, now: now)
    #expect(second.outcome == .done)
    #expect(store.put([1], [3], expecting: first, now: now).outcome == .stale)
    #expect(store.remove([1], expecting: first, now: now) == .stale)
    #expect(store.get([1], now: now).value == [2])
    #expect(store.remove([1], expecting: second.entry.revision, now: now) == .done)
    #expect(store.put([1], [4], expecting: second.entry.revision, now: now).outcome == .stale)
    #expect(store.remove([1], now: now) == .absent)
  }

  @Test("an entry is gone when its life is over, and not a nanosecond before")
  func lifetime() {
    let end = now + 5_000_000
    #expect(store.put([1], [1], lifetime: 5, now: now).entry.expires == end)
    #expect(store.get([1], now: end - 1).outcome == .done)
    #expect(store.get([1], now: end).outcome == .absent)
    #expect(store.statistics.entries == 0 && store.statistics.expired == 1)
    #expect(store.put([1], [2], expecting: SharedStore.absent, now: end).outcome == .done)
    #expect(store.get([1], now: .max).outcome == .done)
  }

  @Test(
    "a lifetime that is longer than time is for ever",
    arguments: [UInt64.max, UInt64.max / 1_000_000, 1 << 60] as [UInt64])
  func longLife(lifetime: UInt64) {
    #expect(store.put([1], [1], lifetime: lifetime, now: .max - 5).entry.expires == 0)
  }

  @Test("numbers add up, begin at 0, and are values of eight bytes")
  func numbers() {
    #expect(store.add(5, [1], now: now).sum == 5)
    let second = store.add(-7, [1], now: now)
    #expect(second.sum == -2 && second.entry.size == 8)
    #expect(store.get([1], now: now).value == [0xFE, 255, 255, 255, 255, 255, 255, 255])
    #expect(store.get([1], now: now).entry.revision == second.entry.revision)
    store.put([1], [1, 0, 0, 0, 0, 0, 0, 0], now: now)
    #expect(store.add(1, [1], now: now).sum == 2)
    #expect(store.add(.max, [1], now: now).outcome == .overflow)
    #expect(store.add(0, [1], now: now).sum == 2)
    store.put([2], [1], now: now)
    #expect(store.add(1, [2], now: now).outcome == .notNumber)
    #expect(store.get([2], now: now).value == [1])
  }

  @Test("a number lives from its first addition, and begins at 0 again")
  func numberLifetime() {
    #expect(store.add(1, [1], lifetime: 10, now: now).entry.expires == now + 10_000_000)
    #expect(store.add(1, [1], lifetime: 10, now: now + 9_000_000).entry.expires == now + 10_000_000)
    #expect(store.add(1, [1], lifetime: 10, now: now + 10_000_000).sum == 1)
  }

  @Test("a number that is being changed has a new revision: compare-and-set sees it")
  func numberRevision() {
    let first = store.add(1, [1], now: now).entry.revision
    store.add(1, [1], now: now)
    #expect(store.put([1], [0, 0, 0, 0, 0, 0, 0, 0], expecting: first, now: now).outcome == .stale)
  }

  @Test("statistics count what is there and what was done")
  func statistics() {
    store.put([1], [1, 2, 3], now: now)
    store.put([2, 2], Array(repeating: 0, count: 1000), now: now)
    store.put([2, 2], Array(repeating: 0, count: 500), now: now)
    store.add(1, [3], now: now)
    _ = store.get([1], now: now)
    _ = store.get([9], now: now)
    let sum = store.statistics
    #expect(sum.entries == 3 && sum.bytes == 4 + 502 + 9 && sum.hits == 1 && sum.misses == 1 && sum.refused == 0)
    #expect(sum.memory == (1 + 5 + 1) * 128)
    for key in [[1], [2, 2], [3]] as [[UInt8]] { #expect(store.remove(key, now: now) == .done) }
    #expect(store.statistics.entries == 0 && store.statistics.bytes == 0 && store.statistics.memory == 0)
  }

  @Test("names of plugins: each its namespace, 64 of them, up to 63 bytes")
  func namespaces() throws {
    let first = try #require(store.store.namespace("a"))
    #expect(store.store.namespace("a") == first)
    #expect(store.store.namespace("b") != first)
    #expect(store.store.namespace("") == nil)
    #expect(store.store.namespace(String(repeating: "x", count: 64)) == nil)
    #expect(store.store.namespace(String(repeating: "x", count: 63)) != nil)
    for index in 0..<100 { _ = store.store.namespace("n\(index)") }
    #expect(store.store.namespace("a") == first)
    #expect(store.store.statistics.count == 64)
  }

  @Test("what is no store is refused")
  func noStore() throws {
    #expect(throws: SharedStoreError.self) { try SharedStore(descriptor: -1) }
    #expect(throws: SharedStoreError.self) { try SharedStore.create(bytes: 1000) }
    #expect(throws: SharedStoreError.self) { try SharedStore.create(share: 0) }
    #expect(throws: SharedStoreError.self) { try SharedStore(descriptor: 0) }
  }
}
