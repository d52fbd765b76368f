import JSON

/// Finds the endpoint of a request and has it answered.
struct Endpoints {
  let simulator: Simulator

  /// What a request's body says, as far as it can be read.
  struct Body {
    let root: JSONNode?
    let problem: String?

    /// The model it names.
    var model: String? { root?["model"]?.string }
    /// Whether it asks for a stream.
    var stream: Bool { root?["stream"]?.boolean ?? false }

    init(_ request: Request) {
      guard request.method == "POST" else {
        root = nil
        problem = nil
        return
      }
      do throws(JSONNode.Unreadable) {
        root = try JSONNode.read(request.body)
        problem = nil
      } catch {
        root = nil
        problem = error.reason
      }
    }
  }

  /// The answer, and the faults it shall be sent with.
  func answer(to request: Request) -> (Answer, FaultPlan) {
    let body = Body(request)
    let requestID = Identifier.uuid()
    var faults = FaultPlan()
    do throws(FaultPlan.Refusal) {
      for text in request.headers(named: "x-simulator-fault") { try faults.add(text) }
    } catch {
      return (.error(Self.unknownFault(error), requestID: requestID), FaultPlan())
    }
    if simulator.hasRules,
      let scripted = simulator.scriptedFaults(for: request, model: body.model, stream: body.stream)
    {
      faults.add(scripted)
    }
    if let replaced = faults.replacement(requestID: requestID) { return (replaced, faults) }
    let isNative = !request.path.hasPrefix("/compatible-mode/")
    do throws(ServiceError) {
      try checkMethod(request)
      try checkKey(request)
      switch request.path {
      case "/compatible-mode/v1/chat/completions":
        return try ChatEndpoint(simulator: simulator, requestID: requestID).answer(body: checked(body, request), faults)
      case "/compatible-mode/v1/embeddings":
        let endpoint = EmbeddingsEndpoint(simulator: simulator, requestID: requestID)
        return (try endpoint.answer(to: checked(body, request)), faults)
      case "/compatible-mode/v1/models":
        return (ModelsEndpoint(simulator: simulator, requestID: requestID).answer(), faults)
      case "/api/v1/services/aigc/multimodal-generation/generation":
        let endpoint = ImageGenerationEndpoint(requestID: requestID)
        return (try endpoint.answer(to: checked(body, request)), faults)
      default: throw ServiceError(status: 404, code: "NotFound", message: "No static resource \(request.path).")
      }
    } catch {
      return (.error(error, native: isNative, requestID: requestID), faults)
    }
  }

  /// The complaint about a fault that does not exist: loud, because it is a mistake in a test.
  static func unknownFault(_ refusal: FaultPlan.Refusal) -> ServiceError {
    ServiceError(status: 400, code: "simulator_fault", message: "simulator: " + refusal.message)
  }

  private func checkMethod(_ request: Request) throws(ServiceError) {
    let methods = [
      "/compatible-mode/v1/chat/completions": "POST", "/compatible-mode/v1/embeddings": "POST",
      "/compatible-mode/v1/models": "GET", "/api/v1/services/aigc/multimodal-generation/generation": "POST",
    ]
    guard let wanted = methods[String(request.path)], wanted != request.method else { return }
    throw ServiceError(
      status: 405, code: "invalid_request_error", message: "Request method '\(request.method)' is not supported")
  }

  private func checkKey(_ request: Request) throws(ServiceError) {
    let values = request.headers(named: "authorization")
    let refusal = ServiceError(
      status: 401, code: "invalid_api_key",
      message: "Incorrect API key provided. For details, see: https://help.aliyun.com/zh/model-studio/error-code")
    guard values.count == 1, let value = values.first, value.lowercased().hasPrefix("bearer ") else { throw refusal }
    let key = value.dropFirst(7).drop { $0 == " " }
    guard !key.isEmpty, simulator.options.keys.isEmpty || simulator.options.keys.contains(String(key)) else {
      throw refusal
    }
  }

  private func checked(_ body: Body, _ request: Request) throws(ServiceError) -> JSONNode {
    let type = request.header("content-type") ?? ""
    guard type.lowercased().split(separator: ";").first == "application/json" else {
      throw ServiceError(
        status: 415, code: "invalid_request_error", message: "Content-Type '\(type)' is not supported")
    }
    guard let root = body.root, root.members != nil else {
      let reason = body.problem ?? "not an object"
      throw .request("Required body invalid, please check the request body format. (\(reason))")
    }
    return root
  }
}

extension FaultPlan {
  /// The answer that stands in for the real one, if a fault asks for that.
  func replacement(requestID: String) -> Answer? {
    if let fault = self[.error] {
      guard var error = ServiceError.named(fault.text("code") ?? "internal_error") else { return nil }
      if let status = fault.number("status") { error.status = status }
      if let message = fault.text("message") { error.message = message }
      var answer: Answer
      switch fault.text("shape") {
      case "native": answer = .error(error, native: true, requestID: requestID)
      case "text":
        answer = Answer(
          status: error.status, headers: Answer.serviceHeaders(requestID: requestID, contentType: "text/plain"),
          body: .whole(Array(error.message.utf8)))
      default: answer = .error(error, requestID: requestID)
      }
      if let seconds = fault.text("retry-after") { answer.headers.append(("retry-after", seconds)) }
      return answer
    }
    if let status = self[.html]?.number("status") {
      let page =
        "<html>\r\n<head><title>\(status) \(Answer.reason(status))</title></head>\r\n<body>\r\n<center><h1>\(status) "
        + "\(Answer.reason(status))</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
      return Answer(
        status: status, headers: [("server", "nginx"), ("content-type", "text/html")], body: .whole(Array(page.utf8)))
    }
    if let status = self[.empty]?.number("status") {
      return Answer(
        status: status, headers: Answer.serviceHeaders(requestID: requestID, contentType: "application/json"),
        body: .whole([]))
    }
    return nil
  }
}
