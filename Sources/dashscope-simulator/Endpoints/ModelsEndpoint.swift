/// `GET /compatible-mode/v1/models`
struct ModelsEndpoint {
  let simulator: Simulator
  let requestID: String

  /// All chat models.
  func answer() -> Answer {
    var json = JSONText()
    json.raw(#"{"object":"list","data":["#)
    for (index, model) in simulator.models.models.enumerated() {
      if index > 0 { json.raw(",") }
      json.raw(#"{"id":"#)
      json.string(model.name)
      json.raw(#","object":"model","created":1735689600,"owned_by":"system"}"#)
    }
    json.raw("]}")
    return .json(json.bytes, requestID: requestID)
  }
}
