import Glibc
import Testing

@testable import EventLoop

@Suite("TLS streams")
struct TLSStreamTests {
  let certificates = TestCertificates.shared

  func pair(_ version: TLSVersion = .v1_3) throws -> TLSPair {
    var settings = certificates.client
    settings.maximumVersion = version
    let pair = try TLSPair(
      client: .client(settings), server: .server(TLSServerSettings(certificates: [certificates.certificate("a")])))
    try pair.handshake()
    #expect(pair.client.failure == nil && pair.server.failure == nil)
    return pair
  }

  @Test(
    "a large transfer in both directions arrives whole while one side reads only now and then",
    arguments: [TLSVersion.v1_2, .v1_3])
  func backPressure(version: TLSVersion) throws {
    let pair = try pair(version)
    var generator = SplitMix64(state: 1)
    let size = 6 << 20
    let forth = (0..<size / 8).flatMap { _ in unsafe withUnsafeBytes(of: generator.next()) { unsafe Array($0) } }
    let back = Array(forth.reversed())
    pair.server.readsAreOn = false
    pair.client.outgoing = forth
    pair.server.outgoing = back
    pair.client.pump()
    pair.server.pump()
    try pair.loop.run { pair.client.received.count == size || pair.client.timesBlocked > 0 }
    // Nothing was read yet, so the client cannot have sent all.
    try pair.loop.run { pair.client.timesBlocked > 0 }
    #expect(pair.client.sent < size)
    let atPause = pair.server.received.count
    #expect(atPause == 0)
    pair.server.readsAreOn = true
    pair.server.pump()
    try pair.loop.run { pair.client.received.count == size && pair.server.received.count == size }
    #expect(pair.server.received == forth)
    #expect(pair.client.received == back)
    pair.close()
  }

  @Test("a close_notify is the end of the stream; the other direction goes on")
  func orderlyEnd() throws {
    let pair = try pair()
    pair.client.outgoing = Array("last words".utf8)
    pair.client.pump()
    pair.client.transport.shutdownWrite()
    try pair.loop.run { pair.server.end != nil }
    #expect(pair.server.end == .endOfStream)
    #expect(pair.server.received == Array("last words".utf8))
    pair.server.outgoing = Array("answer".utf8)
    pair.server.pump()
    try pair.loop.run { pair.client.received.count == 6 }
    pair.close()
  }

  @Test("a connection closed without close_notify is told as truncated")
  func truncation() throws {
    let pair = try pair()
    pair.server.outgoing = Array("partial".utf8)
    pair.server.pump()
    try pair.loop.run { pair.client.received.count == 7 }
    pair.loop.close(pair.server)
    try pair.loop.run { pair.client.end != nil }
    #expect(pair.client.end == .failed(TLSFailure.truncated))
    #expect(
      pair.client.transport.failureText(TLSFailure.truncated)
        == "the peer closed the connection without a TLS close_notify")
    pair.close()
  }

  @Test("writing to a connection that is gone is an error and no signal")
  func brokenPipe() throws {
    let pair = try pair()
    // SIGPIPE has its default action here: raised, it would end the test run.
    pair.client.readsAreOn = false
    pair.loop.close(pair.server)
    var last = IOResult.bytes(0)
    for _ in 0..<1000 {
      last = unsafe [UInt8](repeating: 1, count: 1000).withUnsafeBytes { unsafe pair.client.transport.write($0) }
      guard case .bytes = last else { break }
    }
    #expect(last == .failed(EPIPE) || last == .failed(ECONNRESET))
    pair.client.transport.shutdownWrite()
    pair.close()
  }

  @Test("bytes that are not TLS break the connection with words for it")
  func garbage() throws {
    let pair = try pair()
    send("not a record at all, by any measure", on: pair.server.descriptor)
    try pair.loop.run { pair.client.end != nil }
    #expect(pair.client.end == .failed(TLSFailure.protocol))
    #expect(pair.client.transport.failureText(TLSFailure.protocol).hasPrefix("TLS: "))
    let after = unsafe [UInt8(1)].withUnsafeBytes { unsafe pair.client.transport.write($0) }
    #expect(after == .failed(TLSFailure.protocol))
    pair.close()
  }

  @Test("short pieces go out as one record, long ones in full, in order")
  func gathering() throws {
    let pair = try pair()
    var parts = [Array("head".utf8), Array("er; ".utf8), [], Array("body".utf8)]
    #expect(writeAll(&parts, to: &pair.client.transport) == .bytes(12))
    try pair.loop.run { pair.server.received.count == 12 }
    #expect(pair.server.received == Array("header; body".utf8))
    #expect(pair.server.readSizes == [12])
    pair.server.received = []
    let sizes = [100, 16_384, 5000, 40_000, 1, 16_383, 16_385]
    parts = sizes.enumerated().map { [UInt8](repeating: UInt8($0.offset), count: $0.element) }
    let whole = parts.flatMap { $0 }
    #expect(writeAll(&parts, to: &pair.client.transport) == .bytes(whole.count))
    try pair.loop.run { pair.server.received.count == whole.count }
    #expect(pair.server.received == whole)
    pair.close()
  }

  @Test("a gathered write that would block can be offered again, longer and from elsewhere")
  func repeatedWrite() throws {
    let pair = try pair()
    pair.server.readsAreOn = false
    var offered = 0
    var accepted = 0
    var blocked = false
    while !blocked {
      #expect(offered < 1 << 30)
      var parts = [[UInt8](repeating: 1, count: 300), [UInt8](repeating: 2, count: 3000)]
      switch writeAll(&parts, to: &pair.client.transport) {
      case .bytes(let count):
        // All pieces fit into one record, which is taken whole or not at all.
        #expect(count == 3300)
        accepted += count
      case .wouldBlock: blocked = true
      case let other:
        Issue.record("\(other)")
        return
      }
      offered += 3300
    }
    pair.server.readsAreOn = true
    pair.server.pump()
    var last = IOResult.wouldBlock
    try pair.loop.run {
      if last == .wouldBlock {
        var parts = [
          [UInt8](repeating: 1, count: 300), [UInt8](repeating: 2, count: 3000), [UInt8](repeating: 3, count: 20_000),
        ]
        last = writeAll(&parts, to: &pair.client.transport)
        if case .bytes(let count) = last { accepted += count }
      }
      return last != .wouldBlock
    }
    #expect(last != .wouldBlock)
    try pair.loop.run { pair.server.received.count == accepted }
    let tail = pair.server.received.suffix(accepted % 3300 == 0 ? 0 : accepted - (offered - 3300))
    #expect(tail.prefix(300).allSatisfy { $0 == 1 })
    #expect(tail.dropFirst(300).prefix(3000).allSatisfy { $0 == 2 })
    #expect(tail.dropFirst(3300).allSatisfy { $0 == 3 })
    pair.close()
  }
}
