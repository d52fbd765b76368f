import JSON

/// `POST /compatible-mode/v1/chat/completions`
struct ChatEndpoint {
  let simulator: Simulator
  let requestID: String

  /// Checks the request, has it completed, and shapes the answer.
  func answer(body root: JSONNode, _ planned: FaultPlan) throws(ServiceError) -> (Answer, FaultPlan) {
    guard let node = root["model"]?.present else { throw .request("you must provide a model parameter") }
    guard let name = node.string, let model = simulator.models.model(named: name) else {
      throw ServiceError(
        status: 404, code: "model_not_found",
        message: "The model `\(node.scalarText ?? "")` does not exist or you do not have access to it.")
    }
    let request = try ChatRequest(root, model: model, simulator: simulator)
    let instructions = Instructions(request.messages)
    var faults = planned
    do throws(FaultPlan.Refusal) {
      for case .fault(let text) in instructions.markers { try faults.add(text) }
    } catch {
      throw Endpoints.unknownFault(error)
    }
    if let replaced = faults.replacement(requestID: requestID) { return (replaced, faults) }
    let completion = Completion(request, instructions: instructions, faults: faults, requestID: requestID)
    let streams = faults.has(.json) ? false : faults.has(.sse) ? true : request.stream
    guard streams else {
      let body = faults[.errorFrame].map(errorBody) ?? OneShotAnswer(completion, faults: faults).body()
      return (.json(body, requestID: requestID), faults)
    }
    var stream = StreamedAnswer(completion, includeUsage: request.includeUsage, faults: faults)
    var events = stream.list()
    if let fault = faults[.errorFrame] {
      events = Array(events.prefix(max(0, fault.number("after") ?? 0)))
      events.append(StreamEvent(kind: .error, data: errorBody(fault)))
    }
    let headers = Answer.serviceHeaders(requestID: requestID, contentType: "text/event-stream;charset=UTF-8")
    return (Answer(headers: headers + [("cache-control", "no-cache")], body: .events(events)), faults)
  }

  private func errorBody(_ fault: FaultPlan.Fault) -> [UInt8] {
    var error = fault.text("code").flatMap(ServiceError.named) ?? .request("")
    if let message = fault.text("message") { error.message = message }
    return error.body(requestID: requestID)
  }
}
