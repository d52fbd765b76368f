/// What a model takes and how its server wants to be asked: where translators ask instead of knowing drivers.
struct ModelCapabilities: Sendable {
  /// The largest `max_tokens`; `nil` if not known.
  var maximumOutputTokens: Int?
  /// Tokens of prompt and answer together; `nil` if not known.
  var contextWindow: Int?
  /// Whether it takes `enable_thinking`.
  var canThink = false
  /// Whether it thinks unless told otherwise.
  var thinksByDefault = false
  /// Whether it takes images.
  var acceptsImages = true
  /// Whether `tool_choice` may be `required`: so of some of DashScope's models, and only a refusal tells of which not.
  var acceptsRequiredToolChoice = true
  /// Whether embeddings come as numbers only, whatever `encoding_format` says.
  var embedsNumbersOnly = false
  /// Whether content parts may be marked with `cache_control`.
  var acceptsCacheMarkers = false
  /// Whether it takes `top_k`.
  var acceptsTopK = true
  /// Temperatures must lie below this.
  var temperatureLimit: Double?
  /// The greatest temperature below ``temperatureLimit``, as it is sent.
  var greatestTemperature: StaticString = "1.99"
  /// The tool name that the server keeps for itself; empty if none.
  var reservedToolName: StaticString = ""
  /// Whether a conversation may end with the beginning of the answer, marked `partial`.
  var marksPrefill = false
  /// Whether thinking needs a streamed answer.
  var thinksOnlyInStreams = false
  /// Whether `parallel_tool_calls` must be said, because it is off by default.
  var saysParallelToolCalls = true
}
