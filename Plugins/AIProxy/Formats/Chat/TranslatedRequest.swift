/// A request for an OpenAI-compatible upstream, and what must be remembered of it until the answer comes.
struct TranslatedRequest: Sendable {
  /// The body to send.
  var body: [UInt8] = []
  /// The model it goes to.
  var model = ""
  /// The model that the client named; the one it goes to if it named none.
  var requestedModel = ""
  /// Whether the client gets a stream.
  var isStream = false
  /// Whether the upstream is asked for a stream, which may be gathered for the client.
  var asksForStream = false
  /// Whether usage was asked for although the client did not: it must not see the event that carries it.
  var hidesUsageEvent = false
  /// Whether the client wants embeddings in base64 that come as numbers.
  var wantsBase64 = false
  /// Whether the client wants to see reasoning.
  var showsThinking = false
  /// The prompt's size, roughly.
  var estimatedInputTokens = 0
  /// Tool names that were changed.
  var toolNames = ToolNameMap()
  /// Whether it demands a call of one of several tools, which not all models can be made to.
  var demandsSomeTool = false
  /// Whether the model's limits are not known, so that it may refuse `max_tokens` and say how many it takes.
  var guessesLimit = false
  /// Whether it says which prefixes the provider is to cache.
  var marksCache = false
  /// What a response in OpenAI's Responses format says of the request: members of a JSON object.
  var echo: [UInt8] = []
  /// The web search that it asks for.
  var webSearch = AnthropicWebSearch()
  /// What was left out or replaced, for the log.
  var notes: [String] = []
  /// What was not understood and left out, which may change what the model makes of it.
  var warnings: [String] = []
}
