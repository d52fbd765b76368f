import ToriiPlugin

/// `file-log` with one configuration.
public final class FileLogInstance: PluginInstance {
  private let configuration: FileLogConfiguration
  private let writers: WriterRegistry?
  private let writer: LogFileWriter?

  /// - Parameter writers: `nil` when the configuration is only being checked.
  init(_ configuration: FileLogConfiguration, _ handle: InstanceHandle, _ writers: WriterRegistry?) {
    self.configuration = configuration
    self.writers = writers
    writer = writers?.writer(for: configuration, handle)
  }

  /// Puts the request's record into the queue.
  public func log(_ request: Request, _ state: inout NoRequestState) throws(PluginError) {
    guard let writer else { return }
    do throws(PluginError) {
      writer.append(try request.log.record())
    } catch {
      writer.countFailure()
      throw error
    }
  }

  /// Lets what is queued be written.
  public func close() {
    if let writer { writers?.release(writer, for: configuration) }
  }
}
