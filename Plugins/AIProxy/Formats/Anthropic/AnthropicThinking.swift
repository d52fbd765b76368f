import JSON

/// Whether the model is to think, and whether the client wants to see it.
struct AnthropicThinking {
  /// Whether thinking was turned on for this request.
  private(set) var isOn = false
  /// Whether reasoning, should any come, is shown.
  private(set) var isShown = false
  /// What `enable_thinking` is sent as; `nil`: not at all, so that the model's default holds.
  private var switched: Bool?
  private var budget: Int?

  /// - Parameters:
  ///   - value: the request's `thinking`.
  ///   - policy: what the configuration says.
  ///   - isForbidden: forced tools and JSON schemas do not go with thinking.
  init(
    _ value: JSONValue?, policy: AIProxyConfiguration.Translation.Thinking, capabilities: ModelCapabilities,
    isForbidden: Bool
  ) {
    let type = value?["type"]
    let isEnabled = type?.equals("enabled") ?? false
    let isDisabled = type?.equals("disabled") ?? false
    let isAdaptive = type?.equals("adaptive") ?? false
    let isOmitted = value?["display"]?.equals("omitted") ?? false
    isShown = (isEnabled || isAdaptive) && !isOmitted
    guard capabilities.canThink else { return }
    switch policy {
    case .client:
      // Clients say "adaptive" to every model; taking that for a wish would change cost and speed unasked.
      if isEnabled { switched = true } else if isDisabled { switched = false }
    case .on: switched = true
    case .off: switched = false
    }
    if isForbidden, switched ?? capabilities.thinksByDefault { switched = false }
    isOn = switched == true
    if isOn, isEnabled, let tokens = value?["budget_tokens"]?.integer, tokens > 0 { budget = tokens }
  }

  func write(to writer: inout JSONWriter) {
    guard let switched else { return }
    writer.key("enable_thinking")
    writer.boolean(switched)
    if let budget {
      writer.key("thinking_budget")
      writer.integer(budget)
    }
  }
}
