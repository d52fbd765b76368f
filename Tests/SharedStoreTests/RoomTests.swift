import Testing

@testable import SharedStore

@Suite("Room in a store of fixed size")
struct RoomTests {
  let now: UInt64 = 1_000_000_000

  @Test("a plugin gets its share and no more; what it has stays, and others go on")
  func share() throws {
    let store = try TestStore(bytes: 1 << 20, share: 50)
    var count = 0
    while store.put(key(count), [1], now: now).outcome == .done { count += 1 }
    let sum = store.statistics
    #expect(sum.entries == count && sum.refused == 1)
    #expect(sum.memory > 400_000 && sum.memory <= 524_288)
    // It may still replace what it has, and remove; but not let it grow.
    #expect(store.put(key(0), [2], now: now).outcome == .done)
    #expect(store.put(key(0), Array(repeating: 1, count: 200), now: now).outcome == .full)
    #expect(store.add(1, [0], now: now).outcome == .full)
    #expect(store.get(key(0), now: now).value == [2])
    for index in 1..<count { #expect(store.get(key(index), now: now).value == [1]) }
    let other = try #require(store.store.namespace("other"))
    #expect(store.put([1], Array(repeating: 1, count: 65536), now: now, namespace: other).outcome == .done)
    #expect(store.remove(key(1), now: now) == .done)
    #expect(store.put(key(1), [1], now: now).outcome == .done)
    store.expectOrder()
  }

  @Test("only what has expired is evicted")
  func eviction() throws {
    let store = try TestStore(bytes: 1 << 20, share: 100)
    var count = 0
    // Every second one lives for a millisecond.
    while store.put(key(count), [UInt8(count & 0xFF)], lifetime: UInt64(count & 1), now: now).outcome == .done {
      count += 1
    }
    #expect(count > 6000)
    #expect(store.put(key(count), [1], now: now + 999_999).outcome == .full)
    let later = now + 1_000_000
    for index in 0..<(count / 2) { #expect(store.put(key(count + index), [9], now: later).outcome == .done) }
    #expect(store.put(key(2 * count), [1], now: later).outcome == .full)
    for index in stride(from: 0, to: count, by: 2) {
      #expect(store.get(key(index), now: later).value == [UInt8(index & 0xFF)])
    }
    #expect(store.statistics.expired == UInt64(count / 2))
    store.expectOrder()
  }

  @Test("writes take away what has expired without being asked for it")
  func sweeping() throws {
    let store = try TestStore(bytes: 1 << 20)
    for index in 0..<1000 { store.put(key(index), [1], lifetime: 1, now: now) }
    // Four buckets a write: there are 4096.
    for _ in 0..<1024 { store.put([1], [1], now: now + 1_000_000) }
    #expect(store.statistics.entries == 1)
    #expect(store.statistics.expired == 1000)
    store.expectOrder()
  }

  @Test("memory is whole after any sequence of operations", arguments: [1, 2, 3, 4] as [UInt64])
  func random(seed: UInt64) throws {
    let store = try TestStore(bytes: 1 << 20, share: 100)
    var generator = Generator(seed: seed)
    var model: [[UInt8]: (value: [UInt8], expires: UInt64)] = [:]
    var now = self.now
    for _ in 0..<4000 {
      now += generator.next() % 100_000
      let key = key(Int(generator.next() % 300))
      let known = model[key].flatMap { $0.expires != 0 && $0.expires <= now ? nil : $0 }
      switch generator.next() % 5 {
      case 0, 1:
        let value = [UInt8](repeating: UInt8(generator.next() & 0xFF), count: Int(generator.next() % 8000))
        let made = store.put(key, value, lifetime: generator.next() % 30, now: now)
        if made.outcome == .done { model[key] = (value, made.entry.expires) } else { #expect(made.outcome == .full) }
      case 2:
        #expect(store.remove(key, now: now) == (known == nil ? .absent : .done))
        model[key] = nil
      default: #expect(store.get(key, now: now).value == known?.value ?? [])
      }
    }
    #expect(store.store.recoveries == 0)
    store.expectOrder()
  }

  private func key(_ number: Int) -> [UInt8] { Array("key-\(number)".utf8) }
}
