import Glibc

/// A few threads that block on lookups so that the loop does not.
///
/// Threads are started when there is work for them and end when the owner closes the pool. One that hangs in a lookup delays nobody's
/// exit: it is detached, and what it finds afterwards is dropped.
final class LookupThreads: Sendable {
  typealias Lookup = @Sendable (String) -> LookupResult
  typealias Completion = @Sendable (LookupResult) -> Void

  private struct Item {
    let host: String
    let completion: Completion
  }

  private struct State {
    var queue: [Item] = []
    var threadCount = 0
    /// How many threads are in a lookup.
    var busyCount = 0
    var isClosed = false
  }

  private enum Step {
    case look(Item)
    case end
  }

  private let lookup: Lookup
  private let threadLimit: Int
  private let queueLimit: Int
  private let state = Lock(State())

  init(threadLimit: Int, queueLimit: Int, lookup: @escaping Lookup) {
    self.lookup = lookup
    self.threadLimit = max(1, threadLimit)
    self.queueLimit = max(1, queueLimit)
  }

  /// Queues a lookup; `completion` is called on one of the threads.
  ///
  /// - Returns: why it was refused, or nil.
  func submit(_ host: String, _ completion: @escaping Completion) -> String? {
    let refusal = state.withLock { state -> String? in
      if state.isClosed { return "the resolver is closed" }
      if state.queue.count >= queueLimit { return "too many lookups are waiting" }
      let idleCount = state.threadCount - state.busyCount
      if idleCount <= state.queue.count && state.threadCount < threadLimit {
        let code = startThread()
        if code == 0 {
          state.threadCount += 1
        } else if state.threadCount == 0 {
          return "cannot start a thread: \(SystemError.text(for: code))"
        }
      }
      state.queue.append(Item(host: host, completion: completion))
      return nil
    }
    if refusal == nil { state.wakeOne() }
    return refusal
  }

  /// Drops what waits and ends the threads that are idle; those that are looking something up end afterwards.
  func close() {
    // Released outside of the lock.
    _ = state.withLock { state in
      state.isClosed = true
      let dropped = state.queue
      state.queue = []
      return dropped
    }
    state.wakeAll()
  }

  /// Starts a detached thread that keeps the pool alive for as long as it works.
  ///
  /// Safety: structures whose addresses are passed are locals of the right types; the thread takes over the reference it is given.
  private func startThread() -> Int32 {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let reference = unsafe Unmanaged.passRetained(self)
    var thread = pthread_t()
    // Signals are for the threads that ask for them: the new thread inherits a mask that blocks all.
    var all = sigset_t()
    var previous = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &previous)
    let code = unsafe pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument = unsafe argument else { return nil }
        unsafe Unmanaged<LookupThreads>.fromOpaque(argument).takeRetainedValue().work()
        return nil
      }, reference.toOpaque())
    unsafe pthread_sigmask(SIG_SETMASK, &previous, nil)
    if code != 0 { unsafe reference.release() }
    return code
  }

  private func work() {
    while true {
      let step = state.wait { state -> Step? in
        if state.isClosed {
          state.threadCount -= 1
          return .end
        }
        if state.queue.isEmpty { return nil }
        state.busyCount += 1
        return .look(state.queue.removeFirst())
      }
      guard case .look(let item) = step else { return }
      item.completion(lookup(item.host))
      state.withLock { $0.busyCount -= 1 }
    }
  }
}
