/// What an answer cost, counted as OpenAI counts: ``promptTokens`` includes the cached ones.
///
/// This is the form kept inside and logged; Anthropic's form, which leaves cached tokens out of `input_tokens`, is
/// derived where its bodies are written.
struct Usage: Equatable, Sendable {
  /// Whether the upstream reported numbers; the others are zero if not.
  var isReported = false
  var promptTokens = 0
  var completionTokens = 0
  /// As reported; ``totalOrSum`` when it was not.
  @OptionalCount var totalTokens: Int?
  /// `prompt_tokens_details.cached_tokens`: read from a cache.
  @OptionalCount var cachedTokens: Int?
  /// `prompt_tokens_details.cache_creation_input_tokens`: written to a cache.
  @OptionalCount var cacheCreationTokens: Int?
  /// Of these, written to last an hour rather than minutes.
  @OptionalCount var longCacheCreationTokens: Int?
  @OptionalCount var promptAudioTokens: Int?
  /// `completion_tokens_details.reasoning_tokens`
  @OptionalCount var reasoningTokens: Int?
  @OptionalCount var completionAudioTokens: Int?
  @OptionalCount var acceptedPredictionTokens: Int?
  @OptionalCount var rejectedPredictionTokens: Int?
  /// The vendor's name for the tier that served the call.
  var serviceTier: String?

  /// The total as reported, or the sum.
  var totalOrSum: Int { totalTokens ?? promptTokens &+ completionTokens }

  /// Anthropic's `input_tokens`: neither read from a cache nor written to one.
  var anthropicInputTokens: Int {
    max(0, promptTokens &- (cachedTokens ?? 0) &- (cacheCreationTokens ?? 0))
  }
}

/// A count that may be missing, in the room of one that may not: every open stream has nine of them.
@propertyWrapper
struct OptionalCount: Equatable, Sendable {
  private var stored = Int.min

  init(wrappedValue: Int?) { self.wrappedValue = wrappedValue }

  var wrappedValue: Int? {
    get { stored == .min ? nil : stored }
    set { stored = newValue ?? .min }
  }
}
