/// A model as the simulated service offers it.
struct Model: Sendable {
  /// How a model deals with `enable_thinking`.
  enum Thinking: Sendable {
    /// It refuses `enable_thinking: true`.
    case unsupported
    /// It can think. `byDefault`: it does unless told not to. `streamedOnly`: not in a one-shot call.
    case toggle(byDefault: Bool, streamedOnly: Bool)
  }

  /// The name requests use.
  var name: String
  /// The most prompt tokens: the N of `Range of input length should be [1, N]`.
  var inputLimit: Int
  /// The most completion tokens: the N of `Range of max_tokens should be [1, N]`.
  var outputLimit: Int
  /// Whether and how it thinks.
  var thinking = Thinking.unsupported
  /// The largest `thinking_budget`.
  var thinkingBudgetLimit = 81_920
  /// Whether it reads images. A model that does not also wants its content as strings.
  var vision = false
  /// Whether `tool_choice` may be `required`.
  var acceptsRequiredTool = false

  /// Reads `NAME=CONTEXT,MAX_OUTPUT[,vision][,thinking|thinking-default|thinking-stream][,required]`.
  init?(commandLine text: String) {
    guard let equals = text.lastIndex(of: "=") else { return nil }
    let values = text[text.index(after: equals)...].split(separator: ",")
    guard values.count >= 2, let input = Int(values[0]), let output = Int(values[1]), input > 0, output > 0 else {
      return nil
    }
    self.init(name: String(text[..<equals]), inputLimit: input, outputLimit: output)
    for trait in values.dropFirst(2) {
      switch trait {
      case "vision": vision = true
      case "required": acceptsRequiredTool = true
      case "thinking": thinking = .toggle(byDefault: false, streamedOnly: false)
      case "thinking-default": thinking = .toggle(byDefault: true, streamedOnly: false)
      case "thinking-stream": thinking = .toggle(byDefault: false, streamedOnly: true)
      default: return nil
      }
    }
  }

  init(
    name: String, inputLimit: Int, outputLimit: Int, thinking: Thinking = .unsupported,
    thinkingBudgetLimit: Int = 81_920, vision: Bool = false, acceptsRequiredTool: Bool = false
  ) {
    self.name = name
    self.inputLimit = inputLimit
    self.outputLimit = outputLimit
    self.thinking = thinking
    self.thinkingBudgetLimit = thinkingBudgetLimit
    self.vision = vision
    self.acceptsRequiredTool = acceptsRequiredTool
  }
}

/// The models that exist, in the order `GET /models` lists them.
struct ModelTable: Sendable {
  /// All chat models.
  private(set) var models: [Model]
  /// The models of the embeddings endpoint, with the number of dimensions each returns when not asked for another.
  let embeddings = [
    "text-embedding-v1": 1536, "text-embedding-v2": 1536, "text-embedding-v3": 1024, "text-embedding-v4": 1024,
  ]

  /// The built-in table with `extra` added; an extra model replaces one of the same name.
  init(extra: [Model]) {
    models = Self.builtIn
    for model in extra {
      models.removeAll { $0.name == model.name }
      models.append(model)
    }
  }

  /// The model of that name.
  func model(named name: String) -> Model? {
    models.first { $0.name == name }
  }

  private static let optional = Model.Thinking.toggle(byDefault: false, streamedOnly: false)
  private static let optionalStreamed = Model.Thinking.toggle(byDefault: false, streamedOnly: true)
  private static let alwaysStreamed = Model.Thinking.toggle(byDefault: true, streamedOnly: true)

  private static let builtIn: [Model] = [
    Model(name: "qwen-plus", inputLimit: 997_952, outputLimit: 32_768, thinking: optionalStreamed),
    Model(name: "qwen-plus-latest", inputLimit: 997_952, outputLimit: 32_768, thinking: optionalStreamed),
    Model(name: "qwen-max", inputLimit: 30_720, outputLimit: 8_192),
    Model(
      name: "qwen-turbo", inputLimit: 1_000_000, outputLimit: 16_384, thinking: optionalStreamed,
      thinkingBudgetLimit: 38_912),
    Model(name: "qwen-flash", inputLimit: 997_952, outputLimit: 32_768, thinking: optionalStreamed),
    Model(name: "qwen3-max", inputLimit: 258_048, outputLimit: 65_536, acceptsRequiredTool: true),
    Model(name: "qwen3-coder-plus", inputLimit: 997_952, outputLimit: 65_536, acceptsRequiredTool: true),
    Model(name: "qwen3-coder-flash", inputLimit: 997_952, outputLimit: 65_536, acceptsRequiredTool: true),
    Model(name: "qwen3-vl-plus", inputLimit: 260_096, outputLimit: 32_768, thinking: optional, vision: true),
    Model(
      name: "qwen3.5-plus", inputLimit: 991_808, outputLimit: 65_536, thinking: optional, vision: true,
      acceptsRequiredTool: true),
    Model(
      name: "qwen3.6-plus", inputLimit: 991_808, outputLimit: 65_536, thinking: optional, vision: true,
      acceptsRequiredTool: true),
    Model(
      name: "qwen3.7-plus", inputLimit: 991_808, outputLimit: 65_536, thinking: optional, vision: true,
      acceptsRequiredTool: true),
    Model(
      name: "qwen3.7-max", inputLimit: 991_808, outputLimit: 65_536, thinking: optional, acceptsRequiredTool: true),
    Model(
      name: "qwen3-235b-a22b", inputLimit: 129_024, outputLimit: 16_384, thinking: alwaysStreamed,
      thinkingBudgetLimit: 38_912),
  ]
}
