import JSON

/// When a model may think, and what it can't do meanwhile.
enum ThinkingRules {
  /// Returns whether the model will think.
  static func check(_ root: JSONNode, model: Model) throws(ServiceError) -> Bool {
    let asked = root["enable_thinking"]?.present
    if let asked, asked.boolean == nil { throw .parameter("enable_thinking must be a boolean") }
    let thinks: Bool
    switch model.thinking {
    case .unsupported:
      if asked?.boolean == true {
        throw ServiceError(
          status: 400, code: "NotSupportEnableThinking",
          message: "The model \(model.name) does not support enable_thinking.")
      }
      thinks = false
    case .toggle(let byDefault, let streamedOnly):
      thinks = asked?.boolean ?? byDefault
      if thinks, streamedOnly, root["stream"]?.boolean != true {
        throw .request("parameter.enable_thinking must be set to false for non-streaming calls")
      }
    }
    if let node = root["thinking_budget"]?.present {
      guard let budget = node.integer, budget >= 1, budget <= model.thinkingBudgetLimit else {
        throw .parameter(
          "The thinking_budget parameter must be a positive integer and not greater than \(model.thinkingBudgetLimit)")
      }
    }
    guard thinks else { return false }
    if let choice = root["tool_choice"]?.present, choice.string == "required" || choice.members != nil {
      throw .parameter("The tool_choice parameter does not support being set to required or object in thinking mode")
    }
    if let type = root["response_format"]?["type"]?.string, type != "text" {
      throw .parameter("Json mode response is not supported when enable_thinking is true")
    }
    return true
  }
}
