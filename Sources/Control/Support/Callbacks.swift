import EventLoop

/// A timer that calls a closure.
final class CallbackTimer: Timer {
  private let callback: () -> Void

  init(_ callback: @escaping () -> Void) {
    self.callback = callback
    super.init()
  }

  override func fire() { callback() }
}

/// Work for the end of a turn that calls a closure.
final class CallbackTask: DeferredTask {
  private let callback: () -> Void

  init(_ callback: @escaping () -> Void) {
    self.callback = callback
    super.init()
  }

  override func run() { callback() }
}
