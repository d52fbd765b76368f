import ToriiPlugin

/// The writers of a process, one for each path. Used on the worker's thread only.
final class WriterRegistry {
  private var writers: [String: LogFileWriter] = [:]
  private let reporter: any WriterReporting
  private let limits: WriterLimits

  init(reporter: any WriterReporting, limits: WriterLimits = WriterLimits()) {
    self.reporter = reporter
    self.limits = limits
  }

  /// The writer of a path, for one more instance.
  func writer(for configuration: FileLogConfiguration, _ user: InstanceHandle?) -> LogFileWriter {
    if let writer = writers[configuration.path], writer.retainUser(user, reopens: configuration.reopen) {
      return writer
    }
    // A writer that has ended is joined when it is let go.
    writers[configuration.path]?.finish()
    let writer = LogFileWriter(path: configuration.path, limits: limits, reporter: reporter)
    _ = writer.retainUser(user, reopens: configuration.reopen)
    writers[configuration.path] = writer
    return writer
  }

  /// An instance needs its writer no more. When it was the last, what is queued is written; a writer that is in trouble
  /// keeps trying for a while on its own thread.
  func release(_ writer: LogFileWriter, for configuration: FileLogConfiguration) {
    writer.releaseUser(reopens: configuration.reopen)
  }

  /// Writes what is left, for at most ``WriterLimits/grace``, and joins all threads.
  func finish() {
    // All are told first, so that they end side by side.
    for writer in writers.values { writer.end() }
    for writer in writers.values { writer.finish() }
    writers.removeAll()
  }
}
