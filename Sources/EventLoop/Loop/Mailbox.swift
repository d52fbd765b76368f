import CLinux
import Glibc

/// Hands work from any thread to the thread of an `EventLoop`.
///
/// It costs a lock, an allocation and, for the first item of a batch, a system call: it is for completions of helper
/// threads, not for the request path. A mailbox may outlive its loop; what is posted then is dropped.
public final class Mailbox: Sendable {
  /// A piece of work, run on the loop's thread.
  public typealias Work = @Sendable (EventLoop) -> Void

  private struct State {
    var items: [Work] = []
    var isOpen = true
  }

  private let state = Lock(State())
  let descriptor: Int32

  init() throws(SystemError) {
    descriptor = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
    if descriptor < 0 { throw SystemError(operation: "eventfd") }
  }

  deinit {
    _ = Glibc.close(descriptor)
  }

  /// Queues work and wakes the loop. Items run in the order they were posted.
  ///
  /// - Returns: false when the loop is gone and the work was dropped.
  @discardableResult
  public func post(_ work: @escaping Work) -> Bool {
    state.withLock { state in
      guard state.isOpen else { return false }
      state.items.append(work)
      if state.items.count == 1 {
        // The counter cannot overflow and the descriptor is open for as long as this object lives.
        _ = eventfd_write(descriptor, 1)
      }
      return true
    }
  }

  /// All items posted so far.
  func takeAll() -> [Work] {
    state.withLock { state in
      let items = state.items
      state.items = []
      return items
    }
  }

  /// Drops what is queued and refuses more.
  func close() {
    let dropped = state.withLock { state in
      state.isOpen = false
      let items = state.items
      state.items = []
      return items
    }
    // Released outside of the lock: a captured object's deinit may post.
    _ = dropped
  }
}

/// The receiving side of a mailbox in the loop.
///
/// It is edge-triggered: each write to the eventfd is told, so the counter never has to be read.
final class MailboxSource: EventSource {
  private let mailbox: Mailbox
  /// The loop retains this source and drops it in its own deinit.
  private unowned let loop: EventLoop

  init(mailbox: Mailbox, loop: EventLoop) {
    self.mailbox = mailbox
    self.loop = loop
    super.init(descriptor: mailbox.descriptor)
  }

  override func ready(_ events: Events) {
    for work in mailbox.takeAll() { work(loop) }
  }
}
