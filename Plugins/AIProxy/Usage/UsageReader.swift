import JSON

/// Reads the `usage` object of OpenAI-compatible answers, with the details that DashScope and others add.
enum UsageReader {
  /// The counts, or `nil` when `value` is no object or counts nothing. Counts that are missing, negative or no integers are
  /// zero.
  static func read(_ value: JSONValue) -> Usage? {
    guard value.kind == .object else { return nil }
    var usage = Usage(isReported: true)
    var countsAny = false
    for (key, value) in value.members {
      if key.equals("prompt_tokens") {
        countsAny = countsAny || count(value) != nil
        usage.promptTokens = count(value) ?? 0
      } else if key.equals("completion_tokens") {
        countsAny = countsAny || count(value) != nil
        usage.completionTokens = count(value) ?? 0
      } else if key.equals("total_tokens") {
        countsAny = countsAny || count(value) != nil
        usage.totalTokens = count(value)
      } else if key.equals("prompt_tokens_details") {
        readPromptDetails(value, into: &usage)
      } else if key.equals("completion_tokens_details") {
        readCompletionDetails(value, into: &usage)
      } else if key.equals("input_tokens") {
        // The responses and image interfaces count in these words.
        countsAny = countsAny || count(value) != nil
        usage.promptTokens = count(value) ?? usage.promptTokens
      } else if key.equals("output_tokens") {
        countsAny = countsAny || count(value) != nil
        usage.completionTokens = count(value) ?? usage.completionTokens
      } else if key.equals("input_tokens_details") {
        readPromptDetails(value, into: &usage)
      } else if key.equals("output_tokens_details") {
        readCompletionDetails(value, into: &usage)
      } else if key.equals("cache_creation_input_tokens") {
        usage.cacheCreationTokens = usage.cacheCreationTokens ?? count(value)
      }
    }
    return countsAny ? usage : nil
  }

  /// Adds the counts of an Anthropic `usage` object: those that it has replace those that came before.
  static func readAnthropic(_ value: JSONValue, into usage: inout Usage) {
    usage.isReported = true
    // Inside, the prompt's tokens include the cached ones.
    var plain = usage.anthropicInputTokens
    for (key, value) in value.members {
      if key.equals("input_tokens") {
        plain = count(value) ?? plain
      } else if key.equals("output_tokens") {
        usage.completionTokens = count(value) ?? usage.completionTokens
      } else if key.equals("cache_read_input_tokens") {
        usage.cachedTokens = count(value) ?? usage.cachedTokens
      } else if key.equals("cache_creation_input_tokens") {
        usage.cacheCreationTokens = count(value) ?? usage.cacheCreationTokens
      } else if key.equals("cache_creation") {
        usage.longCacheCreationTokens = value["ephemeral_1h_input_tokens"].flatMap(count)
      } else if key.equals("output_tokens_details") {
        usage.reasoningTokens = value["thinking_tokens"].flatMap(count) ?? usage.reasoningTokens
      } else if key.equals("service_tier") {
        usage.serviceTier = value.string ?? usage.serviceTier
      }
    }
    usage.promptTokens = plain &+ (usage.cachedTokens ?? 0) &+ (usage.cacheCreationTokens ?? 0)
  }

  /// The counts of Google's `usageMetadata`, or `nil` when `value` is no object. What is thought is paid for like what is said.
  static func readGemini(_ value: JSONValue) -> Usage? {
    guard value.kind == .object else { return nil }
    var usage = Usage(isReported: true)
    for (key, value) in value.members {
      if key.equals("promptTokenCount") || key.equals("toolUsePromptTokenCount") {
        usage.promptTokens += count(value) ?? 0
      } else if key.equals("candidatesTokenCount") {
        usage.completionTokens += count(value) ?? 0
      } else if key.equals("thoughtsTokenCount") {
        usage.reasoningTokens = count(value)
        usage.completionTokens += count(value) ?? 0
      } else if key.equals("cachedContentTokenCount") {
        usage.cachedTokens = count(value)
      } else if key.equals("totalTokenCount") {
        usage.totalTokens = count(value)
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
    // Some servers write numbers as strings.
    guard let count = value.integer ?? value.string.flatMap({ Int($0) }), count >= 0, count < 1 << 48 else {
      return nil
    }
    return count
  }
}
