import JSON

/// One run of a command that steers a gateway: its flags, its console and its connection to the Admin API.
struct OperateSession {
  let options: CommandOptions
  let console: CommandConsole
  let clock: OperateClock
  let client: AdminClient
  /// How text is emphasised.
  let style: TextStyle

  init(
    _ options: CommandOptions, environment: [String: String], defaultTimeout: Int, console: CommandConsole,
    clock: OperateClock
  ) throws(CommandFailure) {
    self.options = options
    self.console = console
    self.clock = clock
    let hasColor = console.isTerminal && !options.isSet("no-color") && (environment["NO_COLOR"] ?? "").isEmpty
    style = TextStyle(isOn: hasColor)
    let addresses = [options["admin-addr"], environment["TORII_ADMIN_ADDR"], environment["DECK_KONG_ADDR"]]
    let address = addresses.compactMap { $0 }.first { !$0.isEmpty } ?? OperateVerb.defaultAddress
    var seconds = Double(defaultTimeout)
    if let text = options["timeout"] {
      seconds = try OperateValue.duration(text, "--timeout")
      guard (1...86_400).contains(seconds) else { throw CommandFailure("--timeout is 1s to 24h", isUsage: true) }
    }
    do throws(CommandFailure) {
      let url = try AdminURL(address)
      client = AdminClient(
        try CommandSession.settings(options, url: url, timeout: Int32(seconds * 1000), console))
    } catch {
      throw CommandFailure("\(error)", isUsage: true)
    }
  }

  /// Makes a call; when there is no answer, says what may help.
  func call(_ method: String, _ path: String, _ body: JSONNode? = nil) throws(CommandFailure) -> AdminClient.Answer {
    do throws(CommandFailure) {
      return try client.call(method, path, body)
    } catch {
      throw CommandFailure(
        """
        \(error)
          Is the gateway running ('torii run')? If its Admin API is elsewhere, say where: --admin-addr URL
        """)
    }
  }

  /// How the gateway is.
  func statusNode() throws(CommandFailure) -> JSONNode {
    let answer = try call("GET", "/torii/status")
    // What is not ready may say so by its status too.
    if let node = answer.node, node.members != nil, answer.isSuccess || node["ready"] != nil { return node }
    throw refusal(answer, "GET /torii/status")
  }

  /// What the Admin API says when it does not do something: its message, and each error on a line of its own.
  func refusal(_ answer: AdminClient.Answer, _ call: String) -> CommandFailure {
    var lines: [String] = []
    if let text = answer.node?.text("message") { lines.append(text) }
    lines += Self.errors(answer.node).map { "  \($0)" }
    let isStranger = answer.node == nil || (answer.status == 404 && ["Not found", "Not Found"].contains(lines.first))
    guard isStranger else {
      return CommandFailure("refused: " + (lines.isEmpty ? answer.failureText : lines.joined(separator: "\n")))
    }
    return CommandFailure(
      """
      \(call): HTTP status \(answer.status)
        \(client.url) is no Admin API of torii, or of one that is older than this command: see --admin-addr
      """)
  }

  /// Each error of an answer, with its path as the API gives it.
  static func errors(_ node: JSONNode?) -> [String] {
    var texts: [String] = []
    for name in ["errors", "fields"] {
      if let value = node?.present(name) { add(value, path: "", to: &texts) }
    }
    return texts
  }

  private static func add(_ node: JSONNode, path: String, to texts: inout [String]) {
    let prefix = path.isEmpty ? "" : "\(path): "
    if let elements = node.array {
      for (index, element) in elements.enumerated() where !element.isNull {
        add(element, path: path.isEmpty || element.string != nil ? path : "\(path).\(index + 1)", to: &texts)
      }
    } else if let message = node.text("message") {
      let place = node.text("path") ?? path
      texts.append(place.isEmpty || message.hasPrefix(place) ? message : "\(place): \(message)")
    } else if let members = node.members {
      for member in members {
        let isEntity = member.name == "@entity"
        add(member.value, path: isEntity ? path : path.isEmpty ? member.name : "\(path).\(member.name)", to: &texts)
      }
    } else {
      texts.append(prefix + (node.string ?? "\(node)"))
    }
  }
}
