import Configuration
import EventLoop
import Generations
import Supervision

/// `--workers 0`: everything in one process and one thread, for a debugger. A plugin that crashes takes it all with it.
enum SingleProcess {
  static func run(_ given: RunArguments, log: GatewayLog) throws -> Int32 {
    // An inspector that crashes takes its end of a pipe with it.
    SignalSource.ignoreBrokenPipe()
    let listeners = try Supervisor.openForSingleProcess(given.settings)
    log.write(.notice, "torii \(Version.gateway) listens: \(listeners.addresses.joined(separator: ", "))")
    let worker = try WorkerProcess(
      settings: given.settings, inheritance: listeners.inheritance, version: Version.gateway)
    let publisher = GenerationPublisher(
      loop: worker.loop, settings: given.settings, meetingDescriptor: -1, log: log)
    let source = ConfigurationSource(file: given.configurationFile, publisher: publisher)
    let document = try publisher.document(try source.read())
    try worker.serve(document)
    return try worker.run(meetsController: false)
  }
}
