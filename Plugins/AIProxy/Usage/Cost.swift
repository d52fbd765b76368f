/// What an answer costs, in the currency of the configured prices.
enum Cost {
  /// 0 unless prices of input and output are both configured. Tokens read from or written to a cache have prices of their own
  /// when these are configured, and count as input otherwise. Long prompts and service tiers multiply the result as configured.
  static func of(_ usage: Usage, options: AIProxyConfiguration.Options) -> Double {
    guard let inputCost = options.inputCost, let outputCost = options.outputCost else { return 0 }
    var plain = usage.promptTokens
    var input = 0.0
    if let price = options.cacheReadCost, let tokens = usage.cachedTokens {
      input += Double(tokens) * price
      plain -= tokens
    }
    for (tokens, price) in cacheWrites(usage, options) {
      input += Double(tokens) * price
      plain -= tokens
    }
    input += Double(max(0, plain)) * inputCost
    var output = Double(usage.completionTokens) * outputCost
    if let factor = contextFactor(usage.promptTokens, options.contextWindowFactors) {
      input *= factor.inputFactor
      output *= factor.outputFactor
    }
    return (input + output) * tierFactor(usage.serviceTier, options.serviceTierFactors) / 1_000_000
  }

  /// Tokens written to a cache, and their price, by how long they last.
  private static func cacheWrites(_ usage: Usage, _ options: AIProxyConfiguration.Options) -> [(Int, Double)] {
    guard let tokens = usage.cacheCreationTokens else { return [] }
    let long = min(usage.longCacheCreationTokens ?? 0, tokens)
    var result: [(Int, Double)] = []
    for (count, ttl) in [(tokens - long, "5m"), (long, "1h")] where count > 0 {
      let price = options.cacheWriteCosts.first { $0.timeToLive == ttl }?.cost ?? options.cacheWriteCost
      if let price { result.append((count, price)) }
    }
    return result
  }

  /// The factor of the greatest threshold that the prompt is above.
  private static func contextFactor(
    _ promptTokens: Int, _ factors: [AIProxyConfiguration.Options.ContextWindowFactor]
  ) -> AIProxyConfiguration.Options.ContextWindowFactor? {
    factors.filter { promptTokens > $0.threshold }.max { $0.threshold < $1.threshold }
  }

  private static func tierFactor(
    _ tier: String?, _ factors: [AIProxyConfiguration.Options.ServiceTierFactor]
  ) -> Double {
    guard let tier = tier?.lowercased() else { return 1 }
    return factors.first { tier.contains(text: $0.tier.lowercased()) }?.factor ?? 1
  }
}
