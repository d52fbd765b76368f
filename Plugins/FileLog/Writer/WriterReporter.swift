import ToriiPlugin

/// Where a writer tells what it did. Called from the worker's thread and from the writer's.
protocol WriterReporting: AnyObject, Sendable {
  /// Records are in the file.
  func wrote(records: Int, bytes: Int)
  /// Records are lost.
  func lost(records: Int)
  /// A try to open or write the file failed.
  func failedToWrite()
  /// Something that whoever runs the gateway should know; already limited in rate.
  func report(_ level: LogLevel, _ text: String, for instance: InstanceHandle?)
}

/// Tells the gateway: its log and its metrics.
final class WriterReporter: WriterReporting {
  private let host: Host
  private let metrics: WriterMetrics

  init(host: Host, metrics: WriterMetrics) {
    self.host = host
    self.metrics = metrics
  }

  func wrote(records: Int, bytes: Int) {
    metrics.recordsWritten.add(Double(records))
    metrics.bytesWritten.add(Double(bytes))
  }

  func lost(records: Int) { metrics.recordsFailed.add(Double(records)) }
  func failedToWrite() { metrics.writeErrors.add() }

  func report(_ level: LogLevel, _ text: String, for instance: InstanceHandle?) {
    if let instance { instance.log(level, text) } else { host.log(level, text) }
  }
}

/// What `file-log` counts.
struct WriterMetrics: Sendable {
  let recordsWritten: Counter
  let recordsFailed: Counter
  let bytesWritten: Counter
  let writeErrors: Counter

  init(host: Host) throws(PluginError) {
    recordsWritten = try host.defineCounter("records_written", help: "Records written to files.")
    recordsFailed = try host.defineCounter("records_failed", help: "Records that could not be written and are lost.")
    bytesWritten = try host.defineCounter("bytes_written", help: "Bytes of records written to files.")
    writeErrors = try host.defineCounter(
      "write_errors", help: "Tries to open or write a file that failed; the records are tried again for a while.")
  }
}
