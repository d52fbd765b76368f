import COpenSSL
import Glibc

/// Reading and writing. The same rules as for `Transport`, which passes on to here.
extension TLSSession {
  /// Whether bytes wait in OpenSSL's buffer, of which epoll knows nothing.
  public var hasBufferedInput: Bool { unsafe SSL_has_pending(handle) == 1 }

  /// Reads at most one record's worth of bytes.
  ///
  /// Safety: the buffer is writable for its whole length.
  @unsafe
  public func read(into buffer: UnsafeMutableRawBufferPointer) -> IOResult {
    if isBroken { return .failed(TLSFailure.protocol) }
    ERR_clear_error()
    errno = 0
    let count = unsafe SSL_read(handle, buffer.baseAddress, Int32(clamping: buffer.count))
    if count > 0 {
      readWantsWritable = false
      return .bytes(Int(count))
    }
    let code = errno
    let kind = unsafe SSL_get_error(handle, count)
    readWantsWritable = kind == SSL_ERROR_WANT_WRITE
    switch kind {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wouldBlock
    case SSL_ERROR_ZERO_RETURN: return .endOfStream
    default: return failed(kind, code)
    }
  }

  /// Writes as many whole records as fit; at most one when it returns less than offered.
  ///
  /// Safety: the buffer is readable for its whole length.
  @unsafe
  public func write(_ buffer: UnsafeRawBufferPointer) -> IOResult {
    if isBroken { return .failed(TLSFailure.protocol) }
    // SSL_write of nothing would send nothing but also is not defined to succeed.
    if unsafe buffer.isEmpty { return .bytes(0) }
    ERR_clear_error()
    errno = 0
    let count = unsafe SSL_write(handle, buffer.baseAddress, Int32(clamping: buffer.count))
    if count > 0 {
      writeWantsReadable = false
      return .bytes(Int(count))
    }
    let code = errno
    let kind = unsafe SSL_get_error(handle, count)
    writeWantsReadable = kind == SSL_ERROR_WANT_READ
    switch kind {
    case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wouldBlock
    default: return failed(kind, code)
    }
  }

  /// Writes several pieces as one stream of full records: short ones are collected, a long one is not copied.
  ///
  /// Safety: `vectors` points to `count` entries, each readable for its whole length; offsets stay below the lengths.
  @unsafe
  public func writev(_ vectors: UnsafePointer<iovec>, count: Int) -> IOResult {
    var written = 0
    var index = 0
    var offset = 0
    while index < count {
      let left = unsafe vectors[index].iov_len &- offset
      if left == 0 {
        index &+= 1
        offset = 0
        continue
      }
      let piece: UnsafeRawBufferPointer
      if left >= TLSContext.recordSize || index == count &- 1, let base = unsafe vectors[index].iov_base {
        unsafe piece = UnsafeRawBufferPointer(start: base + offset, count: left)
      } else {
        unsafe piece = gather(vectors, count: count, index: index, offset: offset)
      }
      switch unsafe write(piece) {
      case .bytes(var taken):
        written &+= taken
        while taken > 0 {
          let step = unsafe min(taken, vectors[index].iov_len &- offset)
          taken &-= step
          offset &+= step
          if unsafe offset == vectors[index].iov_len {
            index &+= 1
            offset = 0
          }
        }
      case let other:
        // What was taken before is reported first; a failure repeats itself with the next write.
        return written > 0 ? .bytes(written) : other
      }
    }
    return .bytes(written)
  }

  /// Collects up to one record of bytes in the context's scratch buffer. OpenSSL encrypts them at once, so the buffer is free
  /// again when the write returns, whatever it returns.
  private func gather(
    _ vectors: UnsafePointer<iovec>, count: Int, index: Int, offset: Int
  ) -> UnsafeRawBufferPointer {
    let scratch = unsafe context.scratch
    var filled = 0
    var index = index
    var offset = offset
    while index < count && filled < scratch.count {
      let step = unsafe min(vectors[index].iov_len &- offset, scratch.count &- filled)
      if step > 0, let source = unsafe vectors[index].iov_base, let target = scratch.baseAddress {
        unsafe (target + filled).copyMemory(from: source + offset, byteCount: step)
      }
      filled &+= step
      index &+= 1
      offset = 0
    }
    return unsafe UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(scratch)[..<filled])
  }

  /// Tells the peer that nothing more will come (close_notify). What the peer sends can still be read. When the socket takes no more,
  /// it is not sent.
  public func shutdown() {
    guard isEstablished, !isBroken else { return }
    ERR_clear_error()
    _ = unsafe SSL_shutdown(handle)
    ERR_clear_error()
  }

  private func failed(_ kind: Int32, _ code: Int32) -> IOResult {
    isBroken = true
    if kind == SSL_ERROR_SYSCALL && code != 0 {
      lastErrorText = "\(SystemError.text(for: code)) (\(code))"
      ERR_clear_error()
      return .failed(code)
    }
    if kind == SSL_ERROR_SYSCALL || OpenSSLErrors.isFirst(sslReason: SSL_R_UNEXPECTED_EOF_WHILE_READING) {
      lastErrorText = "the peer closed the connection without a TLS close_notify"
      ERR_clear_error()
      return .failed(TLSFailure.truncated)
    }
    lastErrorText = "TLS: \(OpenSSLErrors.takeText())"
    return .failed(TLSFailure.protocol)
  }
}
