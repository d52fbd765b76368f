import Glibc
import ToriiPlugin

/// Appends records to one file for all instances of this process that name it.
///
/// ``append(_:)`` puts a record into a bounded queue, which takes well under a microsecond, and wakes the thread only when it
/// sleeps for want of work. The thread writes all that waits with one call, then lets records gather for some
/// milliseconds: under load the cost of waking, locking and writing is shared by hundreds of records. A file that cannot be
/// written is tried again and again while its records wait, and is nobody else's trouble.
///
/// Safety: everything mutable is touched only while `monitor` is held, except `file`, which is the thread's.
final class LogFileWriter: @unchecked Sendable {
  private let path: String
  private let limits: WriterLimits
  private let reporter: any WriterReporting
  private let monitor = Monitor()

  private var queue: RecordQueue
  /// Bytes that the thread has taken and not yet written.
  private var inFlight = 0
  private var users = 0
  private var reopeningUsers = 0
  private var thread: pthread_t?
  /// The thread waits for work and must be woken.
  private var isIdle = false
  /// The thread is to write what is left and end; also set when the last user is gone.
  private var isEnding = false
  private var endingSince: UInt64 = 0
  private var hasEnded = false
  private var trouble: WriterTrouble
  /// The latest user, in whose name reports are made.
  private var speaker: InstanceHandle?

  init(path: String, limits: WriterLimits, reporter: any WriterReporting) {
    self.path = path
    self.limits = limits
    self.reporter = reporter
    queue = RecordQueue(batchSize: limits.batch)
    trouble = WriterTrouble(limits: limits)
  }

  // MARK: For the worker's thread

  /// Counts one more user.
  ///
  /// - Returns: false when the writer has ended; another is then needed.
  func retainUser(_ user: InstanceHandle?, reopens: Bool) -> Bool {
    monitor.locked {
      if hasEnded { return false }
      isEnding = false
      users += 1
      if let user { speaker = user }
      if reopens { reopeningUsers += 1 }
      return true
    }
  }

  /// Counts one user less. After the last one what is queued is written and the thread ends; this waits for it
  /// a moment, but not for a file that is in trouble.
  func releaseUser(reopens: Bool) {
    monitor.locked {
      users -= 1
      if reopens { reopeningUsers -= 1 }
      guard users == 0 else { return }
      beginEnding()
      let deadline = Monitor.now &+ 100_000_000
      while !hasEnded, thread != nil, !trouble.isCurrent, Monitor.now < deadline { monitor.wait(until: deadline) }
    }
  }

  /// Takes a record to be written. Never blocks for long, never fails: what cannot be kept is counted and reported.
  func append(_ record: ByteView) {
    monitor.lock()
    guard queue.bytes + inFlight + record.count < limits.queue, startThread() else {
      if let text = trouble.refusalText(path: path, now: Monitor.now) { tell(.error, text) }
      monitor.unlock()
      reporter.lost(records: 1)
      return
    }
    queue.append(record, now: Monitor.now)
    let wakes = isIdle
    isIdle = false
    monitor.unlock()
    if wakes { monitor.wakeAll() }
  }

  /// Counts a record that could not even be made.
  func countFailure() { reporter.lost(records: 1) }

  /// Tells the thread to write what is left and end.
  func end() { monitor.locked { beginEnding() } }

  /// Tells the thread to end and joins it.
  func finish() {
    monitor.lock()
    beginEnding()
    let thread = thread
    self.thread = nil
    hasEnded = true
    monitor.unlock()
    if let thread { pthread_join(thread, nil) }
  }

  private func beginEnding() {
    if !isEnding {
      isEnding = true
      endingSince = Monitor.now
    }
    if thread == nil { hasEnded = true }
    monitor.wakeAll()
  }

  // MARK: The thread

  /// Starts the thread with the first record. Called while the monitor is held.
  ///
  /// Safety: the thread holds a reference to the writer until it ends.
  private func startThread() -> Bool {
    if thread != nil { return true }
    // Signals are for the gateway's own thread; a broken pipe or a file size limit must come back as an error.
    var all = sigset_t()
    var before = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    var started = pthread_t()
    let reference = unsafe Unmanaged.passRetained(self)
    let code = unsafe pthread_create(
      &started, nil,
      { reference in
        guard let reference = unsafe reference else { return nil }
        unsafe Unmanaged<LogFileWriter>.fromOpaque(reference).takeRetainedValue().run()
        return nil
      }, reference.toOpaque())
    guard code == 0 else {
      unsafe reference.release()
      trouble.threadFailure = code
      return false
    }
    thread = started
    trouble.threadFailure = nil
    return true
  }

  private func run() {
    var file = LogFile(path: path)
    monitor.lock()
    while var batch = nextBatch() {
      inFlight = batch.remaining
      let reopens = reopeningUsers > 0
      let lockWait = isEnding ? limits.grace / 4 : limits.lockWait
      monitor.unlock()
      let failure = write(&batch, to: &file, reopens: reopens, lockWait: lockWait)
      monitor.lock()
      inFlight = 0
      if let failure {
        queue.putBack(batch)
        takeNote(of: failure)
      } else {
        queue.recycle(&batch)
        goOn()
      }
    }
    hasEnded = true
    monitor.wakeAll()
    monitor.unlock()
    file.close()
  }

  /// Waits for work, holding the monitor; `nil` when there is none and will be none.
  private func nextBatch() -> RecordQueue.Batch? {
    while queue.isEmpty {
      if isEnding { return nil }
      queue.releaseSpare(beyond: 65536)
      isIdle = true
      monitor.wait()
    }
    isIdle = false
    return queue.takeFirst()
  }

  /// Writes without holding the monitor.
  private func write(
    _ batch: inout RecordQueue.Batch, to file: inout LogFile, reopens: Bool, lockWait: UInt64
  ) -> WriteFailure? {
    let (records, written) = (batch.records, batch.written)
    let failure = file.append(&batch, reopens: reopens, lockWait: lockWait)
    if batch.records < records { reporter.wrote(records: records - batch.records, bytes: batch.written - written) }
    if let failure {
      reporter.failedToWrite()
      if failure.isCuredByOpening { file.close() }
    }
    return failure
  }

  /// After a batch was written, holding the monitor: lets records gather, unless a batch of them waits already.
  private func goOn() {
    if let text = trouble.end(path: path) { tell(.notice, text) }
    guard queue.bytes < limits.batch else { return }
    wait(until: Monitor.now &+ limits.gathering)
  }

  /// After a batch could not be written, holding the monitor: reports, lets go of what waited too long, and waits.
  private func takeNote(of failure: WriteFailure) {
    let now = Monitor.now
    let report = trouble.note(failure, path: path, now: now)
    var lost = now < trouble.patience ? 0 : queue.drop(begunBy: now - trouble.patience)
    if isEnding, now &- endingSince >= limits.grace { lost += queue.drop() }
    trouble.lost += lost
    if let report { tell(.error, report) }
    if lost > 0 {
      reporter.lost(records: lost)
      if let text = trouble.lossText(path: path, now: now, ending: isEnding) { tell(.error, text) }
    }
    // Whoever waits for the end of this writer sees that it will take longer.
    monitor.wakeAll()
    let retry = now &+ trouble.nextRetry()
    if isEnding {
      let end = min(retry, endingSince &+ limits.grace, now &+ limits.grace / 8)
      while Monitor.now < end { monitor.wait(until: end) }
    } else {
      wait(until: retry)
    }
  }

  /// Waits, holding the monitor, until a time or until the writer is told to end.
  private func wait(until time: UInt64) {
    while !isEnding, Monitor.now < time { monitor.wait(until: time) }
  }

  /// Reports without holding the monitor: the gateway's log is not this writer's.
  private func tell(_ level: LogLevel, _ text: String) {
    let speaker = speaker
    monitor.unlock()
    reporter.report(level, text, for: speaker)
    monitor.lock()
  }
}
