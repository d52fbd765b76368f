import Glibc
import Testing

@testable import EventLoop

/// A lookup under the test's control: counts calls, and waits in each for as long as the gate is closed.
final class ScriptedLookup: Sendable {
  struct State {
    var calls: [String] = []
    var finished = 0
    var isOpen = true
    var answers: [String: LookupResult] = [:]
  }

  let state = Lock(State())

  init(isOpen: Bool = true, answers: [String: LookupResult] = [:]) {
    state.withLock {
      $0.isOpen = isOpen
      $0.answers = answers
    }
  }

  func open() {
    state.withLock { $0.isOpen = true }
    state.wakeAll()
  }

  var calls: [String] { state.withLock { $0.calls } }

  func answer(_ host: String, _ result: LookupResult) { state.withLock { $0.answers[host] = result } }

  func callAsFunction(_ host: String) -> LookupResult {
    state.withLock { $0.calls.append(host) }
    return state.wait { state in
      guard state.isOpen else { return nil }
      state.finished += 1
      return state.answers[host] ?? .failure(ResolutionError(host: host, reason: "Name or service not known"))
    }
  }
}

@Suite("Resolver")
struct ResolverTests {
  static let one = SocketAddress.ipv4(0x0A00_0001, port: 0)
  static let two = SocketAddress.ipv4(0x0A00_0002, port: 0)

  func resolver(
    _ loop: EventLoop, _ lookup: ScriptedLookup, change: (inout ResolverSettings) -> Void = { _ in }
  ) -> Resolver {
    var settings = ResolverSettings()
    change(&settings)
    return Resolver(loop: loop, settings: settings) { lookup($0) }
  }

  @Test("literals are answered at once and without a thread", arguments: ["127.0.0.1", "::1", "[::1]"])
  func literals(host: String) throws {
    let loop = try EventLoop()
    let lookup = ScriptedLookup()
    var result: LookupResult?
    resolver(loop, lookup).resolve(host, port: 80) { result = $0 }
    #expect(try result?.get() == [#require(SocketAddress(host: host, port: 80))])
    #expect(lookup.calls.isEmpty)
  }

  @Test("localhost is found, with the port asked for")
  func localhost() throws {
    let loop = try EventLoop()
    let resolver = Resolver(loop: loop)
    var result: LookupResult?
    resolver.resolve("localhost", port: 8080) { result = $0 }
    try loop.run { result != nil }
    let addresses = try #require(try result?.get())
    #expect(!addresses.isEmpty)
    #expect(addresses.allSatisfy { $0.port == 8080 && ($0.host == "127.0.0.1" || $0.host == "::1") })
    #expect(Set(addresses).count == addresses.count)
  }

  @Test("a name that cannot be one fails at once", arguments: ["", "a\0b", String(repeating: "x", count: 300)])
  func impossibleNames(host: String) throws {
    let loop = try EventLoop()
    var result: LookupResult?
    resolver(loop, ScriptedLookup()).resolve(host, port: 80) { result = $0 }
    #expect(throws: ResolutionError(host: host, reason: "not a host name")) { try result?.get() }
  }

  @Test("a failure says what the system said, and is remembered for a moment")
  func failure() throws {
    let loop = try EventLoop()
    let lookup = ScriptedLookup()
    let resolver = resolver(loop, lookup)
    var results: [LookupResult] = []
    resolver.resolve("foo.invalid", port: 80) { results.append($0) }
    try loop.run { results.count == 1 }
    let error = #expect(throws: ResolutionError.self) { try results[0].get() }
    #expect(error?.description == "name resolution failed: foo.invalid: Name or service not known")
    resolver.resolve("foo.invalid", port: 80) { results.append($0) }
    #expect(results.count == 2)
    #expect(lookup.calls.count == 1)
  }

  @Test("the system's failure is worded")
  func systemFailure() {
    let result = SystemLookup.addresses(of: "host name with spaces")
    let error = #expect(throws: ResolutionError.self) { try result.get() }
    #expect(error?.reason.isEmpty == false)
  }

  @Test("overlapping lookups of a name become one, and each gets its own port")
  func coalescing() throws {
    let loop = try EventLoop()
    let lookup = ScriptedLookup(isOpen: false, answers: ["a.test": .success([Self.one, Self.two])])
    let resolver = resolver(loop, lookup)
    var results: [LookupResult] = []
    for (host, port) in [("a.test", 1), ("A.TEST", 2), ("a.test", 3)] {
      resolver.resolve(host, port: UInt16(port)) { results.append($0) }
    }
    try loop.run { lookup.calls.count == 1 }
    #expect(results.isEmpty)
    lookup.open()
    try loop.run { results.count == 3 }
    #expect(lookup.calls == ["a.test"])
    let addresses = try results.map { try $0.get() }
    #expect(addresses.map { $0.map(\.port) } == [[1, 1], [2, 2], [3, 3]])
    #expect(addresses[0].map(\.host) == ["10.0.0.1", "10.0.0.2"])
  }

  @Test("a fresh answer is served from the cache; a stale one too, while it is looked up again")
  func freshAndStale() throws {
    let loop = try EventLoop()
    let lookup = ScriptedLookup(answers: ["a.test": .success([Self.one])])
    let resolver = resolver(loop, lookup) { $0.timeToLiveMilliseconds = 0 }
    var results: [LookupResult] = []
    func resolve() { resolver.resolve("a.test", port: 0) { results.append($0) } }
    resolve()
    try loop.run { results.count == 1 }
    lookup.answer("a.test", .success([Self.two]))
    resolve()
    #expect(try results.last?.get() == [Self.one], "stale, at once")
    try loop.run {
      resolve()
      return (try? results.last?.get()) == [Self.two]
    }
    let fresh = self.resolver(loop, lookup)
    fresh.resolve("a.test", port: 0) { results.append($0) }
    let before = results.count
    try loop.run { results.count > before }
    let calls = lookup.calls.count
    fresh.resolve("a.test", port: 0) { results.append($0) }
    #expect(results.count == before + 2)
    for _ in 0..<3 { loop.runOnce(timeoutMilliseconds: 0) }
    #expect(lookup.calls.count == calls)
  }

  @Test("a failed refresh does not take a stale answer away before its time")
  func failedRefresh() throws {
    let loop = try EventLoop()
    let lookup = ScriptedLookup(answers: ["a.test": .success([Self.one])])
    let resolver = resolver(loop, lookup) {
      $0.timeToLiveMilliseconds = 0
      $0.negativeTimeToLiveMilliseconds = 0
    }
    var results: [LookupResult] = []
    resolver.resolve("a.test", port: 0) { results.append($0) }
    try loop.run { results.count == 1 }
    lookup.answer("a.test", .failure(ResolutionError(host: "a.test", reason: "Temporary failure in name resolution")))
    resolver.resolve("a.test", port: 0) { results.append($0) }
    try loop.run { lookup.state.withLock { $0.finished } == 2 }
    loop.runOnce(timeoutMilliseconds: 0)
    resolver.resolve("a.test", port: 0) { results.append($0) }
    #expect(try results.map { try $0.get() } == [[Self.one], [Self.one], [Self.one]])
  }

  @Test("a cancelled request is not called, the others of its name are")
  func cancellation() throws {
    let loop = try EventLoop()
    let lookup = ScriptedLookup(isOpen: false, answers: ["a.test": .success([Self.one])])
    let resolver = resolver(loop, lookup)
    var called: [Int] = []
    let first = resolver.resolve("a.test", port: 0) { _ in called.append(1) }
    resolver.resolve("a.test", port: 0) { _ in called.append(2) }
    first.cancel()
    #expect(!first.isPending)
    lookup.open()
    try loop.run { !called.isEmpty }
    #expect(called == [2])
  }

  @Test("names that hang keep no more threads than allowed, and neither the loop nor its end waits for them")
  func hangingNames() throws {
    let lookup = ScriptedLookup(isOpen: false)
    defer { lookup.open() }
    do {
      let loop = try EventLoop()
      let resolver = resolver(loop, lookup) {
        $0.threadLimit = 2
        $0.queueLimit = 3
      }
      var results: [String: LookupResult] = [:]
      for number in 0..<2 { resolver.resolve("hang\(number).test", port: 0) { results["hang\(number)"] = $0 } }
      try loop.run { lookup.calls.count == 2 }
      for number in 0..<4 { resolver.resolve("wait\(number).test", port: 0) { results["wait\(number)"] = $0 } }
      #expect(lookup.calls.count == 2)
      // The fourth found the queue full.
      #expect(results.keys.sorted() == ["wait3"])
      let error = #expect(throws: ResolutionError.self) { try results["wait3"]?.get() }
      #expect(error?.reason == "too many lookups are waiting")
      var fired = false
      let timer = ClosureTimer { fired = true }
      loop.timers.arm(timer, afterMilliseconds: 1)
      try loop.run { fired }
      #expect(results.count == 1)
    }
    // The loop and the resolver are gone while two lookups still hang.
    #expect(lookup.state.withLock { $0.finished } == 0)
  }

  @Test("the cache does not grow beyond its limit")
  func cacheLimit() throws {
    let loop = try EventLoop()
    let lookup = ScriptedLookup()
    for number in 0..<20 { lookup.answer("h\(number).test", .success([Self.one])) }
    let resolver = resolver(loop, lookup) { $0.cacheLimit = 5 }
    var count = 0
    for number in 0..<20 { resolver.resolve("h\(number).test", port: 0) { _ in count += 1 } }
    try loop.run { count == 20 }
    #expect(resolver.cachedCount == 5)
    resolver.removeAll()
    #expect(resolver.cachedCount == 0)
  }
}
