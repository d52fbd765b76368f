import CLinux
import Glibc

/// The file of a writer, which many processes append to. Used by the writer's thread only.
///
/// A batch goes to the end of the file with one `write` while an exclusive `flock` is held. When the file takes only a
/// part, the file is cut back to the end of the last whole line under the same lock. So no line is ever torn, whoever else
/// of the gateway writes.
struct LogFile {
  let path: String
  private var descriptor: Int32 = -1
  private var isRegular = false
  private var device: UInt64 = 0
  private var inode: UInt64 = 0
  /// The file ends within a line that somebody left unfinished.
  private var endsWithinLine = false
  private var hasLookedAtEnd = false

  init(path: String) { self.path = path }

  /// Appends what is left of a batch, and notes in it what was written.
  ///
  /// - Parameters:
  ///   - reopens: open the file anew when the path names another one or none.
  ///   - lockWait: the longest wait for the lock, in nanoseconds.
  mutating func append(_ batch: inout RecordQueue.Batch, reopens: Bool, lockWait: UInt64) -> WriteFailure? {
    if reopens, descriptor >= 0, !isStillThere() { close() }
    if let failure = openIfNeeded() ?? lock(wait: lockWait) { return failure }
    defer { flock(descriptor, LOCK_UN) }
    if let failure = finishLine() { return failure }
    return isRegular ? appendWhole(&batch) : stream(&batch, wait: lockWait)
  }

  /// Closes the file.
  mutating func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
  }

  // MARK: Opening

  private mutating func openIfNeeded() -> WriteFailure? {
    guard descriptor < 0 else { return nil }
    // Not blocking: a pipe without a reader must not hold the thread.
    let opened = unsafe path.withCString {
      unsafe open($0, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0o644)
    }
    guard opened >= 0 else { return WriteFailure(step: .open, code: errno) }
    var status = stat()
    guard unsafe fstat(opened, &status) == 0 else {
      let code = errno
      Glibc.close(opened)
      return WriteFailure(step: .open, code: code)
    }
    descriptor = opened
    isRegular = status.st_mode & S_IFMT == S_IFREG
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
    endsWithinLine = false
    hasLookedAtEnd = false
    return nil
  }

  /// Whether the path still names the open file.
  private func isStillThere() -> Bool {
    var status = stat()
    guard unsafe path.withCString({ unsafe stat($0, &status) }) == 0 else { return false }
    return UInt64(truncatingIfNeeded: status.st_dev) == device && UInt64(truncatingIfNeeded: status.st_ino) == inode
  }

  // MARK: Locking

  private func lock(wait: UInt64) -> WriteFailure? {
    let deadline = Monitor.now &+ wait
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK:
        guard Monitor.now < deadline else { return WriteFailure(step: .lock, code: EWOULDBLOCK) }
        usleep(500)
      // A file system without locks: appending is still one call.
      case ENOLCK, EINVAL, EOPNOTSUPP: return nil
      default: return WriteFailure(step: .lock, code: errno)
      }
    }
    return nil
  }

  // MARK: Writing

  /// Ends the line that somebody left unfinished: this writer's own last one, or that of a process that was killed.
  private mutating func finishLine() -> WriteFailure? {
    if isRegular, !hasLookedAtEnd {
      endsWithinLine = endsWithoutLineFeed()
      hasLookedAtEnd = true
    }
    guard endsWithinLine else { return nil }
    var lineFeed = LineFeeds.lineFeed
    guard unsafe Glibc.write(descriptor, &lineFeed, 1) == 1 else {
      return WriteFailure(step: isRegular ? .write : .stream, code: errno)
    }
    endsWithinLine = false
    return nil
  }

  /// Whether the open file's last byte is something else than a line feed; false when it cannot be read.
  private func endsWithoutLineFeed() -> Bool {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_size > 0 else { return false }
    let reader = unsafe "/proc/self/fd/\(descriptor)".withCString { unsafe open($0, O_RDONLY | O_CLOEXEC) }
    guard reader >= 0 else { return false }
    defer { Glibc.close(reader) }
    var last: UInt8 = 0
    guard unsafe pread(reader, &last, 1, status.st_size - 1) == 1 else { return false }
    return last != LineFeeds.lineFeed
  }

  /// Appends to a regular file: all, or whole lines.
  private mutating func appendWhole(_ batch: inout RecordQueue.Batch) -> WriteFailure? {
    let size = batch.remaining
    var sent = 0
    while sent < size {
      // One call takes all, unless the disk is full, or nearly: then the next says what is wrong.
      let count = Self.write(descriptor, batch, from: sent, size - sent)
      if count > 0 {
        sent += count
        continue
      }
      let code = count < 0 ? errno : EIO
      if code == EINTR { continue }
      let end = LineFeeds.last(in: batch.bytes, from: batch.written, to: batch.written + sent)
      let whole = end.map { $0 + 1 - batch.written } ?? 0
      // In a file that cannot be cut the line stays torn, and is written again as another.
      endsWithinLine = !cutBack(by: sent - whole)
      batch.didWrite(whole)
      return WriteFailure(step: .write, code: code)
    }
    batch.didWrite(size)
    return nil
  }

  /// Takes the last bytes off the file, which this writer has just written.
  private func cutBack(by count: Int) -> Bool {
    guard count > 0 else { return true }
    let end = lseek(descriptor, 0, SEEK_CUR)
    var status = stat()
    // Somebody who does not know the lock may have appended behind: cutting would take away what is theirs.
    guard end >= count, unsafe fstat(descriptor, &status) == 0, status.st_size == end else {
      errno = EIO
      return false
    }
    return ftruncate(descriptor, end - count) == 0
  }

  /// Writes to a pipe or device: as many whole lines with a call as a pipe takes whole.
  private mutating func stream(_ batch: inout RecordQueue.Batch, wait: UInt64) -> WriteFailure? {
    let deadline = Monitor.now &+ wait
    while batch.remaining > 0 {
      let limit = min(batch.written + Int(PIPE_BUF), batch.bytes.count)
      let end =
        LineFeeds.last(in: batch.bytes, from: batch.written, to: limit)
        ?? LineFeeds.first(in: batch.bytes, from: limit, to: batch.bytes.count) ?? batch.bytes.count - 1
      if let failure = streamLines(batch, size: end + 1 - batch.written, deadline) { return failure }
      batch.didWrite(end + 1 - batch.written)
    }
    return nil
  }

  private mutating func streamLines(
    _ batch: RecordQueue.Batch, size: Int, _ deadline: UInt64
  ) -> WriteFailure? {
    var sent = 0
    while sent < size {
      let count = Self.write(descriptor, batch, from: sent, size - sent)
      if count > 0 {
        sent += count
        continue
      }
      if count < 0, errno == EINTR { continue }
      guard count < 0, errno == EAGAIN, Monitor.now < deadline else {
        // A line longer than a pipe takes whole can be left unfinished.
        endsWithinLine = sent > 0
        return WriteFailure(step: .stream, code: count < 0 ? errno : EIO)
      }
      var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      unsafe Glibc.poll(&poll, 1, 50)
    }
    return nil
  }

  /// Safety: the range lies within the batch's bytes, which stay put during the call.
  private static func write(_ descriptor: Int32, _ batch: RecordQueue.Batch, from start: Int = 0, _ size: Int) -> Int {
    unsafe batch.bytes.withUnsafeBytes { bytes in
      let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[(batch.written + start)...].prefix(size))
      return unsafe Glibc.write(descriptor, part.baseAddress, part.count)
    }
  }
}

extension RecordQueue.Batch {
  /// Notes that the next `size` bytes, which are whole lines, are in the file.
  mutating func didWrite(_ size: Int) {
    let end = written + size
    records -= end == bytes.count ? records : LineFeeds.count(in: bytes, from: written, to: end)
    written = end
  }
}
