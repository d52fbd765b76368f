import ToriiPlugin

/// `file-log`: writes one line of JSON to a file for each request.
///
/// Instances put records into the queue of their file's ``LogFileWriter``, one for each path and process; its thread writes
/// them. So a slow or full disk never holds up a request.
public struct FileLogPlugin: Plugin {
  /// Name, priority and schema; the priority is that of Kong's plugin of this name.
  public static var descriptor: PluginDescriptor {
    PluginDescriptor(
      name: "file-log", version: "0.1.0", priority: 9, phases: [.log],
      configurationSchema: FileLogConfiguration.schema, needs: [.log], vendor: "Torii",
      summary: "Writes one line of JSON to a file for each request", license: "Apache-2.0", flags: [.ownThreads])
  }

  private let writers: WriterRegistry

  /// Defines the metrics. No file is opened and no thread started before the first record.
  public init(host: Host, inspecting: Bool) throws(PluginError) {
    writers = WriterRegistry(reporter: WriterReporter(host: host, metrics: try WriterMetrics(host: host)))
  }

  /// Checks the configuration; the file itself is not looked at.
  public func makeInstance(_ context: inout InstanceContext) throws(PluginError) -> FileLogInstance {
    let configuration = try FileLogConfiguration(context)
    return FileLogInstance(configuration, context.handle, context.isInspecting ? nil : writers)
  }

  /// Writes what is left and joins the threads.
  public func stop() { writers.finish() }
}
