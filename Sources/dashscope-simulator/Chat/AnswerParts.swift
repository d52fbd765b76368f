/// The pieces of JSON that one-shot and streamed answers share.
extension Completion {
  /// The usage object. `completed`: how many completion tokens so far.
  func usageJSON(completed: Int? = nil, streamed: Bool) -> [UInt8] {
    let completion = completed ?? completionTokens
    var json = JSONText()
    json.raw(#"{"prompt_tokens":"#)
    json.number(usage.tokens)
    json.raw(#","completion_tokens":"#)
    json.number(completion)
    json.raw(#","total_tokens":"#)
    json.number(usage.tokens + completion)
    json.raw(#","prompt_tokens_details":{"cached_tokens":"#)
    json.number(usage.cached)
    if let created = usage.created {
      json.raw(#","cache_creation_input_tokens":"#)
      json.number(created)
      json.raw(#","cache_creation":{"ephemeral_5m_input_tokens":"#)
      json.number(created)
      json.raw(#"},"cache_type":"ephemeral""#)
    }
    json.raw(#"},"completion_tokens_details":"#)
    if thinks {
      json.raw(#"{"reasoning_tokens":"#)
      json.number(min(reasoningTokens, completion))
      json.raw("}")
    } else {
      // Both spellings of nothing occur in the wild.
      json.raw(streamed ? "null" : "{}")
    }
    json.raw("}")
    return json.bytes
  }

  /// What stands around the choices: `{"choices":` CHOICES `,"object":…,"usage":` USAGE `,…}`. Without choices the
  /// member is left out.
  func envelope(object: String, choices: [UInt8]?, usage: [UInt8]?) -> [UInt8] {
    var json = JSONText()
    json.raw("{")
    if let choices {
      json.raw(#""choices":"#)
      json.raw(choices)
      json.raw(",")
    }
    json.raw(#""object":""#)
    json.raw(object)
    json.raw(#"","usage":"#)
    if let usage { json.raw(usage) } else { json.raw("null") }
    json.raw(#","created":"#)
    json.number(created)
    json.raw(#","system_fingerprint":null,"model":"#)
    json.string(model)
    json.raw(#","id":"#)
    json.string(id)
    json.raw("}")
    return json.bytes
  }

  /// What the `choices` fault makes of the choices; `nil` when the member shall be missing.
  static func choices(_ choices: [UInt8], faults: FaultPlan) -> [UInt8]? {
    switch faults[.choices]?.text("value") {
    case nil: choices
    case "empty": [UInt8]("[]".utf8)
    case "missing": nil
    case "hollow": [UInt8]("[{}]".utf8)
    default: [UInt8]("null".utf8)
    }
  }
}

extension Completion.Call {
  /// The value of `arguments` as the `tool-arguments` fault wants it; `nil` when the member shall be missing, and the
  /// second part tells whether there was such a fault.
  func distortedArguments(_ faults: FaultPlan) -> (json: [UInt8]?, isDistorted: Bool) {
    var json = JSONText()
    switch faults[.toolArguments]?.text("value") {
    case nil:
      json.asciiOnly = faults.has(.ascii)
      json.string(arguments)
      return (json.bytes, false)
    case "missing": return (nil, true)
    case "empty": json.raw("\"\"")
    case "null": json.raw("null")
    case "object": json.raw(arguments)
    case "array": json.raw("\"[1]\"")
    case "number": json.raw("\"5\"")
    case "text": json.raw("\"not json\"")
    default: json.string(Tokens.prefix(arguments, max(1, Tokens.count(arguments) / 2)))
    }
    return (json.bytes, true)
  }
}
