/// Writes a completion as one JSON body.
struct OneShotAnswer {
  private let completion: Completion
  private let faults: FaultPlan

  init(_ completion: Completion, faults: FaultPlan) {
    self.completion = completion
    self.faults = faults
  }

  /// The body.
  func body() -> [UInt8] {
    var choices = JSONText()
    choices.raw("[")
    for index in 0..<completion.count {
      if index > 0 { choices.raw(",") }
      choices.raw(#"{"message":"#)
      choices.raw(message())
      if !faults.has(.finishMissing) {
        choices.raw(#","finish_reason":"#)
        choices.string(
          orNull: faults.has(.functionCall) && !completion.calls.isEmpty ? "function_call" : completion.finish)
      }
      choices.raw(#","index":"#)
      choices.number(index)
      choices.raw(#","logprobs":null}"#)
    }
    choices.raw("]")
    let usage: [UInt8]? =
      switch faults[.usage]?.text("value") {
      case "never", "null": nil
      default: completion.usageJSON(streamed: false)
      }
    return completion.envelope(
      object: "chat.completion", choices: Completion.choices(choices.bytes, faults: faults), usage: usage)
  }

  private func message() -> [UInt8] {
    var json = JSONText()
    json.asciiOnly = faults.has(.ascii)
    json.raw(#"{"role":"assistant","content":"#)
    if faults.has(.refusal) {
      json.raw("null")
    } else if faults.has(.contentParts) {
      json.raw(#"[{"type":"text","text":"#)
      json.string(completion.text)
      json.raw("}]")
    } else {
      json.string(filler + completion.text)
    }
    if completion.thinks || faults.has(.reasoningEmpty) {
      json.raw(faults.has(.reasoningKey) ? #","reasoning":"# : #","reasoning_content":"#)
      json.string(completion.reasoning)
    }
    json.raw(#","refusal":"#)
    json.string(orNull: faults.has(.refusal) ? completion.text : nil)
    json.raw(#","audio":null,"function_call":"#)
    if faults.has(.functionCall), let call = completion.calls.first {
      json.raw(function(call))
    } else {
      json.raw("null")
      if !completion.calls.isEmpty {
        json.raw(#","tool_calls":["#)
        for (index, call) in completion.calls.enumerated() {
          if index > 0 { json.raw(",") }
          json.raw(toolCall(call, index: index))
        }
        json.raw("]")
      }
    }
    json.raw("}")
    return json.bytes
  }

  private var filler: String {
    faults[.bigLine]?.number("megabytes").map { String(repeating: "x", count: max(0, $0) << 20) } ?? ""
  }

  private func toolCall(_ call: Completion.Call, index: Int) -> [UInt8] {
    var json = JSONText()
    json.raw("{")
    switch faults[.toolIndex]?.text("value") {
    case "missing": break
    case "same": json.raw(#""index":0,"#)
    default:
      json.raw(#""index":"#)
      json.number(index)
      json.raw(",")
    }
    switch faults[.toolID]?.text("value") {
    case "missing": break
    case "empty": json.raw(#""id":"","#)
    default:
      json.raw(#""id":"#)
      json.string(call.id)
      json.raw(",")
    }
    json.raw(#""type":"function","function":"#)
    json.raw(function(call))
    json.raw("}")
    return json.bytes
  }

  private func function(_ call: Completion.Call) -> [UInt8] {
    var json = JSONText()
    json.raw("{")
    let hasName = faults[.toolName]?.text("value") != "missing"
    if hasName {
      json.raw(#""name":"#)
      json.string(call.name)
    }
    if let arguments = call.distortedArguments(faults).json {
      json.raw(hasName ? #","arguments":"# : #""arguments":"#)
      json.raw(arguments)
    }
    json.raw("}")
    return json.bytes
  }
}
