import Configuration
import EventLoop
import Generations
import Supervision

/// `--workers 0`: everything in one process and one thread, for a debugger. A plugin that crashes takes it all with it.
enum SingleProcess {
  static func run(_ given: RunArguments, log: GatewayLog) throws -> Int32 {
    // An inspector that crashes takes its end of a pipe with it.
    SignalSource.ignoreBrokenPipe()
    let (addresses, inheritance) = try Supervisor.openForSingleProcess(given.settings)
    log.write(.notice, "torii \(Version.gateway) listens: \(addresses.joined(separator: ", "))")
    let worker = try WorkerProcess(settings: given.settings, inheritance: inheritance, version: Version.gateway)
    // The two meet as they would if they were two processes.
    let controller = try ControllerProcess(given, inheritance: inheritance, loop: worker.loop)
    worker.onHangup = { controller.reload() }
    guard controller.begin() else { return 1 }
    let code = try worker.run()
    return controller.isRefused ? 1 : code
  }
}
