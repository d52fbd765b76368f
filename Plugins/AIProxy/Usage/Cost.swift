/// What an answer costs, in the currency of the configured prices.
enum Cost {
  /// 0 unless prices of input and output are both configured. Tokens read from or written to a cache have prices of their own
  /// when these are configured, and count as input otherwise.
  static func of(_ usage: Usage, options: AIProxyConfiguration.Options) -> Double {
    guard let inputCost = options.inputCost, let outputCost = options.outputCost else { return 0 }
    var plain = usage.promptTokens
    var cost = Double(usage.completionTokens) * outputCost
    if let price = options.cacheReadCost, let tokens = usage.cachedTokens {
      cost += Double(tokens) * price
      plain -= tokens
    }
    if let price = options.cacheWriteCost, let tokens = usage.cacheCreationTokens {
      cost += Double(tokens) * price
      plain -= tokens
    }
    return (cost + Double(max(0, plain)) * inputCost) / 1_000_000
  }
}
