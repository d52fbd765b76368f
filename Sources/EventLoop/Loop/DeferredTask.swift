/// Work for the end of the current turn of an `EventLoop`, such as flushing what a connection collected.
///
/// The task is its own list node: deferring it allocates nothing.
@safe
open class DeferredTask {
  /// The next task of the queue, retained by it.
  final var next: Unmanaged<DeferredTask>?

  /// Whether the task waits to be run. Deferring it once more changes nothing then.
  @inlinable
  public final var isDeferred: Bool { unsafe isQueued }

  // Exclusivity is not checked: it is read and written in one go, on the loop's thread.
  @exclusivity(unchecked)
  @usableFromInline
  final var isQueued = false

  /// Makes a task that waits for nothing.
  public init() {}

  /// Called once per `EventLoop.deferUntilTurnEnd(_:)`, on the loop's thread. It may defer itself or others again.
  open func run() {}
}

/// A first-in, first-out queue of deferred tasks.
///
/// Safety: a queued task is retained by the queue, from `append` to `takeFirst`; `next` is only followed for queued tasks.
@safe
struct DeferredQueue: ~Copyable {
  private var first: Unmanaged<DeferredTask>?
  private var last: Unmanaged<DeferredTask>?

  init() {}

  deinit {
    var task = unsafe first
    while let current = unsafe task {
      unsafe task = current._withUnsafeGuaranteedRef { unsafe $0.next }
      unsafe current.release()
    }
  }

  var isEmpty: Bool { unsafe first == nil }

  mutating func append(_ task: DeferredTask) {
    guard !task.isDeferred else { return }
    unsafe task.isQueued = true
    unsafe task.next = nil
    let reference = unsafe Unmanaged.passRetained(task)
    if let previous = unsafe last {
      unsafe previous._withUnsafeGuaranteedRef { unsafe $0.next = reference }
    } else {
      unsafe first = reference
    }
    unsafe last = reference
  }

  /// The task now at the end, which bounds a round of running; compare with `isSame(as:)`.
  var lastTask: Unmanaged<DeferredTask>? { unsafe last }

  mutating func takeFirst() -> DeferredTask? {
    guard let reference = unsafe first else { return nil }
    let task = unsafe reference.takeRetainedValue()
    unsafe first = task.next
    if unsafe first == nil { unsafe last = nil }
    unsafe task.next = nil
    unsafe task.isQueued = false
    return task
  }
}
