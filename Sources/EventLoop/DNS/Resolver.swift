/// Resolves host names for one loop, which it never blocks.
///
/// Answers are cached; lookups of the same name that overlap become one; an answer that has just expired still serves while it is
/// looked up again.
public final class Resolver {
  /// Called with all addresses in the order to be tried, or the failure, on the loop's thread.
  public typealias Completion = (Result<[SocketAddress], ResolutionError>) -> Void

  /// A lookup that can be given up.
  public final class Request {
    fileprivate var completion: Completion?
    fileprivate let port: UInt16

    fileprivate init(port: UInt16, completion: @escaping Completion) {
      self.port = port
      self.completion = completion
    }

    /// The completion will not be called any more. The lookup itself goes on, for the cache.
    public func cancel() { completion = nil }

    /// Whether an answer is still to come.
    public var isPending: Bool { completion != nil }

    fileprivate func complete(_ result: LookupResult) {
      guard let completion else { return }
      self.completion = nil
      completion(result.map { addresses in addresses.map { $0.with(port: port) } })
    }
  }

  private struct Entry {
    var result: LookupResult
    /// Until when it is fresh and until when it may serve at all, in nanoseconds of the loop's clock.
    var freshUntil: UInt64
    var usableUntil: UInt64
  }

  private let loop: EventLoop
  private let settings: ResolverSettings
  private let threads: LookupThreads
  private var cache: [String: Entry] = [:]
  /// Names being looked up, and who waits.
  private var pending: [String: [Request]] = [:]

  /// A resolver with a cache and threads of its own; no thread is started before there is something to look up.
  public convenience init(loop: EventLoop, settings: ResolverSettings = ResolverSettings()) {
    self.init(loop: loop, settings: settings) { SystemLookup.addresses(of: $0) }
  }

  init(loop: EventLoop, settings: ResolverSettings, lookup: @escaping LookupThreads.Lookup) {
    self.loop = loop
    self.settings = settings
    threads = LookupThreads(threadLimit: settings.threadLimit, queueLimit: settings.queueLimit, lookup: lookup)
  }

  deinit {
    threads.close()
  }

  /// Resolves a host name or address literal.
  ///
  /// A literal or a cached answer completes before this returns. When the resolver goes away, what is still pending is dropped.
  ///
  /// - Parameter port: the port that the addresses are to carry.
  /// - Returns: a handle to give the request up.
  @discardableResult
  public func resolve(_ host: String, port: UInt16, completion: @escaping Completion) -> Request {
    let request = Request(port: port, completion: completion)
    if let literal = SocketAddress(host: host, port: port) {
      request.complete(.success([literal]))
      return request
    }
    let name = host.lowercased()
    // getaddrinfo takes the name as a C string and would answer for what stands before the zero.
    guard !name.isEmpty, name.utf8.count <= 253 + 1, !name.utf8.contains(0) else {
      request.complete(.failure(ResolutionError(host: host, reason: "not a host name")))
      return request
    }
    if let entry = cache[name], loop.now < entry.usableUntil {
      if loop.now >= entry.freshUntil { startLookup(name) }
      request.complete(entry.result)
      return request
    }
    pending[name, default: []].append(request)
    if pending[name]?.count == 1 { submit(name) }
    return request
  }

  /// Forgets all answers; lookups under way go on.
  public func removeAll() {
    cache.removeAll()
  }

  /// How many names have an answer, or a remembered failure.
  public var cachedCount: Int { cache.count }

  private func startLookup(_ name: String) {
    guard pending[name] == nil else { return }
    pending[name] = []
    submit(name)
  }

  private func submit(_ name: String) {
    let mailbox = loop.mailbox
    // The resolver belongs to the loop's thread: the box only comes back there to be opened.
    let box = WeakBox(self)
    let refusal = threads.submit(name) { result in
      mailbox.post { _ in box.resolver?.finished(name, result) }
    }
    if let refusal { answer(name, .failure(ResolutionError(host: name, reason: refusal))) }
  }

  private func finished(_ name: String, _ result: LookupResult) {
    let millisecond: UInt64 = 1_000_000
    var entry = Entry(result: result, freshUntil: loop.now, usableUntil: loop.now)
    switch result {
    case .success:
      entry.freshUntil &+= settings.timeToLiveMilliseconds &* millisecond
      entry.usableUntil = entry.freshUntil &+ settings.staleMilliseconds &* millisecond
    case .failure:
      entry.freshUntil &+= settings.negativeTimeToLiveMilliseconds &* millisecond
      entry.usableUntil = entry.freshUntil
      // A failed refresh does not take away an answer that may still serve; it is asked for again later.
      if var old = cache[name], loop.now < old.usableUntil, case .success = old.result {
        old.freshUntil = min(entry.freshUntil, old.usableUntil)
        entry = old
      }
    }
    if cache[name] == nil && cache.count >= settings.cacheLimit { makeRoom() }
    cache[name] = entry
    answer(name, entry.result)
  }

  private func answer(_ name: String, _ result: LookupResult) {
    for request in pending.removeValue(forKey: name) ?? [] { request.complete(result) }
  }

  private func makeRoom() {
    cache = cache.filter { loop.now < $0.value.usableUntil }
    if cache.count >= settings.cacheLimit, let other = cache.first?.key { cache[other] = nil }
  }
}

/// Carries a reference to the resolver through another thread and back.
///
/// `@unchecked`: only the loop's thread, which the resolver belongs to, reads it. Other threads merely hold and release the box.
private final class WeakBox: @unchecked Sendable {
  weak var resolver: Resolver?

  init(_ resolver: Resolver) {
    self.resolver = resolver
  }
}
