import JSON

/// Reads `model`: a provider, one of its models, and options.
enum ModelReader {
  /// - Parameter path: JSON Pointer to `node`.
  static func read(_ node: JSONNode, _ path: String) throws(ConfigurationError) -> AIProxyConfiguration.Model {
    guard let provider = ConfigurationReader.text(node, "provider") else {
      throw ConfigurationError(pointer: "\(path)/provider", message: "required field missing")
    }
    var model = AIProxyConfiguration.Model(provider: provider)
    model.name = ConfigurationReader.text(node, "name")
    model.alias = ConfigurationReader.text(node, "model_alias")
    guard let options = node["options"], !options.isNull else { return model }
    readSampling(options, into: &model.options)
    try readPrices(options, "\(path)/options", into: &model.options)
    try readPlace(options, "\(path)/options", into: &model.options)
    return model
  }

  private static func readSampling(_ node: JSONNode, into options: inout AIProxyConfiguration.Options) {
    options.maximumTokens = node["max_tokens"]?.integer
    options.temperature = node["temperature"]?.number
    options.topP = node["top_p"]?.number
    options.topK = node["top_k"]?.number
    options.embeddingsDimensions = node["embeddings_dimensions"]?.integer
  }

  private static func readPrices(
    _ node: JSONNode, _ path: String, into options: inout AIProxyConfiguration.Options
  ) throws(ConfigurationError) {
    options.inputCost = node["input_cost"]?.double
    options.outputCost = node["output_cost"]?.double
    options.cacheReadCost = node["cache_read_cost"]?.double
    options.cacheWriteCost = node["cache_write_cost"]?.double
    for entry in node["cache_write_cost_list"]?.array ?? [] {
      guard let ttl = ConfigurationReader.text(entry, "ttl"), let cost = entry["cost"]?.double else { continue }
      options.cacheWriteCosts.append(.init(timeToLive: ttl, cost: cost))
    }
    for (place, entry) in (node["context_window_factor"]?.array ?? []).enumerated() {
      guard let threshold = entry["above"]?.string.flatMap(tokens) else {
        throw ConfigurationError(
          pointer: "\(path)/context_window_factor/\(place)/above",
          message: "must be a number of tokens, such as 200000 or 200k")
      }
      options.contextWindowFactors.append(
        .init(
          threshold: threshold, inputFactor: entry["input_factor"]?.double ?? 1,
          outputFactor: entry["output_factor"]?.double ?? 1))
    }
    for entry in node["service_tier_factor"]?.array ?? [] {
      guard let tier = ConfigurationReader.text(entry, "tier"), let factor = entry["factor"]?.double else { continue }
      options.serviceTierFactors.append(.init(tier: tier, factor: factor))
    }
  }

  private static func readPlace(
    _ node: JSONNode, _ path: String, into options: inout AIProxyConfiguration.Options
  ) throws(ConfigurationError) {
    options.upstreamURL = ConfigurationReader.text(node, "upstream_url")
    options.upstreamPath = ConfigurationReader.text(node, "upstream_path")
    options.anthropicVersion = ConfigurationReader.text(node, "anthropic_version")
    options.azure.instance = ConfigurationReader.text(node, "azure_instance")
    options.azure.deployment = ConfigurationReader.text(node, "azure_deployment_id")
    options.azure.version = ConfigurationReader.text(node, "azure_api_version") ?? options.azure.version
    options.llama2Format = ConfigurationReader.text(node, "llama2_format")
    options.mistralFormat = ConfigurationReader.text(node, "mistral_format")
    options.isInternational = node["dashscope"]?["international"]?.boolean ?? true
    if let dashScope = node["dashscope"], ConfigurationReader.text(dashScope, "region") != nil {
      let region: AIProxyConfiguration.Options.DashScopeRegion = try ConfigurationReader.choice(
        dashScope, "region", "\(path)/dashscope"
      ) { $0 }
      options.region = region
    }
    options.usesHuggingFaceCache = node["huggingface"]?["use_cache"]?.boolean
    options.waitsForHuggingFaceModel = node["huggingface"]?["wait_for_model"]?.boolean
    options.databricksInstance = node["databricks"].flatMap { ConfigurationReader.text($0, "workspace_instance_id") }
    if let gemini = node["gemini"], !gemini.isNull {
      options.gemini = .init(
        endpoint: ConfigurationReader.text(gemini, "api_endpoint"),
        project: ConfigurationReader.text(gemini, "project_id"),
        location: ConfigurationReader.text(gemini, "location_id"),
        endpointIdentifier: ConfigurationReader.text(gemini, "endpoint_id"))
    }
  }

  /// `200000`, `200k`, `1M`
  private static func tokens(_ text: String) -> Int? {
    var digits = Substring(text)
    var unit = 1
    if digits.hasSuffix("k") || digits.hasSuffix("K") {
      unit = 1000
      digits = digits.dropLast()
    } else if digits.hasSuffix("m") || digits.hasSuffix("M") {
      unit = 1_000_000
      digits = digits.dropLast()
    }
    guard let count = Int(digits), count >= 0 else { return nil }
    let (result, overflows) = count.multipliedReportingOverflow(by: unit)
    return overflows ? nil : result
  }
}
