import EventLoop
import Glibc
import HTTP
import JSON

/// Calls an Admin API: this gateway's or Kong's.
final class AdminClient {
  /// An answer.
  struct Answer {
    var status: Int
    /// The body, when it is JSON.
    var node: JSONNode?

    var isSuccess: Bool { (200..<400).contains(status) }

    /// `HTTP status 400 (message: "…")`
    var failureText: String {
      "HTTP status \(status) (message: \(JSONNode(node?.text("message") ?? "").serializedString()))"
    }
  }

  /// How to reach it.
  struct Settings {
    var url: AdminURL
    /// Fields that go with every request.
    var headers: [(name: String, value: String)] = []
    /// In milliseconds, for each step.
    var timeout: Int32 = 10_000
    var tls = TLSClientSettings()
    /// The name that the server's certificate must be for, when it is not the host's.
    var serverName: String?
    /// Takes what is sent and received.
    var trace: ((String) -> Void)?
  }

  private static let attempts = 4
  private let settings: Settings
  private var stream: BlockingStream?
  private var input: [UInt8] = []

  init(_ settings: Settings) { self.settings = settings }

  var url: AdminURL { settings.url }

  // MARK: Calls

  /// Makes a call; answers of any status are returned.
  ///
  /// - Throws: When there is no answer.
  func call(_ method: String, _ path: String, _ body: JSONNode? = nil) throws(CommandFailure) -> Answer {
    var answer = try callOnce(method, path, body)
    // A server that stumbled may have got up again; other refusals stay what they are.
    var pause: UInt32 = 200_000
    for _ in 1..<Self.attempts where method != "GET" && answer.status == 500 {
      usleep(pause)
      pause *= 2
      answer = try callOnce(method, path, body)
    }
    return answer
  }

  /// Reads a document.
  ///
  /// - Parameter tolerating: Statuses that mean that there is none.
  func get(_ path: String, tolerating: [Int] = []) throws(CommandFailure) -> JSONNode? {
    let answer = try call("GET", path)
    if tolerating.contains(answer.status) { return nil }
    guard answer.isSuccess, let node = answer.node else { throw CommandFailure(answer.failureText) }
    return node
  }

  /// All elements of a collection, page after page.
  func list(_ path: String, tolerating: [Int] = []) throws(CommandFailure) -> [JSONNode] {
    var elements: [JSONNode] = []
    var offset = ""
    while true {
      let mark = offset.isEmpty ? "" : "&offset=\(PercentCoding.encode(offset))"
      guard let page = try get("\(path)?size=1000\(mark)", tolerating: tolerating) else { return elements }
      elements += page["data"]?.array ?? []
      guard let next = page.text("offset"), !next.isEmpty, next != offset else { return elements }
      offset = next
    }
  }

  private func callOnce(_ method: String, _ path: String, _ body: JSONNode?) throws(CommandFailure) -> Answer {
    do throws(CommandFailure) {
      let bytes = head(method, path, body) + (body?.serialized() ?? [])
      if stream != nil, let answer = try? exchange(bytes) { return trace(method, path, body, answer) }
      // A kept connection may have been closed meanwhile. These calls say the same when they are made twice.
      input = []
      stream = try connect()
      return trace(method, path, body, try exchange(bytes))
    } catch {
      stream = nil
      throw CommandFailure("\(method) \(url)\(path): \(error)")
    }
  }

  private func trace(_ method: String, _ path: String, _ body: JSONNode?, _ answer: Answer) -> Answer {
    if let trace = settings.trace {
      trace("\(method) \(url)\(path)\(body.map { " \($0)" } ?? "")\n")
      trace("\(answer.status)\(answer.node.map { " \($0)" } ?? "")\n")
    }
    return answer
  }

  private func connect() throws(CommandFailure) -> BlockingStream {
    var context: TLSContext?
    if url.isTLS {
      do {
        context = try TLSContext.client(settings.tls)
      } catch {
        throw CommandFailure("\(error)")
      }
    }
    return try BlockingStream(
      host: url.host, port: url.port, timeout: settings.timeout, tls: context,
      serverName: settings.serverName ?? url.host)
  }

  private func head(_ method: String, _ path: String, _ body: JSONNode?) -> [UInt8] {
    var head = "\(method) \(url.basePath)\(path) HTTP/1.1\r\nHost: \(url.authority)\r\n"
    head += "User-Agent: torii/\(ProductVersion.torii)\r\nAccept: application/json\r\n"
    for (name, value) in settings.headers { head += "\(name): \(value)\r\n" }
    if let body {
      head += "Content-Type: application/json\r\nContent-Length: \(body.serialized().count)\r\n"
    } else if method != "GET" {
      head += "Content-Length: 0\r\n"
    }
    return Array((head + "\r\n").utf8)
  }

  // MARK: One exchange

  private func exchange(_ request: [UInt8]) throws(CommandFailure) -> Answer {
    guard let stream else { throw CommandFailure("not connected") }
    try stream.write(request)
    let reader = ResponseReader(isHead: false)
    while true {
      switch try reader.read(&input) {
      case .complete(let status, let body, let keepsAlive):
        if !keepsAlive { self.stream = nil }
        return Answer(status: status, node: body.isEmpty ? nil : try? JSONNode(parsing: body))
      case .needMore:
        if try stream.read(into: &input) { continue }
        guard let (status, body) = reader.finish() else { throw CommandFailure("the connection was closed") }
        self.stream = nil
        return Answer(status: status, node: body.isEmpty ? nil : try? JSONNode(parsing: body))
      }
    }
  }
}
