import JSON

/// Reads the `usage` object of OpenAI-compatible answers, with the details that DashScope and others add.
enum UsageReader {
  /// The counts, or `nil` when `value` is no object. Counts that are missing, negative or no integers are zero.
  static func read(_ value: JSONValue) -> Usage? {
    guard value.kind == .object else { return nil }
    var usage = Usage(isReported: true)
    for (key, value) in value.members {
      if key.equals("prompt_tokens") {
        usage.promptTokens = count(value) ?? 0
      } else if key.equals("completion_tokens") {
        usage.completionTokens = count(value) ?? 0
      } else if key.equals("total_tokens") {
        usage.totalTokens = count(value)
      } else if key.equals("prompt_tokens_details") {
        readPromptDetails(value, into: &usage)
      } else if key.equals("completion_tokens_details") {
        readCompletionDetails(value, into: &usage)
      } else if key.equals("cache_creation_input_tokens") {
        usage.cacheCreationTokens = usage.cacheCreationTokens ?? count(value)
      }
    }
    return usage
  }

  private static func readPromptDetails(_ details: JSONValue, into usage: inout Usage) {
    for (key, value) in details.members {
      if key.equals("cached_tokens") {
        usage.cachedTokens = count(value)
      } else if key.equals("cache_creation_input_tokens") || key.equals("cache_write_tokens") {
        usage.cacheCreationTokens = count(value) ?? usage.cacheCreationTokens
      } else if key.equals("audio_tokens") {
        usage.promptAudioTokens = count(value)
      }
    }
  }

  private static func readCompletionDetails(_ details: JSONValue, into usage: inout Usage) {
    for (key, value) in details.members {
      if key.equals("reasoning_tokens") {
        usage.reasoningTokens = count(value)
      } else if key.equals("audio_tokens") {
        usage.completionAudioTokens = count(value)
      } else if key.equals("accepted_prediction_tokens") {
        usage.acceptedPredictionTokens = count(value)
      } else if key.equals("rejected_prediction_tokens") {
        usage.rejectedPredictionTokens = count(value)
      }
    }
  }

  private static func count(_ value: JSONValue) -> Int? {
    guard let count = value.integer, count >= 0, count < 1 << 48 else { return nil }
    return count
  }
}
