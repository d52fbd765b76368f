/// What is known of the models on DashScope: limits of output and context, thinking and images.
enum DashScopeModels {
  private struct Entry: Sendable {
    var prefix: String
    var context: Int
    var output: Int
    var thinks = false
    var thinksByDefault = false
    var sees = false
  }

  /// The longest prefix that fits decides, so that dated and regional names (`qwen-plus-2025-07-28`, `qwen-plus-us`) are
  /// found under their family. Nothing is assumed of other models: the server checks.
  static func capabilities(of model: String) -> ModelCapabilities {
    var best: Entry?
    for entry in entries where model.hasPrefix(entry.prefix) && entry.prefix.utf8.count > best?.prefix.utf8.count ?? 0 {
      best = entry
    }
    guard let best else { return ModelCapabilities() }
    let thinks = best.thinks && !model.contains(text: "-instruct")
    return ModelCapabilities(
      maximumOutputTokens: best.output, contextWindow: best.context, canThink: thinks,
      thinksByDefault: thinks && best.thinksByDefault, acceptsImages: best.sees)
  }

  private static let entries: [Entry] = [
    Entry(prefix: "qwen-plus", context: 1_000_000, output: 32_768, thinks: true),
    Entry(prefix: "qwen-max", context: 32_768, output: 8_192),
    Entry(prefix: "qwen-turbo", context: 1_000_000, output: 16_384, thinks: true),
    Entry(prefix: "qwen-flash", context: 1_000_000, output: 32_768, thinks: true),
    Entry(prefix: "qwen3-max", context: 262_144, output: 65_536),
    Entry(prefix: "qwen3-coder-plus", context: 1_048_576, output: 65_536),
    Entry(prefix: "qwen3-coder-flash", context: 1_000_000, output: 65_536),
    Entry(prefix: "qwen3-vl-plus", context: 262_144, output: 32_768, thinks: true, sees: true),
    Entry(prefix: "qwen3-vl-flash", context: 262_144, output: 32_768, thinks: true, sees: true),
    Entry(prefix: "qwen3.5-plus", context: 1_000_000, output: 65_536, thinks: true, sees: true),
    Entry(prefix: "qwen3.6-plus", context: 1_000_000, output: 65_536, thinks: true, sees: true),
    Entry(prefix: "qwen3.7-plus", context: 1_000_000, output: 65_536, thinks: true, sees: true),
    Entry(prefix: "qwen3.7-max", context: 1_000_000, output: 65_536, thinks: true),
    // Open models think unless told otherwise.
    Entry(prefix: "qwen3-235b", context: 131_072, output: 16_384, thinks: true, thinksByDefault: true),
    Entry(prefix: "qwen3-32b", context: 131_072, output: 16_384, thinks: true, thinksByDefault: true),
    Entry(prefix: "qwen3-30b", context: 131_072, output: 16_384, thinks: true, thinksByDefault: true),
    Entry(prefix: "qwen3-14b", context: 131_072, output: 8_192, thinks: true, thinksByDefault: true),
    Entry(prefix: "qwen3-8b", context: 131_072, output: 8_192, thinks: true, thinksByDefault: true),
  ]
}
