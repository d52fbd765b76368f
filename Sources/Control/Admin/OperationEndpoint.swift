import Configuration
import JSON

/// `/torii/…`: what operators do to a running gateway. Kong has nothing of the kind.
enum OperationEndpoint {
  case status
  case reload
  case rollback
  case promoteCanary
  case abortCanary
  case reinstate(String)

  /// What stands behind `/torii`; `nil`: nothing.
  init?(_ segments: [String]) {
    switch (segments.first, segments.count) {
    case ("status", 1): self = .status
    case ("reload", 1): self = .reload
    case ("rollback", 1): self = .rollback
    case ("canary", 2) where segments[1] == "promote": self = .promoteCanary
    case ("canary", 2) where segments[1] == "abort": self = .abortCanary
    case ("plugins", 3) where segments[2] == "reinstate": self = .reinstate(segments[1])
    default: return nil
    }
  }

  func perform(_ request: ServerRequest, _ controller: Controller, _ respond: @escaping (ServerResponse) -> Void) {
    do throws(AdminProblem) {
      let body = try Self.body(request)
      switch self {
      case .status: respond(.methodNotAllowed)
      case .reload: try reload(body, controller, respond)
      case .rollback: try rollback(body, controller, respond)
      case .promoteCanary: try endCanary(promote: true, controller, respond)
      case .abortCanary: try endCanary(promote: false, controller, respond)
      case .reinstate(let name):
        guard controller.publisher.reinstate(name) else {
          throw .message(404, "plugin '\(name)' is not quarantined")
        }
        respond(.message(200, "plugin '\(name)' is in service again"))
      }
    } catch { respond(error.response) }
  }

  private static func body(_ request: ServerRequest) throws(AdminProblem) -> JSONNode {
    guard !request.body.isEmpty else { return [:] }
    guard let node = try? JSONNode(parsing: request.body), node.members != nil else {
      throw .message(400, "Cannot parse JSON body")
    }
    return node
  }

  // MARK: Reload

  private func reload(
    _ body: JSONNode, _ controller: Controller, _ respond: @escaping (ServerResponse) -> Void
  ) throws(AdminProblem) {
    var options = PublishOptions()
    options.isForced = true
    if let canary = body["canary"], canary.members != nil { options.canary = try Self.canary(canary) }
    var next = controller.configuration
    if let read = controller.readFile {
      do { next = try read() } catch let errors as ConfigurationErrors {
        return respond(PublishAnswer.refused("the configuration is refused; nothing has changed", errors.errors))
      } catch { throw .message(400, "the configuration is refused; nothing has changed: \(error)") }
    }
    Self.publish(next, options, controller, "the configuration was read again", respond)
  }

  /// Publishes, and answers with the number of the generation.
  private static func publish(
    _ next: GatewayConfiguration, _ options: PublishOptions, _ controller: Controller, _ message: String,
    _ respond: @escaping (ServerResponse) -> Void
  ) {
    controller.change(
      options: options,
      { (editor) throws(AdminProblem) in
        editor.table.replaceAll(next)
        return ServerResponse(status: 200, ["message": JSONNode(message)])
      },
      respond: { response in
        guard response.status < 300, options.canary == nil else { return respond(response) }
        respond(
          ServerResponse(
            status: 200,
            ["generation": controller.publisher.status["generation"] ?? JSONNode(0), "message": JSONNode(message)]))
      })
  }

  private static func canary(_ node: JSONNode) throws(AdminProblem) -> CanaryOptions {
    var options = CanaryOptions()
    if let text = node["share"]?.string {
      guard text.hasSuffix("%"), let percent = Double(text.dropLast()), percent >= 0, percent <= 100 else {
        throw .message(400, "canary.share: expected a percentage from 0% to 100%, such as \"5%\"")
      }
      options.perTenThousand = Int((percent * 100).rounded())
    }
    if let text = node["header"]?.string {
      let parts = text.split(separator: ":", maxSplits: 1).map { $0.trimmingSpaces() }
      guard let name = parts.first, !name.isEmpty else {
        throw .message(400, "canary.header: expected \"NAME: VALUE\" or \"NAME\"")
      }
      options.header = (name, parts.count > 1 ? parts[1] : "")
    }
    guard options.perTenThousand > 0 || options.header != nil else {
      throw .message(400, "canary: share or header says which requests take part")
    }
    if let seconds = node["duration"] {
      guard let value = seconds.integer, value > 0, value <= 86_400 else {
        throw .message(400, "canary.duration: expected seconds, from 1 to 86400")
      }
      options.duration = value
    }
    if let rate = node["max_error_rate"] {
      guard let value = rate.double, value >= 0, value <= 1 else {
        throw .message(400, "canary.max_error_rate: expected a number from 0 to 1")
      }
      options.maximumErrorRate = value
    }
    if let faults = node["max_faults"] {
      guard let value = faults.integer, value >= 0 else {
        throw .message(400, "canary.max_faults: expected a number from 0 on")
      }
      options.maximumFaults = value
    }
    return options
  }

  // MARK: Back

  private func rollback(
    _ body: JSONNode, _ controller: Controller, _ respond: @escaping (ServerResponse) -> Void
  ) throws(AdminProblem) {
    let wanted = body["generation"]?.integer
    guard let earlier = controller.publisher.earlierGeneration(wanted) else {
      throw .message(404, wanted.map { "generation \($0) is not known any more" } ?? "there is no earlier generation")
    }
    var options = PublishOptions()
    options.isForced = true
    options.librariesOf = earlier.number
    Self.publish(
      earlier.configuration, options, controller, "generation \(earlier.number) is in service again", respond)
  }

  private func endCanary(
    promote: Bool, _ controller: Controller, _ respond: @escaping (ServerResponse) -> Void
  ) throws(AdminProblem) {
    guard let number = controller.publisher.endCanary(promote: promote) else {
      throw .message(404, "nothing is being tried out")
    }
    respond(
      ServerResponse(
        status: 200,
        [
          "generation": JSONNode(number),
          "message": JSONNode(promote ? "it is for all requests now" : "it was rolled back"),
        ]))
  }
}

extension Substring {
  fileprivate func trimmingSpaces() -> String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
