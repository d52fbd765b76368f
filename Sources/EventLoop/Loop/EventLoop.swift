import CLinux
import Glibc

/// An epoll loop for one thread: descriptors, timers, and work for the end of a turn.
///
/// A turn waits in `epoll_wait`, refreshes `now`, tells the sources what became ready, fires timers, and runs deferred tasks.
/// Nothing in a turn allocates. Nothing here is thread-safe except `mailbox`.
///
/// Safety: `events` is allocated for as long as the loop lives. A source is retained from `register` to the end of the turn in
/// which it goes away, so a callback may close its own source without anybody retaining it per event.
@safe
public final class EventLoop {
  private static let eventCapacity: Int32 = 512
  /// How often tasks that are deferred by deferred tasks still run in the same turn; beyond that, descriptors come first.
  private static let deferredRounds = 8

  private let epoll: Int32
  private let events: UnsafeMutablePointer<epoll_event>
  // Exclusivity is not checked for the two: no access lasts while other code runs.
  @exclusivity(unchecked)
  private var sources = SourceTable()
  @exclusivity(unchecked)
  private var deferred = DeferredQueue()
  /// Sources that went away during this turn: their callbacks may still be on the stack.
  private var departed: [EventSource] = []
  /// Tokens of sources that epoll refused; they are told so in the next turn.
  private var refused: [UInt64] = []
  private var isInTurn = false
  private var isStopped = false
  private var cachedWallClock: (seconds: Int, nanoseconds: Int) = (0, 0)
  private var isWallClockFresh = false

  /// The start of this turn, in nanoseconds of the monotonic clock.
  @inlinable
  public var now: UInt64 { unsafe currentTime }

  // Exclusivity is not checked: it is read and written in one go, on the loop's thread.
  @exclusivity(unchecked)
  @usableFromInline
  var currentTime: UInt64

  /// Where the loop writes when the turn began that it is in, in nanoseconds of the monotonic clock, and 0 while it waits:
  /// for a watchdog. The memory must outlive the loop.
  public var turnClock: UnsafeMutablePointer<UInt64>
  private let ownTurnClock: UnsafeMutablePointer<UInt64>

  /// Called when the loop cannot wait any more: something in the process has closed its descriptor. Ends the process.
  public var whenBroken: (SystemError) -> Void = { _ in abort() }

  /// Timers of this loop; their delays count from `now`.
  public let timers: TimerWheel

  /// Hands work to this loop from other threads.
  public let mailbox: Mailbox

  /// Opens the loop's descriptors.
  ///
  /// - Throws: `SystemError` when there are no descriptors or memory left.
  public init() throws(SystemError) {
    let start = ProcessClock.monotonicNanoseconds()
    let mailbox = try Mailbox()
    let epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard epoll >= 0 else { throw SystemError(operation: "epoll_create1") }
    self.epoll = epoll
    self.mailbox = mailbox
    unsafe currentTime = start
    unsafe ownTurnClock = .allocate(capacity: 1)
    unsafe ownTurnClock.initialize(to: 0)
    unsafe turnClock = unsafe ownTurnClock
    timers = TimerWheel(now: start)
    unsafe events = UnsafeMutablePointer<epoll_event>.allocate(capacity: Int(Self.eventCapacity))
    unsafe events.initialize(repeating: epoll_event(), count: Int(Self.eventCapacity))
    register(MailboxSource(mailbox: mailbox, loop: self))
  }

  deinit {
    mailbox.close()
    _ = Glibc.close(epoll)
    unsafe events.deallocate()
    unsafe ownTurnClock.deallocate()
  }

  // MARK: Sources

  /// Starts telling a source what becomes ready, beginning with what is ready now, and keeps it alive until `unregister(_:)`
  /// or `close(_:)`.
  ///
  /// When the kernel refuses (its limit of watches is reached, or the descriptor cannot be polled), the source is told
  /// `error` and `hangup` in the next turn.
  public func register(_ source: EventSource, interest: Interest = .readWriteEdge) {
    guard !source.isRegistered else { return }
    let token = unsafe sources.insert(source)
    source.registration.needsExplicitRemoval = interest != .readWriteEdge
    if clinux_epoll_add(epoll, source.descriptor, interest.events, token) != 0 { refused.append(token) }
  }

  /// Stops telling a source, and drops what this turn still had for it. The descriptor stays open.
  public func unregister(_ source: EventSource) {
    guard source.isRegistered else { return }
    _ = clinux_epoll_delete(epoll, source.descriptor)
    remove(source)
  }

  /// Stops telling a source and closes its descriptor; does nothing the second time.
  public func close(_ source: EventSource) {
    let descriptor = source.descriptor
    if source.isRegistered {
      // Closing takes a descriptor out of epoll, unless another process shares it. A connection that a child still holds is
      // edge-triggered: its late events are few and find an outdated token. A level-triggered one would wake the loop for ever.
      if source.registration.needsExplicitRemoval { _ = clinux_epoll_delete(epoll, descriptor) }
      remove(source)
    }
    guard descriptor >= 0 else { return }
    unsafe source.currentDescriptor = -1
    _ = Glibc.close(descriptor)
  }

  private func remove(_ source: EventSource) {
    guard let reference = unsafe sources.remove(source) else { return }
    let owned = unsafe reference.takeRetainedValue()
    if isInTurn { departed.append(owned) }
  }

  // MARK: Running

  /// Runs turns until `stop()`.
  public func run() {
    isStopped = false
    while !isStopped { turn(timeoutMilliseconds: -1) }
  }

  /// Runs one turn.
  ///
  /// - Parameter timeoutMilliseconds: how long to wait at most for something to happen; -1 for as long as it takes.
  public func runOnce(timeoutMilliseconds: Int32) {
    turn(timeoutMilliseconds: timeoutMilliseconds)
  }

  /// Makes `run()` return after the current turn. From another thread: `mailbox.post { $0.stop() }`.
  public func stop() {
    isStopped = true
  }

  private func turn(timeoutMilliseconds limit: Int32) {
    let count = wait(timeoutMilliseconds: limit)
    isInTurn = true
    refreshNow()
    unsafe turnClock.pointee = currentTime
    if !refused.isEmpty { tellRefused() }
    var index = 0
    while index < Int(count) {
      let event = unsafe events + index
      if let source = unsafe sources.source(for: clinux_epoll_token(event)) {
        // The table or `departed` retains it.
        let what = unsafe Events(rawValue: clinux_epoll_events(event))
        unsafe source._withUnsafeGuaranteedRef { $0.ready(what) }
      }
      index &+= 1
    }
    timers.advance(to: now)
    runDeferred()
    isInTurn = false
    if !departed.isEmpty { releaseDeparted() }
    unsafe turnClock.pointee = 0
  }

  /// Waits for events or the next timer. An interrupted wait counts as one without events.
  private func wait(timeoutMilliseconds limit: Int32) -> Int32 {
    var timeout = limit
    if unsafe !deferred.isEmpty || !refused.isEmpty {
      timeout = 0
    } else {
      let untilTimer = timers.timeoutMilliseconds()
      if untilTimer >= 0 && (timeout < 0 || untilTimer < timeout) { timeout = untilTimer }
    }
    let count = unsafe epoll_wait(epoll, events, Self.eventCapacity, timeout)
    // Only that somebody closed the loop's own descriptor, or took its number, comes to this: nothing would be heard of again.
    if count < 0, errno != EINTR { whenBroken(SystemError(operation: "epoll_wait")) }
    return max(0, count)
  }

  private func tellRefused() {
    let tokens = refused
    refused = []
    for token in tokens {
      if let source = unsafe sources.source(for: token) {
        unsafe source._withUnsafeGuaranteedRef { $0.ready([.error, .hangup]) }
      }
    }
  }

  private func releaseDeparted() {
    // Their deinit may call back into the loop, so the list is not touched while they go; its storage is kept.
    var gone: [EventSource] = []
    swap(&gone, &departed)
    gone.removeAll(keepingCapacity: true)
    if departed.isEmpty { swap(&gone, &departed) }
  }

  // MARK: Deferred tasks

  /// Runs a task at the end of the current turn, or of the next one when called outside of a turn. Allocates nothing; a task
  /// that already waits is not queued twice.
  public func deferUntilTurnEnd(_ task: DeferredTask) {
    unsafe deferred.append(task)
  }

  private func runDeferred() {
    var rounds = Self.deferredRounds
    while unsafe !deferred.isEmpty && rounds > 0 {
      rounds &-= 1
      let end = unsafe deferred.lastTask?.toOpaque()
      while let task = unsafe deferred.takeFirst() {
        let isEnd = unsafe Unmanaged.passUnretained(task).toOpaque() == end
        task.run()
        if isEnd { break }
      }
    }
  }

  // MARK: Time

  /// Reads the monotonic clock into `now`. The loop does it once per turn; call it after something that took long.
  public func refreshNow() {
    let time = ProcessClock.monotonicNanoseconds()
    unsafe currentTime = time
    unsafe timers.currentTime = time
    isWallClockFresh = false
  }

  /// The time of day, read at most once per turn.
  public var wallClock: (seconds: Int, nanoseconds: Int) {
    if !isWallClockFresh {
      cachedWallClock = ProcessClock.wallClock()
      isWallClockFresh = true
    }
    return cachedWallClock
  }

  // MARK: Other threads

  /// Runs work on this loop's thread with its next turn. Other threads use `mailbox`, which is `Sendable`.
  public func post(_ work: @escaping @Sendable (EventLoop) -> Void) {
    mailbox.post(work)
  }

  /// Runs what other threads have posted so far. For the end: after the loop was stopped, when no turn comes any more.
  public func runPosted() {
    for work in mailbox.takeAll() { work(self) }
  }
}
