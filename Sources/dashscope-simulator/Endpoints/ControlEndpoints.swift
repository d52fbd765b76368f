/// `/simulator/…`: what tests use to steer the simulator and to look into it. Not recorded, and never faulty.
struct ControlEndpoints {
  let simulator: Simulator

  /// The answer to a control request.
  func answer(to request: Request) -> Answer {
    switch (request.method, request.path) {
    case ("POST", "/simulator/script"):
      do throws(FaultPlan.Refusal) {
        let rules = try FaultRule.script(request.body)
        simulator.setRules(rules)
        return json(#"{"rules":\#(rules.count)}"#)
      } catch {
        var text = JSONText()
        text.raw(#"{"message":"#)
        text.string(error.message)
        text.raw("}")
        return json(String(decoding: text.bytes, as: UTF8.self), status: 400)
      }
    case ("DELETE", "/simulator/script"):
      simulator.setRules([])
      return json("{}")
    case ("GET", "/simulator/requests"):
      return Answer(headers: [("content-type", "application/json")], body: .whole(simulator.recorder.json()))
    case ("DELETE", "/simulator/requests"):
      simulator.recorder.reset()
      return json("{}")
    case ("DELETE", "/simulator/cache"):
      simulator.cache.clear()
      return json("{}")
    case ("GET", "/simulator/stats"):
      let counters = simulator.recorder.counters
      return json(
        #"{"connections_open":\#(counters.connectionsOpen),"connections_accepted":\#(counters.connectionsAccepted),"#
          + #""requests":\#(counters.requests),"completed":\#(counters.completed),"#
          + #""aborted":\#(counters.clientGone),"faults":\#(counters.faults)}"#)
    default: return json(#"{"message":"no such control endpoint"}"#, status: 404)
    }
  }

  private func json(_ text: String, status: Int = 200) -> Answer {
    Answer(status: status, headers: [("content-type", "application/json")], body: .whole(Array(text.utf8)))
  }
}
