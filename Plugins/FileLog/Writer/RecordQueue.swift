import ToriiPlugin

/// Lines that wait to be written, in order, in batches.
struct RecordQueue {
  /// Lines that are written with one call.
  struct Batch {
    /// The lines, each with its line feed.
    var bytes: [UInt8] = []
    /// How many of ``bytes`` are in the file already; always at the beginning of a line.
    var written = 0
    /// How many lines are not.
    var records = 0
    /// When the first line came: monotonic, nanoseconds.
    var begunAt: UInt64 = 0

    /// Bytes that are not in the file.
    var remaining: Int { bytes.count - written }
  }

  private var batches: [Batch] = []
  private var spare: [UInt8] = []
  private let batchSize: Int
  /// Bytes that wait.
  private(set) var bytes = 0

  init(batchSize: Int) { self.batchSize = batchSize }

  /// Whether nothing waits.
  var isEmpty: Bool { batches.isEmpty }

  /// Appends a record and the line feed that ends it; a line feed within becomes a space, which between JSON's tokens is
  /// the same.
  mutating func append(_ record: ByteView, now: UInt64) {
    let size = record.count + 1
    // A batch of old records is closed, so that their age can be told.
    if let last = batches.last, last.bytes.count + size <= batchSize, now &- last.begunAt < 500_000_000 {
      batches[batches.count - 1].append(record)
    } else {
      var batch = Batch()
      swap(&batch.bytes, &spare)
      batch.begunAt = now
      batch.append(record)
      batches.append(batch)
    }
    bytes += size
  }

  /// Takes the oldest batch out.
  mutating func takeFirst() -> Batch? {
    guard !batches.isEmpty else { return nil }
    let batch = batches.removeFirst()
    bytes -= batch.remaining
    return batch
  }

  /// Puts what could not be written back in front.
  mutating func putBack(_ batch: Batch) {
    guard batch.remaining > 0 else { return }
    bytes += batch.remaining
    batches.insert(batch, at: 0)
  }

  /// Keeps the memory of a batch that is written for the next.
  mutating func recycle(_ batch: inout Batch) {
    guard spare.capacity < batch.bytes.capacity, batch.bytes.capacity <= 2 * batchSize else { return }
    batch.bytes.removeAll(keepingCapacity: true)
    swap(&spare, &batch.bytes)
  }

  /// Gives memory back when nothing waits.
  mutating func releaseSpare(beyond capacity: Int) {
    if spare.capacity > capacity { spare = [] }
  }

  /// Drops batches that began at `time` or before, or all.
  ///
  /// - Returns: how many records they held.
  mutating func drop(begunBy time: UInt64 = .max) -> Int {
    var records = 0
    while let first = batches.first, first.begunAt <= time {
      records += first.records
      bytes -= first.remaining
      batches.removeFirst()
    }
    return records
  }
}

extension RecordQueue.Batch {
  fileprivate mutating func append(_ record: ByteView) {
    let start = bytes.count
    // Safe: the view is valid while the caller's callback runs.
    unsafe bytes.append(contentsOf: record.bytes)
    LineFeeds.replace(in: &bytes, from: start)
    bytes.append(LineFeeds.lineFeed)
    records += 1
  }
}
