/// The configuration of one instance: Kong's `ai-proxy` schema (Gateway 3.15), and `translation`, which is Torii's own.
struct AIProxyConfiguration: Sendable {
  /// What kind of call the route serves.
  var routeType: RouteType
  /// The format its clients speak.
  var clientFormat = ClientFormat.openai
  /// `genai_category`
  var category = "text/generation"
  /// Whether answers may, may not or must be streamed.
  var responseStreaming = ResponseStreaming.allow
  /// The largest request body taken, in bytes; 0 for any.
  var maximumRequestBodySize = Self.defaultMaximumRequestBodySize
  /// Whether responses carry `X-Kong-LLM-Model`.
  var hasModelNameHeader = true
  var logging = Logging()
  var authentication = Authentication()
  var model: Model
  var translation = Translation()
  var payloads = Payloads()
  var telemetry = Telemetry()
  var resilience = Resilience()

  /// What Anthropic's API takes; Kong's 1 MiB is less than a Claude Code session with a few images.
  static let defaultMaximumRequestBodySize = 32 << 20

  /// `route_type`
  enum RouteType: String, Sendable, CaseIterable {
    case chat = "llm/v1/chat"
    case completions = "llm/v1/completions"
    case embeddings = "llm/v1/embeddings"
    case responses = "llm/v1/responses"
    case assistants = "llm/v1/assistants"
    case batches = "llm/v1/batches"
    case files = "llm/v1/files"
    case speech = "audio/v1/audio/speech"
    case transcriptions = "audio/v1/audio/transcriptions"
    case translations = "audio/v1/audio/translations"
    case imageGenerations = "image/v1/images/generations"
    case imageEdits = "image/v1/images/edits"
    case videoGenerations = "video/v1/videos/generations"
    case realtime = "realtime/v1/realtime"
    case preserve
  }

  /// `llm_format`
  enum ClientFormat: String, Sendable {
    case openai, anthropic, bedrock, cohere, gemini, huggingface
  }

  /// `response_streaming`
  enum ResponseStreaming: String, Sendable {
    case allow, deny, always
  }

  /// `logging`
  struct Logging: Sendable {
    /// Write `ai.proxy.usage` and `ai.proxy.meta`.
    var logsStatistics = false
    /// Write `ai.proxy.payload`.
    var logsPayloads = false
  }

  /// `auth`
  struct Authentication: Sendable {
    var headerName: String?
    var headerValue: String?
    var parameterName: String?
    var parameterValue: String?
    var parameterLocation: ParameterLocation?
    /// The client's own credential wins.
    var allowsOverride = false

    /// `param_location`
    enum ParameterLocation: String, Sendable {
      case query, body
    }
  }

  /// `model`
  struct Model: Sendable {
    var provider: String
    var name: String?
    /// Another name by which requests may ask for the model; `*` stands for any characters.
    var alias: String?
    /// `options`: every request has copies of the model, and these share them.
    private(set) var sharedOptions = SharedOptions(Options())

    init(provider: String, name: String? = nil, alias: String? = nil, options: Options = Options()) {
      self.provider = provider
      self.name = name
      self.alias = alias
      sharedOptions = SharedOptions(options)
    }

    var options: Options {
      get { sharedOptions.options }
      set { sharedOptions = SharedOptions(newValue) }
    }
  }

  /// `translation`: choices that Kong's schema does not have.
  struct Translation: Sendable {
    /// Whether models that can think do.
    var thinking = Thinking.client
    /// Send earlier reasoning back to the model.
    var preservesThinking = false
    /// What becomes of Anthropic's `web_search` tool.
    var webSearch = WebSearch.drop
    /// `context_cache: explicit`: send markers of what is to be cached to providers that take them.
    var marksCache = false
    /// What becomes of content that the model cannot take.
    var unsupportedContent = UnsupportedContent.reject
    /// A stream that ends without saying why the model stopped is complete.
    var acceptsMissingFinishReason = false
    /// Reasoning may come as `<think>…</think>` at the beginning of the text.
    var findsInlineThinking = false
    /// Name the model in answers as the client did, not as the upstream does.
    var answersWithRequestedModel = false
    /// Seconds of silence after which a `ping` is sent; 0: never.
    var pingInterval = 10

    enum Thinking: String, Sendable {
      /// As the client says.
      case client
      case on
      case off
    }

    enum WebSearch: String, Sendable {
      case drop
      /// DashScope's own search.
      case enableSearch = "enable_search"
    }

    enum UnsupportedContent: String, Sendable {
      /// Answer 400.
      case reject
      /// Tell the model that something was left out.
      case placeholder
    }
  }
}
