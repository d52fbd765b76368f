import Glibc

/// A value that threads take turns with.
///
/// The standard library's `Mutex` spins before it sleeps. With a thread for each connection and few processors that burns
/// the time of the very thread that holds it; this one sleeps at once.
///
/// Unchecked because the compiler can't see that `value` is only touched between lock and unlock. The mutex has an
/// address of its own for as long as this object lives, as POSIX wants, so no caller can misuse it.
@safe final class Lock<Value: Sendable>: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private var value: Value

  init(_ value: Value) {
    self.value = value
    unsafe mutex = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    _ = unsafe pthread_mutex_init(mutex, nil)
  }

  deinit {
    _ = unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  /// Runs `body` alone with the value.
  func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    _ = unsafe pthread_mutex_lock(mutex)
    defer { _ = unsafe pthread_mutex_unlock(mutex) }
    return body(&value)
  }
}
