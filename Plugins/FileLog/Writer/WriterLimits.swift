/// How much a writer holds, and for how long. Times are nanoseconds.
struct WriterLimits: Sendable {
  /// Bytes of records that wait to be written; what comes beyond is lost, counted and reported.
  var queue = 64 * 1024 * 1024
  /// Bytes that are written with one call.
  var batch = 256 * 1024
  /// How long records gather after a write, so that a busy writer is not woken for each of them.
  var gathering: UInt64 = 10_000_000
  /// How long records wait for a file that cannot be opened, or that is no regular file and takes no data.
  var openPatience: UInt64 = 5_000_000_000
  /// How long records wait for a disk that takes no data: it is full, a limit is reached, it is broken.
  var diskPatience: UInt64 = 30_000_000_000
  /// The pause before the first try to write again; doubles up to ``longestRetry``.
  var firstRetry: UInt64 = 50_000_000
  /// The longest pause between tries.
  var longestRetry: UInt64 = 1_000_000_000
  /// How long another process may hold the file's lock before that counts as a failure.
  var lockWait: UInt64 = 2_000_000_000
  /// How long a writer that is told to end keeps trying to write what is left.
  var grace: UInt64 = 2_000_000_000
  /// The least time between two reports of the same trouble.
  var reportInterval: UInt64 = 30_000_000_000
}
