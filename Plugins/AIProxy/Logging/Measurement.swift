/// What is counted of a call.
enum Measurement: Int, CaseIterable, Sendable {
  case requests, errors, cost, promptTokens, completionTokens, cachedTokens, reasoningTokens
  case duration, timeToFirstChunk, requestDuration, timeToFirstToken, timePerOutputToken
  case inputTokenUsage, outputTokenUsage

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
    case .requestDuration: "gen_ai_server_request_duration_seconds"
    case .timeToFirstToken: "gen_ai_server_time_to_first_token_seconds"
    case .timePerOutputToken: "gen_ai_server_time_per_output_token_seconds"
    case .inputTokenUsage, .outputTokenUsage: "gen_ai_client_token_usage"
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
    case .requestDuration: "Seconds from a request to the end of its answer, as the client sees them."
    case .timeToFirstToken: "Seconds from a request to the first token of its stream, as the client sees them."
    case .timePerOutputToken: "Seconds for each token after the first."
    case .inputTokenUsage, .outputTokenUsage: "Tokens of a prompt (input) and of an answer (output)."
    }
  }

  /// Upper bounds of a distribution's buckets, as OpenTelemetry's conventions for generative AI advise; none for sums.
  var bounds: [Double] {
    switch self {
    case .duration, .timeToFirstChunk, .requestDuration: Self.doubling
    case .timeToFirstToken:
      [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]
    case .timePerOutputToken: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5]
    case .inputTokenUsage, .outputTokenUsage: (0..<14).map { Double(1 << (2 * $0)) }
    default: []
    }
  }

  /// Seconds from 0.01 to 81.92.
  private static let doubling = [
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
  ]

  /// Whether it is a distribution rather than a sum.
  var isHistogram: Bool {
    switch self {
    case .requests, .errors, .cost, .promptTokens, .completionTokens, .cachedTokens, .reasoningTokens: false
    default: true
    }
  }

  /// What a call adds.
  static func of(
    _ statistics: Statistics, options: AIProxyConfiguration.SharedOptions, hasFailed: Bool
  ) -> [(Measurement, Double)] {
    let usage = statistics.usage
    var result: [(Measurement, Double)] = [
      (.requests, 1), (.duration, statistics.seconds), (.requestDuration, statistics.seconds),
    ]
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
      result.append((.timeToFirstToken, first))
      if usage.completionTokens > 1 {
        result.append((.timePerOutputToken, (statistics.seconds - first) / Double(usage.completionTokens - 1)))
      }
    }
    return result
  }
}
