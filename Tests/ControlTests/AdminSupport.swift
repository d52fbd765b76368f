import Configuration
import EventLoop
import JSON
import Testing

@testable import Control

/// A controller without sockets: calls go straight to the Admin API.
final class AdminBench {
  let publisher: FakePublisher
  let files = MemoryFiles()
  let controller: Controller
  private let api: AdminAPI
  private(set) var log: [String] = []

  init(files given: MemoryFiles? = nil) throws {
    publisher = try FakePublisher()
    let box = LogBox()
    controller = Controller(
      loop: try EventLoop(), settings: try GatewaySettings(SettingSources(environment: [:])),
      store: ConfigurationStore(folder: "/state", files: given ?? files), publisher: publisher,
      log: { box.lines.append($0) }
    )
    api = AdminAPI(controller: controller)
    controller.start { _ in }
  }

  final class LogBox { var lines: [String] = [] }

  /// Lets a turn of the loop pass.
  func turn() { controller.loop.runOnce(timeoutMilliseconds: 0) }

  /// Makes a call; the answer may come later.
  ///
  /// - Parameter runsTurn: Whether a turn of the loop passes before the next call.
  func send(
    _ method: String, _ path: String, _ body: String = "", type: String = "application/json", runsTurn: Bool = true,
    _ respond: @escaping (ServerResponse) -> Void
  ) {
    let parts = path.split(separator: "?", maxSplits: 1).map(String.init)
    var request = ServerRequest(method: method, path: parts[0], query: parts.count > 1 ? parts[1] : nil)
    request.body = Array(body.utf8)
    if !body.isEmpty { request.headers = [("Content-Type", type)] }
    api.handle(request, respond)
    if runsTurn { turn() }
  }

  /// Makes a call that is answered at once.
  @discardableResult
  func call(_ method: String, _ path: String, _ body: String = "", type: String = "application/json") throws
    -> (status: Int, node: JSONNode)
  {
    var answer: ServerResponse?
    send(method, path, body, type: type) { answer = $0 }
    let response = try #require(answer, "no answer to \(method) \(path)")
    return (response.status, response.body.isEmpty ? nil : try JSONNode(parsing: response.body))
  }
}
