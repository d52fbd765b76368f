import CLinux
import Glibc

/// A connected, blocking TCP socket; closed when its last reference goes.
///
/// Used by one thread only. The unsafe expressions hand the kernel buffers that live for the length of the call.
final class Socket {
  /// Why nothing more can be read or written.
  enum Failure: Error {
    /// The peer closed its side, or reset the connection.
    case gone
  }

  private var descriptor: Int32
  /// How many bytes the kernel took.
  private(set) var written = 0

  /// Takes over an accepted descriptor.
  init(descriptor: Int32) {
    self.descriptor = descriptor
    setOption(level: Int32(IPPROTO_TCP), name: TCP_NODELAY, value: 1)
  }

  deinit { close() }

  /// Reads what is there, waiting for at least one byte; 0 at the end.
  func read(into buffer: inout [UInt8], upTo count: Int) throws(Failure) -> Int {
    // The block is not cleared first: the kernel says how much of it it filled.
    var received = -1
    let block = unsafe [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
      repeat {
        received = unsafe recv(descriptor, bytes.baseAddress, count, 0)
      } while received < 0 && errno == EINTR
      filled = max(0, received)
    }
    buffer += block
    guard received >= 0 else { throw .gone }
    return received
  }

  /// Writes all of `bytes` in one call, or as few as the kernel allows.
  func write(_ bytes: ArraySlice<UInt8>) throws(Failure) {
    var offset = 0
    while offset < bytes.count {
      let sent = unsafe bytes.withUnsafeBytes { buffer in
        unsafe send(
          descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset, Int32(MSG_NOSIGNAL))
      }
      if sent < 0 {
        if errno == EINTR { continue }
        throw .gone
      }
      written += sent
      offset += sent
    }
  }

  /// Waits, and fails as soon as the peer has closed or reset the connection.
  func wait(milliseconds: Int) throws(Failure) {
    let deadline = Clock.milliseconds() + milliseconds
    var left = milliseconds
    repeat {
      var entry = pollfd(fd: descriptor, events: Int16(truncatingIfNeeded: POLLRDHUP_EVENT), revents: 0)
      let ready = unsafe poll(&entry, 1, Int32(clamping: left))
      if ready > 0 { throw .gone }
      left = deadline - Clock.milliseconds()
    } while left > 0
  }

  /// Waits until the peer has closed or reset the connection.
  func waitUntilGone() {
    while (try? wait(milliseconds: 3_600_000)) != nil {}
  }

  /// Closes the connection with a reset instead of an end.
  func reset() {
    guard descriptor >= 0 else { return }
    var lingering = linger(l_onoff: 1, l_linger: 0)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &lingering, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  /// Closes in order: what the peer still sends is read for a short time, so that it sees our last bytes and not a reset.
  func finish() {
    guard descriptor >= 0 else { return }
    _ = shutdown(descriptor, Int32(SHUT_WR))
    var timeout = timeval(tv_sec: 0, tv_usec: 200_000)
    _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    var scratch: [UInt8] = []
    var rounds = 0
    while rounds < 64, let count = try? read(into: &scratch, upTo: 65_536), count > 0 {
      scratch.removeAll(keepingCapacity: true)
      rounds += 1
    }
    close()
  }

  /// Closes the connection.
  func close() {
    if descriptor >= 0 { _ = Glibc.close(descriptor) }
    descriptor = -1
  }

  private func setOption(level: Int32, name: Int32, value: Int32) {
    var value = value
    _ = unsafe setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// `POLLRDHUP`, which Glibc hides behind `_GNU_SOURCE`; errors and hang-ups are reported without asking.
  private var POLLRDHUP_EVENT: Int { 0x2000 }
}

/// The two clocks.
enum Clock {
  /// A time that only grows, in milliseconds.
  static func milliseconds() -> Int {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }

  /// The calendar time in milliseconds since 1970.
  static func unixMilliseconds() -> Int {
    var time = timespec()
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}

extension Clock {
  /// Sleeps.
  static func sleep(microseconds: Int) {
    _ = usleep(useconds_t(clamping: microseconds))
  }
}
