import EventLoop
import Glibc
import HTTP

/// After 101: bytes both ways, until both sides have ended.
extension Exchange {
  func beginTunnel() {
    responseState = .tunnel
    requestState = .complete
    keepAlive = false
    let out = unsafe worker.scratch
    out.removeAll()
    beginResponseHead(to: out, wholeLength: nil)
    if case .failed = unsafe client.send(out.bytes) {
      clientGone()
      return
    }
    unsafe client.mayRead = true
    pumpTunnel()
  }

  func pumpTunnel() {
    guard let upstream else { return }
    let idle = attempt.timeouts.read
    upstream.deadline.set(milliseconds: idle)
    var moved = true
    while moved, !isFinished {
      moved = false
      if unsafe !move(from: client, to: upstream, leftover: requestBytes.leftover, &moved) { return endTunnel() }
      if unsafe !move(from: upstream, to: client, leftover: responseBytesHead.leftover, &moved) { return endTunnel() }
    }
    if unsafe client.sawEnd, upstream.sawEnd, unsafe !client.hasPendingOutput, !upstream.hasPendingOutput {
      endTunnel()
    }
  }

  /// Moves what is there; false when the tunnel is broken.
  private func move(
    from source: Connection, to sink: Connection, leftover: Slab?, _ moved: inout Bool
  ) -> Bool {
    guard !sink.hasPendingOutput else { return true }
    if let slab = leftover, !slab.isEmpty {
      moved = true
      let bytes = unsafe slab.readable
      slab.start = slab.end
      if case .failed = unsafe sink.send(bytes) { return false }
      return true
    }
    if let slab = source.input, !slab.isEmpty {
      moved = true
      let bytes = unsafe slab.readable
      let result = unsafe sink.send(bytes)
      slab.clear()
      if case .failed = result { return false }
      return true
    }
    guard source.mayRead, !source.sawEnd else { return true }
    switch source.fill() {
    case .filled: moved = true
    case .nothing: break
    case .end: sink.transport.shutdownWrite()
    case .failed: return false
    }
    return true
  }

  func endTunnel() {
    guard !isFinished else { return }
    dropUpstream()
    finish(complete: true)
    unsafe client.close()
  }
}
