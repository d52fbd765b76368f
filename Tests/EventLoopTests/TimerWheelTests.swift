import Testing

@testable import EventLoop

/// A timer that writes down that it fired, and may do more.
final class RecordingTimer: Timer {
  let name: Int
  let record: (Int) -> Void
  var whenFired: ((RecordingTimer) -> Void)?

  init(_ name: Int, _ record: @escaping (Int) -> Void) {
    self.name = name
    self.record = record
  }

  override func fire() {
    record(name)
    whenFired?(self)
  }
}

/// A small deterministic generator, so that a failure repeats.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite("TimerWheel")
struct TimerWheelTests {
  static let millisecond: UInt64 = 1_000_000

  @Test(
    "a timer fires at its tick, never before, whatever the level",
    arguments: [
      1, 2, 62, 63, 64, 65, 127, 128, 4095, 4096, 4097, 75_000, 262_143, 262_144, 86_400_000, 16_777_216, 1_073_741_824,
      400 * 86_400_000,
    ] as [UInt64])
  func exactTick(delay: UInt64) {
    for start in [0, 17, 63, 64, 5_000_123] as [UInt64] {
      let wheel = TimerWheel(now: 5)
      wheel.advance(to: 5 + start * Self.millisecond)
      var fired = 0
      let timer = RecordingTimer(0) { _ in fired += 1 }
      wheel.arm(timer, afterMilliseconds: delay)
      #expect(timer.isArmed)
      wheel.advance(to: 5 + (start + delay) * Self.millisecond - 1)
      #expect(fired == 0)
      wheel.advance(to: 5 + (start + delay) * Self.millisecond)
      #expect(fired == 1)
      #expect(!timer.isArmed)
      #expect(wheel.isEmpty)
    }
  }

  @Test("a delay that began within a tick is rounded up")
  func roundsUp() {
    let wheel = TimerWheel(now: 0)
    wheel.advance(to: 500_000)
    var fired = 0
    let timer = RecordingTimer(0) { _ in fired += 1 }
    wheel.arm(timer, afterMilliseconds: 1)
    wheel.advance(to: 1_499_999)
    #expect(fired == 0)
    #expect(wheel.timeoutMilliseconds() == 1)
    wheel.advance(to: 2_000_000)
    #expect(fired == 1)
  }

  @Test("timers fire in the order of their ticks, and of arming within one tick")
  func order() {
    let wheel = TimerWheel(now: 0)
    var fired: [Int] = []
    let delays: [UInt64] = [500, 3, 70, 3, 5000, 64, 63, 3]
    let timers = delays.indices.map { RecordingTimer($0) { fired.append($0) } }
    for (timer, delay) in zip(timers, delays) { wheel.arm(timer, afterMilliseconds: delay) }
    wheel.advance(to: 10_000 * Self.millisecond)
    #expect(fired == [1, 3, 7, 6, 5, 2, 0, 4])
  }

  @Test("a cancelled timer does not fire, and cancelling twice is harmless")
  func cancel() {
    let wheel = TimerWheel(now: 0)
    var fired: [Int] = []
    let timers = (0..<4).map { RecordingTimer($0) { fired.append($0) } }
    for timer in timers { wheel.arm(timer, afterMilliseconds: 10) }
    wheel.cancel(timers[0])
    wheel.cancel(timers[2])
    wheel.cancel(timers[2])
    wheel.advance(to: 20 * Self.millisecond)
    #expect(fired == [1, 3])
    wheel.cancel(timers[1])
    #expect(wheel.isEmpty)
  }

  @Test("arming an armed timer moves it")
  func move() {
    let wheel = TimerWheel(now: 0)
    var fired = 0
    let timer = RecordingTimer(0) { _ in fired += 1 }
    wheel.arm(timer, afterMilliseconds: 10)
    wheel.arm(timer, afterMilliseconds: 1000)
    wheel.advance(to: 999 * Self.millisecond)
    #expect(fired == 0)
    wheel.arm(timer, afterMilliseconds: 5)
    wheel.advance(to: 1004 * Self.millisecond)
    #expect(fired == 1)
    wheel.advance(to: 5000 * Self.millisecond)
    #expect(fired == 1)
  }

  @Test("a timer can arm itself again when it fires, and never twice in one tick")
  func rearm() {
    let wheel = TimerWheel(now: 0)
    var fired = 0
    let timer = RecordingTimer(0) { _ in fired += 1 }
    timer.whenFired = { wheel.arm($0, afterMilliseconds: 0) }
    wheel.arm(timer, afterMilliseconds: 0)
    wheel.advance(to: 1 * Self.millisecond)
    #expect(fired == 1)
    wheel.advance(to: 1 * Self.millisecond)
    #expect(fired == 1)
    wheel.advance(to: 2 * Self.millisecond)
    #expect(fired == 2)
    timer.whenFired = nil
  }

  @Test("a deadline that only moved in a field is met by arming again for what is left")
  func lazyDeadline() {
    let wheel = TimerWheel(now: 0)
    var deadline = 3 * Self.millisecond
    var fires = 0
    var expiredAt: UInt64?
    let timer = RecordingTimer(0) { _ in fires += 1 }
    timer.whenFired = { timer in
      if wheel.now >= deadline { expiredAt = wheel.now } else { wheel.arm(timer, at: deadline) }
    }
    wheel.arm(timer, at: deadline)
    deadline = 12_345_678
    for tick in 1...20 where expiredAt == nil { wheel.advance(to: UInt64(tick) * Self.millisecond) }
    #expect(fires == 2)
    #expect(expiredAt == 13 * Self.millisecond)
    timer.whenFired = nil
  }

  @Test("a firing timer can cancel the ones that are due with it")
  func cancelWhileFiring() {
    let wheel = TimerWheel(now: 0)
    var fired: [Int] = []
    let timers = (0..<3).map { RecordingTimer($0) { fired.append($0) } }
    timers[0].whenFired = { _ in
      wheel.cancel(timers[1])
      wheel.cancel(timers[0])
    }
    for timer in timers { wheel.arm(timer, afterMilliseconds: 100) }
    wheel.advance(to: 100 * Self.millisecond)
    #expect(fired == [0, 2])
    timers[0].whenFired = nil
  }

  @Test("the wheel keeps armed timers alive and lets go of fired, cancelled and abandoned ones")
  func ownership() {
    weak var fired: RecordingTimer?
    weak var cancelled: RecordingTimer?
    weak var abandoned: RecordingTimer?
    var count = 0
    do {
      let wheel = TimerWheel(now: 0)
      do {
        let first = RecordingTimer(0) { _ in count += 1 }
        let second = RecordingTimer(1) { _ in count += 1 }
        let third = RecordingTimer(2) { _ in count += 1 }
        (fired, cancelled, abandoned) = (first, second, third)
        wheel.arm(first, afterMilliseconds: 5)
        wheel.arm(second, afterMilliseconds: 5)
        wheel.arm(third, afterMilliseconds: 500)
        wheel.cancel(second)
      }
      #expect(fired != nil && cancelled == nil && abandoned != nil)
      wheel.advance(to: 10 * Self.millisecond)
      #expect(count == 1)
      #expect(fired == nil)
    }
    #expect(abandoned == nil)
  }

  @Test("the time to sleep reaches the next timer and never ends before it without progress")
  func timeout() {
    let wheel = TimerWheel(now: 0)
    #expect(wheel.timeoutMilliseconds() == -1)
    var fired = 0
    let timer = RecordingTimer(0) { _ in fired += 1 }
    wheel.arm(timer, afterMilliseconds: 75_000)
    var now: UInt64 = 0
    var wakeUps = 0
    while fired == 0 && wakeUps < 100 {
      let timeout = wheel.timeoutMilliseconds()
      #expect(timeout > 0)
      now += UInt64(timeout) * Self.millisecond
      wheel.advance(to: now)
      wakeUps += 1
    }
    #expect(now == 75_000 * Self.millisecond)
    #expect(wakeUps <= 4)
  }

  @Test("extreme deadlines neither overflow nor fire")
  func extremes() {
    let wheel = TimerWheel(now: 1_000_000_000)
    var fired = 0
    let timers = (0..<3).map { RecordingTimer($0) { _ in fired += 1 } }
    wheel.arm(timers[0], afterMilliseconds: .max)
    wheel.arm(timers[1], at: .max)
    wheel.arm(timers[2], at: 0)
    wheel.advance(to: 1_001_000_000)
    #expect(fired == 1)
    #expect(wheel.timeoutMilliseconds() == .max)
    wheel.advance(to: 1 << 60)
    #expect(fired == 1)
  }

  @Test("random arming, moving, cancelling and jumping behaves as a sorted list does", arguments: 0..<20)
  func random(seed: Int) {
    var generator = SplitMix64(state: UInt64(seed))
    let wheel = TimerWheel(now: 0)
    var due: [Int: UInt64] = [:]
    var fired: [Int] = []
    let timers = (0..<200).map { RecordingTimer($0) { fired.append($0) } }
    var now: UInt64 = 0
    for _ in 0..<2000 {
      let index = Int.random(in: 0..<timers.count, using: &generator)
      switch Int.random(in: 0..<10, using: &generator) {
      case 0..<6:
        let delay = UInt64.random(in: 0..<(1 << UInt64.random(in: 1..<24, using: &generator)), using: &generator)
        wheel.arm(timers[index], afterMilliseconds: delay)
        due[index] = now + max(delay, 1)
      case 6..<8:
        wheel.cancel(timers[index])
        due[index] = nil
      default:
        now += UInt64.random(in: 0..<(1 << UInt64.random(in: 1..<22, using: &generator)), using: &generator)
        fired = []
        wheel.advance(to: now * Self.millisecond)
        let expected = due.filter { $0.value <= now }
        #expect(Set(fired) == Set(expected.keys))
        #expect(fired.count == expected.count)
        let ticks = fired.map { expected[$0] ?? 0 }
        #expect(ticks == ticks.sorted())
        for index in fired { due[index] = nil }
      }
    }
  }
}
