import EventLoop
import Glibc

/// A socket with what has been read from it and what waits to be written to it: the common part of both sides.
///
/// Safety: slabs and buffers belong to the connection while it holds them; views of them are used before the next read
/// or write.
@safe class Connection: EventSource {
  unowned(unsafe) let worker: ProxyWorker
  final var transport: Transport
  /// Bytes read and not yet consumed; given back to the pool when empty.
  final var input: Slab?
  /// Bytes that the kernel did not take yet.
  final var output: ByteBuffer?
  /// The kernel may have bytes for us: set by an event, cleared by a read that came up short.
  final var mayRead = false
  /// A TLS handshake is under way.
  final var isHandshaking = false
  /// The peer has ended its side.
  final var sawEnd = false
  /// An event told that the peer has ended its side, or the connection: no further one will, so reading goes on to the
  /// end.
  final var isEnding = false
  final let deadline: DeadlineTimer

  init(worker: ProxyWorker, descriptor: Int32, tls: TLSSession?) {
    unsafe self.worker = worker
    transport = Transport(descriptor: descriptor, tls: tls)
    isHandshaking = tls != nil
    deadline = DeadlineTimer(loop: worker.loop)
    super.init(descriptor: descriptor)
    unsafe deadline.connection = self
  }

  final var hasPendingOutput: Bool { output != nil }
  final var isClosed: Bool { descriptor < 0 }

  /// The deadline that was set has passed.
  func deadlinePassed() {}

  /// Takes from an event what it says about reading.
  final func noteReadable(_ events: Events) {
    if !events.isDisjoint(with: [.peerClosed, .hangup, .error]) { isEnding = true }
    if isEnding || events.contains(.readable) || transport.tls != nil { mayRead = true }
  }

  // MARK: Reading

  enum FillResult { case filled, nothing, end, failed(Int32) }

  /// Reads once into the input slab, which must have room.
  ///
  /// - Parameter expected: how much is to come, as far as it is known: for more than a slab holds, a large one is taken.
  final func fill(expected: UInt64 = 0) -> FillResult {
    let slab: Slab
    if let input {
      slab = input
    } else {
      slab = unsafe expected > UInt64(Slab.capacity) ? worker.slabs.takeLarge() : worker.slabs.take()
      input = slab
    }
    let room = unsafe slab.writable
    guard room.count > 0 else { return .filled }
    switch unsafe transport.read(into: room) {
    case .bytes(let count):
      slab.produced(count)
      if count < room.count, transport.shortReadMeansDrained, !isEnding { mayRead = false }
      return .filled
    case .wouldBlock:
      mayRead = false
      releaseInputIfEmpty()
      return .nothing
    case .endOfStream:
      mayRead = false
      sawEnd = true
      releaseInputIfEmpty()
      return .end
    case .failed(let code):
      mayRead = false
      sawEnd = true
      releaseInputIfEmpty()
      return .failed(code)
    }
  }

  /// Reads once to the end of a buffer; there must be no input that was read before.
  final func read(to buffer: ByteBuffer, atMost limit: UInt64) -> IOResult {
    buffer.reserve(Int(min(limit, UInt64(Slab.largeCapacity))))
    let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer.room.prefix(Int(clamping: limit)))
    let result = unsafe transport.read(into: room)
    switch result {
    case .bytes(let count):
      buffer.produced(count)
      if count < room.count, transport.shortReadMeansDrained, !isEnding { mayRead = false }
    case .wouldBlock: mayRead = false
    case .endOfStream, .failed:
      mayRead = false
      sawEnd = true
    }
    return result
  }

  final func releaseInputIfEmpty() {
    if let slab = input, slab.isEmpty {
      input = nil
      unsafe worker.slabs.give(slab)
    }
  }

  // MARK: Writing

  enum SendResult { case sent, pending, failed }

  /// Writes up to three pieces, in order. What the kernel does not take is kept and goes out when it can.
  final func send(
    _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer = unsafe .init(start: nil, count: 0),
    _ third: UnsafeRawBufferPointer = unsafe .init(start: nil, count: 0)
  ) -> SendResult {
    if let output {
      unsafe output.append(first)
      unsafe output.append(second)
      unsafe output.append(third)
      return .pending
    }
    let total = first.count &+ second.count &+ third.count
    guard total > 0 else { return .sent }
    let result: IOResult
    if second.count == 0, third.count == 0 {
      result = unsafe transport.write(first)
    } else {
      var vectors = unsafe (
        iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count),
        iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count),
        iovec(iov_base: UnsafeMutableRawPointer(mutating: third.baseAddress), iov_len: third.count)
      )
      result = unsafe withUnsafePointer(to: &vectors) { pointer in
        unsafe pointer.withMemoryRebound(to: iovec.self, capacity: 3) { unsafe transport.writev($0, count: 3) }
      }
    }
    switch result {
    case .bytes(let written):
      bytesWritten(written)
      if written == total { return .sent }
      unsafe keep(first, second, third, skipping: written)
      return .pending
    case .wouldBlock:
      unsafe keep(first, second, third, skipping: 0)
      return .pending
    case .endOfStream, .failed:
      return .failed
    }
  }

  /// Counts what went out.
  func bytesWritten(_ count: Int) {}

  private final func keep(
    _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer, _ third: UnsafeRawBufferPointer,
    skipping written: Int
  ) {
    let buffer = unsafe worker.buffers.take()
    var skip = written
    func append(_ piece: UnsafeRawBufferPointer) {
      let skipped = min(skip, piece.count)
      skip &-= skipped
      unsafe buffer.append(UnsafeRawBufferPointer(rebasing: piece[skipped...]))
    }
    unsafe append(first)
    unsafe append(second)
    unsafe append(third)
    output = buffer
  }

  /// Writes what waits.
  final func flush() -> SendResult {
    guard let buffer = output else { return .sent }
    while !buffer.isEmpty {
      switch unsafe transport.write(buffer.bytes) {
      case .bytes(let written):
        bytesWritten(written)
        buffer.consume(written)
      case .wouldBlock:
        return .pending
      case .endOfStream, .failed:
        return .failed
      }
    }
    output = nil
    unsafe worker.buffers.give(buffer)
    return .sent
  }

  /// Closes the socket and gives back what it held.
  final func closeSocket() {
    guard !isClosed else { return }
    deadline.disarm()
    if let tls = transport.tls, !isHandshaking { tls.shutdown() }
    unsafe worker.loop.close(self)
    if let slab = input {
      input = nil
      slab.clear()
      unsafe worker.slabs.give(slab)
    }
    if let buffer = output {
      output = nil
      unsafe worker.buffers.give(buffer)
    }
  }
}

/// A deadline that moves often: setting it later than it was only stores it; the wheel is touched when it fires or when
/// the deadline comes closer.
final class DeadlineTimer: Timer {
  private unowned(unsafe) let loop: EventLoop
  unowned(unsafe) var connection: Connection?
  /// Monotonic nanoseconds; 0 for none.
  private var deadline: UInt64 = 0
  private var armedFor: UInt64 = 0

  init(loop: EventLoop) { unsafe self.loop = loop }

  func set(milliseconds: Int) {
    let value = unsafe loop.now &+ UInt64(max(1, milliseconds)) &* 1_000_000
    deadline = value
    if armedFor == 0 || value < armedFor {
      armedFor = value
      unsafe loop.timers.arm(self, at: value)
    }
  }

  /// No deadline for now; the wheel may still fire, to no effect.
  func clear() { deadline = 0 }

  func disarm() {
    deadline = 0
    armedFor = 0
    unsafe loop.timers.cancel(self)
  }

  override func fire() {
    armedFor = 0
    guard deadline != 0 else { return }
    if unsafe deadline > loop.now {
      armedFor = deadline
      unsafe loop.timers.arm(self, at: deadline)
      return
    }
    deadline = 0
    unsafe connection?.deadlinePassed()
  }
}
