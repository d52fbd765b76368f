extension AIProxyConfiguration {
  /// Options that are copied by reference: there are many of them.
  final class SharedOptions: Sendable {
    let options: Options

    init(_ options: Options = Options()) { self.options = options }
  }

  /// `model.options`; numbers that are sent upstream keep their spelling.
  struct Options: Sendable {
    var maximumTokens: Int?
    var temperature: String?
    var topP: String?
    var topK: String?
    /// Prices per million tokens.
    var inputCost: Double?
    var outputCost: Double?
    var cacheReadCost: Double?
    var cacheWriteCost: Double?
    /// `cache_write_cost_list`: prices of cache writes by how long they last.
    var cacheWriteCosts: [CacheWriteCost] = []
    /// `context_window_factor`: what long prompts cost more.
    var contextWindowFactors: [ContextWindowFactor] = []
    /// `service_tier_factor`: what a vendor's service tiers cost more or less.
    var serviceTierFactors: [ServiceTierFactor] = []
    /// `embeddings_dimensions`: sent where the request names none.
    var embeddingsDimensions: Int?
    var upstreamURL: String?
    var upstreamPath: String?
    /// `anthropic_version`
    var anthropicVersion: String?
    var azure = Azure()
    var gemini = Gemini()
    /// `llama2_format` and `mistral_format`
    var llama2Format: String?
    var mistralFormat: String?
    /// `dashscope.international`
    var isInternational = true
    /// `dashscope.region`, which is Torii's own; wins over ``isInternational``.
    var region: DashScopeRegion?
    /// `huggingface.use_cache` and `huggingface.wait_for_model`
    var usesHuggingFaceCache: Bool?
    var waitsForHuggingFaceModel: Bool?
    /// `databricks.workspace_instance_id`
    var databricksInstance: String?

    /// One of `cache_write_cost_list`.
    struct CacheWriteCost: Equatable, Sendable {
      /// `5m`, `1h`
      var timeToLive: String
      var cost: Double
    }

    /// One of `context_window_factor`.
    struct ContextWindowFactor: Equatable, Sendable {
      /// Prompts of more tokens than this.
      var threshold: Int
      var inputFactor: Double
      var outputFactor: Double
    }

    /// One of `service_tier_factor`.
    struct ServiceTierFactor: Equatable, Sendable {
      /// Found in the upstream's name for the tier, in any case.
      var tier: String
      var factor: Double
    }

    /// `azure_instance`, `azure_deployment_id`, `azure_api_version`
    struct Azure: Equatable, Sendable {
      var instance: String?
      var deployment: String?
      var version = "2023-05-15"
    }

    /// `gemini`: with the first three it is Vertex AI.
    struct Gemini: Equatable, Sendable {
      var endpoint: String?
      var project: String?
      var location: String?
      var endpointIdentifier: String?
    }

    /// Where DashScope's servers stand; keys are bound to one of them.
    enum DashScopeRegion: String, Sendable {
      case international, mainland, us, hongkong, finance
    }
  }
}
