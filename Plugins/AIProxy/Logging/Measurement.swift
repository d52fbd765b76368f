/// What is counted of a call.
enum Measurement: Int, CaseIterable, Sendable {
  case requests, errors, cost, promptTokens, completionTokens, cachedTokens, reasoningTokens
  case duration, timeToFirstChunk, timePerOutputToken, inputTokenUsage, outputTokenUsage

  /// The metric's name, behind the plugin's. Histograms are OpenTelemetry's, spelled as Prometheus has it.
  var name: String {
    switch self {
    case .requests: "llm_requests_total"
    case .errors: "llm_errors_total"
    case .cost: "llm_cost_total"
    case .promptTokens: "llm_prompt_tokens_total"
    case .completionTokens: "llm_completion_tokens_total"
    case .cachedTokens: "llm_cached_tokens_total"
    case .reasoningTokens: "llm_reasoning_tokens_total"
    case .duration: "gen_ai_client_operation_duration_seconds"
    case .timeToFirstChunk: "gen_ai_client_operation_time_to_first_chunk_seconds"
    case .timePerOutputToken: "gen_ai_server_time_per_output_token_seconds"
    case .inputTokenUsage: "gen_ai_client_token_usage_input"
    case .outputTokenUsage: "gen_ai_client_token_usage_output"
    }
  }

  /// What it is, in a sentence.
  var help: String {
    switch self {
    case .requests: "Calls that were sent to a provider."
    case .errors: "Calls that a provider or the way to it failed."
    case .cost: "What answers cost, by the configured prices."
    case .promptTokens: "Tokens of prompts, cached ones included."
    case .completionTokens: "Tokens of answers."
    case .cachedTokens: "Tokens of prompts that were read from a cache."
    case .reasoningTokens: "Tokens of answers that are reasoning."
    case .duration: "Seconds from a request to the end of its answer."
    case .timeToFirstChunk: "Seconds from a request to the first token of its stream."
    case .timePerOutputToken: "Seconds for each token after the first."
    case .inputTokenUsage: "Tokens of a prompt."
    case .outputTokenUsage: "Tokens of an answer."
    }
  }

  /// Whether it is a distribution rather than a sum.
  var isHistogram: Bool {
    switch self {
    case .duration, .timeToFirstChunk, .timePerOutputToken, .inputTokenUsage, .outputTokenUsage: true
    default: false
    }
  }

  /// What a call adds.
  static func of(
    _ statistics: Statistics, options: AIProxyConfiguration.SharedOptions, hasFailed: Bool
  ) -> [(Measurement, Double)] {
    let usage = statistics.usage
    var result: [(Measurement, Double)] = [(.requests, 1), (.duration, statistics.seconds)]
    if hasFailed { result.append((.errors, 1)) }
    let cost = Cost.of(usage, options: options.options)
    if cost > 0 { result.append((.cost, cost)) }
    for (measurement, count) in [
      (Measurement.promptTokens, usage.promptTokens), (.completionTokens, usage.completionTokens),
      (.cachedTokens, usage.cachedTokens ?? 0), (.reasoningTokens, usage.reasoningTokens ?? 0),
      (.inputTokenUsage, usage.promptTokens), (.outputTokenUsage, usage.completionTokens),
    ] where count > 0 {
      result.append((measurement, Double(count)))
    }
    if statistics.isStream, let first = statistics.secondsToFirstToken {
      result.append((.timeToFirstChunk, first))
      if usage.completionTokens > 1 {
        result.append((.timePerOutputToken, (statistics.seconds - first) / Double(usage.completionTokens - 1)))
      }
    }
    return result
  }
}
