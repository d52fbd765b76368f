import CLinux
import Glibc

/// A connected byte stream on a non-blocking socket: plain, or through TLS.
///
/// It does not own the descriptor: that is the `EventSource`'s. Writing to a closed connection is an error and never raises SIGPIPE.
public struct Transport {
  /// The socket.
  public var descriptor: Int32
  /// The TLS session once there is one; nil for a plain stream.
  public var tls: TLSSession?

  /// A stream over a socket; with `tls` the session's handshake comes first.
  @inlinable
  public init(descriptor: Int32, tls: TLSSession? = nil) {
    self.descriptor = descriptor
    self.tls = tls
  }

  /// Whether a read that gives fewer bytes than asked for has taken everything there is. With TLS it has not: a read gives at most
  /// one record.
  @inlinable
  public var shortReadMeansDrained: Bool { tls == nil }

  /// Reads what is there, at most `buffer.count` bytes (at least one must be asked for).
  ///
  /// Safety: the buffer is writable for its whole length.
  @unsafe
  public mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> IOResult {
    if let tls { return unsafe tls.read(into: buffer) }
    while true {
      let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count > 0 { return .bytes(count) }
      if count == 0 { return .endOfStream }
      let code = errno
      if code == EAGAIN { return .wouldBlock }
      if code != EINTR { return .failed(code) }
    }
  }

  /// Writes as much of the buffer as fits, at least one byte.
  ///
  /// With TLS, after `wouldBlock` the next write must offer at least the same bytes again, first: they are already encrypted.
  ///
  /// Safety: the buffer is readable for its whole length.
  @unsafe
  public mutating func write(_ buffer: UnsafeRawBufferPointer) -> IOResult {
    if let tls { return unsafe tls.write(buffer) }
    while true {
      let count = unsafe send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
      if count >= 0 { return .bytes(count) }
      let code = errno
      if code == EAGAIN { return .wouldBlock }
      if code != EINTR { return .failed(code) }
    }
  }

  /// Writes as much of several buffers as fits, in one system call; with TLS, pieces that fit into one record go out as one.
  ///
  /// Safety: `vectors` points to `count` entries (at most 1024, `IOV_MAX`), each readable for its whole length.
  @unsafe
  public mutating func writev(_ vectors: UnsafePointer<iovec>, count: Int) -> IOResult {
    if let tls { return unsafe tls.writev(vectors, count: count) }
    var message = unsafe msghdr()
    // sendmsg only reads the vectors; the structure has no const pointer because recvmsg shares it.
    unsafe message.msg_iov = UnsafeMutablePointer(mutating: vectors)
    unsafe message.msg_iovlen = count
    while true {
      let written = unsafe sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
      if written >= 0 { return .bytes(written) }
      let code = errno
      if code == EAGAIN { return .wouldBlock }
      if code != EINTR { return .failed(code) }
    }
  }

  /// Ends our side of the stream: a close_notify with TLS, then a FIN. The other side can still be read.
  public mutating func shutdownWrite() {
    if let tls { tls.shutdown() }
    _ = Glibc.shutdown(descriptor, Int32(SHUT_WR))
  }

  /// The words for the code of an `IOResult.failed` that this stream gave.
  public func failureText(_ code: Int32) -> String {
    if code >= 0 { return "\(SystemError.text(for: code)) (\(code))" }
    return tls?.lastErrorText ?? "TLS failure"
  }
}
