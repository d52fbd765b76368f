import Glibc
import Synchronization

/// A few threads that block on lookups so that the loop does not.
///
/// Threads are started when there is work for them and end when the owner closes the pool. One that hangs in a lookup delays nobody's exit:
/// it is detached, and what it finds afterwards is dropped.
///
/// Safety: the condition and its mutex live at a stable address from `init` to `deinit`; every thread holds a reference to the pool.
@safe
final class LookupThreads: @unchecked Sendable {
  typealias Lookup = @Sendable (String) -> LookupResult
  typealias Completion = @Sendable (LookupResult) -> Void

  private let lookup: Lookup
  private let threadLimit: Int
  private let queueLimit: Int
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  // All below are guarded by `mutex`.
  private var queue: [(host: String, completion: Completion)] = []
  private var threadCount = 0
  private var idleCount = 0
  private var isClosed = false

  init(threadLimit: Int, queueLimit: Int, lookup: @escaping Lookup) {
    self.lookup = lookup
    self.threadLimit = max(1, threadLimit)
    self.queueLimit = max(1, queueLimit)
    unsafe mutex = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    unsafe pthread_mutex_init(mutex, nil)
    unsafe condition = .allocate(capacity: 1)
    unsafe condition.initialize(to: pthread_cond_t())
    unsafe pthread_cond_init(condition, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(condition)
    unsafe pthread_mutex_destroy(mutex)
    unsafe condition.deallocate()
    unsafe mutex.deallocate()
  }

  /// Queues a lookup; `completion` is called on one of the threads.
  ///
  /// - Returns: why it was refused, or nil.
  func submit(_ host: String, _ completion: @escaping Completion) -> String? {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    if isClosed { return "the resolver is closed" }
    if queue.count >= queueLimit { return "too many lookups are waiting" }
    if idleCount <= queue.count && threadCount < threadLimit {
      let code = startThread()
      if code == 0 {
        threadCount += 1
      } else if threadCount == 0 {
        return "cannot start a thread: \(SystemError.text(for: code))"
      }
    }
    queue.append((host, completion))
    unsafe pthread_cond_signal(condition)
    return nil
  }

  /// Drops what waits and ends the threads that are idle; those that are looking something up end afterwards.
  func close() {
    unsafe pthread_mutex_lock(mutex)
    isClosed = true
    let dropped = queue
    queue = []
    unsafe pthread_cond_broadcast(condition)
    unsafe pthread_mutex_unlock(mutex)
    _ = dropped
  }

  private func startThread() -> Int32 {
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    // The thread takes this reference over.
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
    unsafe pthread_mutex_lock(mutex)
    while true {
      while queue.isEmpty && !isClosed {
        idleCount += 1
        unsafe pthread_cond_wait(condition, mutex)
        idleCount -= 1
      }
      if isClosed { break }
      let (host, completion) = queue.removeFirst()
      unsafe pthread_mutex_unlock(mutex)
      completion(lookup(host))
      unsafe pthread_mutex_lock(mutex)
    }
    threadCount -= 1
    unsafe pthread_mutex_unlock(mutex)
  }
}
