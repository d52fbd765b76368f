import Glibc
import Testing

@testable import EventLoop

@Suite("Plain streams and slabs")
struct StreamTests {
  @Test("several pieces are written in order, and both ends are told apart from an empty socket")
  func pieces() throws {
    let (client, server) = try connectedPair()
    defer {
      Sockets.close(client)
      Sockets.close(server)
    }
    var out = Transport(descriptor: client)
    var into = Transport(descriptor: server)
    #expect(receive(&into).result == .wouldBlock)
    var parts = [Array("head ".utf8), [], Array("body".utf8)]
    #expect(writeAll(&parts, to: &out) == .bytes(9))
    #expect(receive(&into).bytes == Array("head body".utf8))
    out.shutdownWrite()
    #expect(receive(&into).result == .endOfStream)
    // The other direction still works.
    send("late", on: server)
    #expect(receive(&out).bytes == Array("late".utf8))
  }

  @Test("a full socket would block, and a closed peer is an error and no signal")
  func fullAndBroken() throws {
    let (client, server) = try connectedPair()
    var out = Transport(descriptor: client)
    let chunk = [UInt8](repeating: 7, count: 1 << 16)
    var last = IOResult.bytes(0)
    for _ in 0..<10_000 {
      last = unsafe chunk.withUnsafeBytes { unsafe out.write($0) }
      if last == .wouldBlock { break }
    }
    #expect(last == .wouldBlock)
    // Unread bytes make this a reset.
    Sockets.close(server)
    let failure = unsafe chunk.withUnsafeBytes { unsafe out.write($0) }
    guard case .failed(let code) = failure else {
      Issue.record("\(failure)")
      return
    }
    #expect(code == ECONNRESET || code == EPIPE)
    #expect(out.failureText(EPIPE) == "Broken pipe (32)")
    let again = unsafe chunk.withUnsafeBytes { unsafe out.write($0) }
    #expect(again == .failed(EPIPE))
    Sockets.close(client)
  }

  @Test("a slab counts what was written and read, and makes room by moving what waits")
  func slab() {
    let slab = Slab()
    #expect(slab.isEmpty && slab.space == Slab.capacity)
    unsafe slab.writable.copyBytes(from: Array("hello world".utf8))
    slab.produced(11)
    slab.consumed(6)
    #expect(unsafe slab.readable.elementsEqual("world".utf8))
    slab.compact()
    #expect(slab.start == 0 && slab.end == 5 && slab.space == Slab.capacity - 5)
    #expect(unsafe slab.readable.elementsEqual("world".utf8))
    slab.consumed(5)
    #expect(slab.start == 0 && slab.end == 0)
  }

  @Test("a pool hands out what was given back, keeps no more than its limit, and counts what is out")
  func pool() {
    let pool = SlabPool(limit: 2)
    weak var third: Slab?
    do {
      let slabs = (0..<3).map { _ in pool.take() }
      #expect(pool.takenCount == 3)
      slabs[0].produced(10)
      third = slabs[2]
      for slab in slabs { pool.give(slab) }
      #expect(pool.takenCount == 0)
      let again = [pool.take(), pool.take()]
      #expect(again[0] === slabs[1] && again[1] === slabs[0])
      #expect(again[1].isEmpty)
      for slab in again { pool.give(slab) }
    }
    #expect(third == nil)
  }

  @Test("large slabs are kept apart from the others, a few of them, and go when the pool shrinks")
  func largeSlabs() {
    let pool = SlabPool(limit: 2)
    weak var kept: Slab?
    do {
      let large = (0..<5).map { _ in pool.takeLarge() }
      let ordinary = pool.take()
      #expect(large.allSatisfy { $0.space == Slab.largeCapacity } && ordinary.space == Slab.capacity)
      #expect(pool.takenCount == 6)
      kept = large[3]
      for slab in large { pool.give(slab) }
      pool.give(ordinary)
      #expect(pool.takenCount == 0)
      #expect(pool.take() === ordinary)
      #expect(pool.takeLarge() === large[3])
      pool.give(large[3])
    }
    #expect(kept != nil)
    pool.shrink(to: 1)
    #expect(kept == nil)
  }
}

/// Writes pieces in one call.
func writeAll(_ parts: inout [[UInt8]], to transport: inout Transport) -> IOResult {
  // The bytes are copied so that their addresses hold for the call.
  var vectors: [iovec] = unsafe []
  defer { unsafe vectors.forEach { unsafe $0.iov_base?.deallocate() } }
  for part in parts {
    let base = UnsafeMutableRawPointer.allocate(byteCount: max(1, part.count), alignment: 1)
    unsafe base.copyMemory(from: part, byteCount: part.count)
    unsafe vectors.append(iovec(iov_base: base, iov_len: part.count))
  }
  let count = unsafe vectors.count
  return unsafe vectors.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { return IOResult.bytes(0) }
    return unsafe transport.writev(base, count: count)
  }
}
