import Glibc
import Testing

@testable import EventLoop

@Suite("EventLoop")
struct EventLoopTests {
  @Test("an edge is told once: unread bytes are not told again, new bytes are")
  func edgeTriggered() throws {
    let loop = try EventLoop()
    let (client, server) = try connectedPair()
    defer { Sockets.close(client) }
    let source = ClosureSource(server)
    loop.register(source)
    send("abc", on: client)
    try loop.run { source.events.contains { $0.contains(.readable) } }
    let told = source.events.count
    for _ in 0..<3 { loop.runOnce(timeoutMilliseconds: 0) }
    #expect(source.events.count == told)
    send("def", on: client)
    try loop.run { source.events.count > told }
    #expect(source.events.last?.contains(.readable) == true)
    loop.close(source)
  }

  @Test("a level is told every turn for as long as something can be read")
  func levelTriggered() throws {
    let loop = try EventLoop()
    let (client, server) = try connectedPair()
    defer { Sockets.close(client) }
    let source = ClosureSource(server)
    loop.register(source, interest: .readLevel)
    send("abc", on: client)
    try loop.run { source.events.count >= 3 }
    #expect(source.events.allSatisfy { $0 == .readable })
    var transport = Transport(descriptor: server)
    #expect(receive(&transport).bytes == Array("abc".utf8))
    let told = source.events.count
    for _ in 0..<3 { loop.runOnce(timeoutMilliseconds: 0) }
    #expect(source.events.count == told)
    loop.close(source)
  }

  @Test("the end of the peer's side is told as peerClosed, and what it sent before can be read")
  func peerClosed() throws {
    let loop = try EventLoop()
    let (client, server) = try connectedPair()
    let source = ClosureSource(server)
    loop.register(source)
    send("bye", on: client)
    Sockets.close(client)
    try loop.run { source.events.contains { $0.contains(.peerClosed) } }
    var transport = Transport(descriptor: server)
    #expect(receive(&transport).bytes == Array("bye".utf8))
    #expect(receive(&transport).result == .endOfStream)
    loop.close(source)
    #expect(source.descriptor == -1)
  }

  @Test("a source closed by another one's callback is not called with what this turn still had for it")
  func closeWithQueuedEvents() throws {
    let loop = try EventLoop()
    let first = try connectedPair()
    let second = try connectedPair()
    defer {
      Sockets.close(first.client)
      Sockets.close(second.client)
    }
    let sources = [ClosureSource(first.server), ClosureSource(second.server)]
    for source in sources {
      source.handle = { [sources] this, _ in
        for other in sources where other !== this { loop.close(other) }
      }
      loop.register(source)
    }
    // Both are writable at once, so both events arrive in one turn.
    loop.runOnce(timeoutMilliseconds: 1000)
    #expect(sources.map(\.events.count).sorted() == [0, 1])
    #expect(sources.filter { $0.descriptor == -1 }.count == 1)
    for source in sources {
      source.handle = { _, _ in }
      loop.close(source)
    }
  }

  @Test("a descriptor that is closed and used again in one turn does not get the old one's events")
  func descriptorReuse() throws {
    let loop = try EventLoop()
    let first = try connectedPair()
    let second = try connectedPair()
    defer {
      Sockets.close(first.client)
      Sockets.close(second.client)
    }
    let sources = [ClosureSource(first.server), ClosureSource(second.server)]
    var replacement: ClosureSource?
    for source in sources {
      source.handle = { [sources] this, _ in
        guard replacement == nil else { return }
        for other in sources where other !== this {
          loop.unregister(other)
          // Closes the old connection and takes its number, in one step.
          #expect(dup2(first.client, other.descriptor) == other.descriptor)
          let new = ClosureSource(other.descriptor)
          loop.register(new)
          replacement = new
        }
      }
      loop.register(source)
    }
    loop.runOnce(timeoutMilliseconds: 1000)
    #expect(replacement?.events.isEmpty == true)
    // Its own events come with the next turn.
    loop.runOnce(timeoutMilliseconds: 1000)
    #expect(replacement?.events.count == 1)
    for source in sources + [replacement].compactMap({ $0 }) where source.isRegistered { loop.close(source) }
    for source in sources { source.handle = { _, _ in } }
  }

  @Test("a source may close itself and be released within its own callback")
  func closeItself() throws {
    let loop = try EventLoop()
    let (client, server) = try connectedPair()
    defer { Sockets.close(client) }
    weak var weakSource: ClosureSource?
    var aliveInside = false
    do {
      let source = ClosureSource(server)
      weakSource = source
      source.handle = { this, _ in
        loop.close(this)
        loop.close(this)
        this.events = []
        aliveInside = weakSource != nil
      }
      loop.register(source)
    }
    #expect(weakSource != nil)
    loop.runOnce(timeoutMilliseconds: 1000)
    #expect(aliveInside)
    #expect(weakSource == nil)
  }

  @Test("an unregistered source keeps its descriptor and can be registered again")
  func unregister() throws {
    let loop = try EventLoop()
    let (client, server) = try connectedPair()
    defer { Sockets.close(client) }
    let source = ClosureSource(server)
    loop.register(source)
    loop.unregister(source)
    #expect(!source.isRegistered && source.descriptor == server)
    loop.runOnce(timeoutMilliseconds: 0)
    #expect(source.events.isEmpty)
    loop.register(source)
    try loop.run { source.events.contains { $0.contains(.writable) } }
    loop.close(source)
  }

  @Test("a descriptor that epoll refuses is told as an error with the next turn")
  func refusedDescriptor() throws {
    let loop = try EventLoop()
    let file = unsafe open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
    let source = ClosureSource(file)
    loop.register(source)
    #expect(source.events.isEmpty)
    loop.runOnce(timeoutMilliseconds: 1000)
    #expect(source.events == [[.error, .hangup]])
    loop.close(source)
  }

  @Test("more sources than the table begins with all hear of their events")
  func manySources() throws {
    let loop = try EventLoop()
    let (client, server) = try connectedPair()
    let sources = (0..<700).map { _ in ClosureSource(dup(server)) }
    for source in sources { loop.register(source) }
    try loop.run { sources.allSatisfy { !$0.events.isEmpty } }
    for source in sources { loop.close(source) }
    Sockets.close(client)
    Sockets.close(server)
  }

  @Test("a loop that goes away lets go of its sources")
  func ownership() throws {
    weak var weakSource: ClosureSource?
    let (client, server) = try connectedPair()
    do {
      let loop = try EventLoop()
      let source = ClosureSource(server)
      loop.register(source)
      weakSource = source
    }
    #expect(weakSource == nil)
    Sockets.close(client)
    Sockets.close(server)
  }

  @Test("deferred tasks run at the end of the turn, in order, once, and may defer others")
  func deferredTasks() throws {
    let loop = try EventLoop()
    var log: [String] = []
    let second = ClosureTask { _ in log.append("second") }
    let first = ClosureTask { _ in
      log.append("first")
      loop.deferUntilTurnEnd(second)
    }
    let timer = ClosureTimer {
      loop.deferUntilTurnEnd(first)
      loop.deferUntilTurnEnd(first)
      log.append("timer")
    }
    loop.timers.arm(timer, afterMilliseconds: 1)
    try loop.run { !log.isEmpty }
    #expect(log == ["timer", "first", "second"])
    #expect(!first.isDeferred)
  }

  @Test("a task that defers itself for ever does not keep descriptors and timers waiting")
  func endlessTask() throws {
    let loop = try EventLoop()
    var runs = 0
    var isOver = false
    let endless = ClosureTask { this in
      runs += 1
      if !isOver { loop.deferUntilTurnEnd(this) }
    }
    loop.deferUntilTurnEnd(endless)
    var fired = false
    let timer = ClosureTimer { fired = true }
    loop.timers.arm(timer, afterMilliseconds: 2)
    try loop.run { fired }
    #expect(runs > 1)
    isOver = true
    loop.runOnce(timeoutMilliseconds: 0)
  }

  @Test("run returns after stop, called from a timer")
  func stop() throws {
    let loop = try EventLoop()
    let timer = ClosureTimer { loop.stop() }
    let before = loop.now
    loop.timers.arm(timer, afterMilliseconds: 5)
    loop.run()
    #expect(loop.now - before >= 5_000_000)
  }

  @Test("work posted from many threads runs on the loop, complete and in each thread's order")
  func mailbox() throws {
    final class Received: @unchecked Sendable {
      var items: [(thread: Int, number: Int)] = []
    }
    let loop = try EventLoop()
    let mailbox = loop.mailbox
    let received = Received()
    let threads = 4
    let perThread = 500
    for thread in 0..<threads {
      startThread {
        for number in 0..<perThread {
          mailbox.post { _ in received.items.append((thread, number)) }
        }
      }
    }
    try loop.run { received.items.count == threads * perThread }
    for thread in 0..<threads {
      #expect(received.items.filter { $0.thread == thread }.map(\.number) == Array(0..<perThread))
    }
  }

  @Test("a post wakes a loop that waits without a limit")
  func mailboxWakes() throws {
    let loop = try EventLoop()
    let mailbox = loop.mailbox
    startThread { mailbox.post { $0.stop() } }
    loop.run()
  }

  @Test("a mailbox outlives its loop and then refuses work")
  func mailboxAfterLoop() throws {
    let mailbox = try EventLoop().mailbox
    #expect(!mailbox.post { _ in })
  }

  @Test("now and the wall clock stand still within a turn")
  func time() throws {
    let loop = try EventLoop()
    let now = loop.now
    let wall = loop.wallClock
    #expect(loop.now == now)
    #expect(loop.wallClock == wall)
    let real = ProcessClock.wallClock()
    #expect(abs(real.seconds - wall.seconds) <= 2)
    loop.refreshNow()
    #expect(loop.now > now)
    #expect(loop.timers.now == loop.now)
  }

  @Test("signals arrive as events")
  func signals() throws {
    final class Recorder: SignalSource {
      var signals: [Int32] = []
      override func received(_ signal: Int32) { signals.append(signal) }
    }
    let loop = try EventLoop()
    let source = try Recorder([SIGUSR1, SIGWINCH])
    loop.register(source, interest: .readLevel)
    pthread_kill(pthread_self(), SIGWINCH)
    try loop.run { source.signals == [SIGWINCH] }
    pthread_kill(pthread_self(), SIGUSR1)
    try loop.run { source.signals == [SIGWINCH, SIGUSR1] }
    loop.close(source)
    SignalSource.unblock([SIGUSR1, SIGWINCH])
  }
}

/// Runs a body on a detached thread.
func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let reference = unsafe Unmanaged.passRetained(Box(body))
  let code = unsafe pthread_create(
    &thread, nil,
    { argument in
      if let argument = unsafe argument { unsafe Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
      return nil
    }, reference.toOpaque())
  #expect(code == 0)
  pthread_detach(thread)
}
