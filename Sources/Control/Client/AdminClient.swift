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

  /// A call that is to be made.
  struct Call {
    var method: String
    var path: String
    var body: JSONNode?
  }

  private static let attempts = 4
  private let settings: Settings
  /// Connections that are kept; the first one is used for everything that comes alone.
  private var lanes: [ClientLane?] = [nil]

  init(_ settings: Settings) { self.settings = settings }

  var url: AdminURL { settings.url }

  // MARK: Calls

  /// Makes a call; answers of any status are returned.
  ///
  /// - Throws: When there is no answer.
  func call(_ method: String, _ path: String, _ body: JSONNode? = nil) throws(CommandFailure) -> Answer {
    try insist(Call(method: method, path: path, body: body), nil)
  }

  /// Makes calls side by side, each on a connection of its own; returns the answers in their order.
  func callTogether(_ calls: [Call]) throws(CommandFailure) -> [Answer] {
    while lanes.count < calls.count { lanes.append(nil) }
    var sent: [Bool] = []
    for (index, call) in calls.enumerated() {
      if lanes[index] == nil { lanes[index] = try connect(for: call) }
      sent.append((try? lanes[index]?.send(bytes(call))) != nil)
    }
    var answers: [Answer] = []
    for (index, call) in calls.enumerated() {
      var first: Answer?
      if sent[index], let lane = lanes[index] { first = try? lane.receive() }
      if first == nil || lanes[index]?.isUsable != true { lanes[index] = nil }
      answers.append(try insist(call, first))
    }
    return answers
  }

  /// Makes a call again while the server stumbles: it may have got up. Other refusals stay what they are.
  private func insist(_ call: Call, _ first: Answer?) throws(CommandFailure) -> Answer {
    var answer = if let first { trace(call, first) } else { trace(call, try callOnce(call)) }
    var pause: UInt32 = 200_000
    for _ in 1..<Self.attempts where call.method != "GET" && answer.status == 500 {
      usleep(pause)
      pause *= 2
      answer = trace(call, try callOnce(call))
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

  private func callOnce(_ call: Call) throws(CommandFailure) -> Answer {
    let bytes = bytes(call)
    do throws(CommandFailure) {
      // A kept connection may have been closed meanwhile. These calls say the same when they are made twice.
      if let lane = lanes[0], (try? lane.send(bytes)) != nil, let answer = try? lane.receive() {
        if !lane.isUsable { lanes[0] = nil }
        return answer
      }
      lanes[0] = nil
      let lane = try connect(for: call)
      try lane.send(bytes)
      let answer = try lane.receive()
      if lane.isUsable { lanes[0] = lane }
      return answer
    } catch {
      throw failure(of: call, error)
    }
  }

  private func failure(of call: Call, _ reason: CommandFailure) -> CommandFailure {
    let text = "\(reason)"
    let place = "\(call.method) \(url)\(call.path): "
    return CommandFailure(text.hasPrefix(place) ? text : place + text)
  }

  private func trace(_ call: Call, _ answer: Answer) -> Answer {
    if let trace = settings.trace {
      trace("\(call.method) \(url)\(call.path)\(call.body.map { " \($0)" } ?? "")\n")
      trace("\(answer.status)\(answer.node.map { " \($0)" } ?? "")\n")
    }
    return answer
  }

  private func connect(for call: Call) throws(CommandFailure) -> ClientLane {
    do {
      let context = url.isTLS ? try TLSContext.client(settings.tls) : nil
      return ClientLane(
        try BlockingStream(
          host: url.host, port: url.port, timeout: settings.timeout, tls: context,
          serverName: settings.serverName ?? url.host))
    } catch let reason as CommandFailure {
      throw failure(of: call, reason)
    } catch {
      throw failure(of: call, CommandFailure("\(error)"))
    }
  }

  private func bytes(_ call: Call) -> [UInt8] {
    let body = call.body?.serialized()
    var head = "\(call.method) \(url.basePath)\(call.path) HTTP/1.1\r\nHost: \(url.authority)\r\n"
    head += "User-Agent: torii/\(ProductVersion.torii)\r\nAccept: application/json\r\n"
    for (name, value) in settings.headers { head += "\(name): \(value)\r\n" }
    if let body {
      head += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n"
    } else if call.method != "GET" {
      head += "Content-Length: 0\r\n"
    }
    return Array((head + "\r\n").utf8) + (body ?? [])
  }
}

/// A kept connection of a client.
final class ClientLane {
  private let stream: BlockingStream
  private var input: [UInt8] = []
  /// Whether another call can be made on it.
  private(set) var isUsable = true

  init(_ stream: BlockingStream) { self.stream = stream }

  func send(_ bytes: [UInt8]) throws(CommandFailure) {
    try stream.write(bytes)
  }

  func receive() throws(CommandFailure) -> AdminClient.Answer {
    let reader = ResponseReader(isHead: false)
    while true {
      switch try reader.read(&input) {
      case .complete(let status, let body, let keepsAlive):
        isUsable = keepsAlive
        return answer(status, body)
      case .needMore:
        if try stream.read(into: &input) { continue }
        isUsable = false
        guard let (status, body) = reader.finish() else { throw CommandFailure("the connection was closed") }
        return answer(status, body)
      }
    }
  }

  private func answer(_ status: Int, _ body: [UInt8]) -> AdminClient.Answer {
    AdminClient.Answer(status: status, node: body.isEmpty ? nil : try? JSONNode(parsing: body))
  }
}
