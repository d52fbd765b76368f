import JSON

/// One configuration at work: what its requests share. A worker calls it from one thread only.
final class ProxyInstance {
  let configuration: AIProxyConfiguration
  let driver: any Driver
  private(set) var settings: ChatRequestSettings
  /// How its calls are carried out.
  let plan: CallPlan
  /// The id of the plugin entity, for the log.
  let pluginIdentifier: String
  /// Reads every body; nothing of one is kept when the next is read.
  let json = JSONReader()
  /// What is written for clients gathers here while one of the requests is at work; none of them has a buffer of its own.
  var buffer: [UInt8] = []
  private var identifiers: IdentifierGenerator
  /// The targets besides the first, which is the configuration's own.
  private var others: [(settings: ChatRequestSettings, plan: CallPlan)]
  /// Which target is next.
  var pool: TargetPool

  /// - Throws: why the configuration cannot work.
  init(
    configuration json: [UInt8], pluginIdentifier: String, identifiers: IdentifierGenerator = IdentifierGenerator()
  ) throws(ConfigurationError) {
    configuration = try ConfigurationReader.read(json)
    guard let driver = Drivers.driver(for: configuration.model.provider) else {
      throw ConfigurationError(pointer: "/model/provider", message: "there is no driver for this provider")
    }
    self.driver = driver
    settings = ChatRequestSettings(configuration, driver: driver)
    plan = CallPlan(configuration, driver: driver)
    pool = TargetPool(configuration.resilience)
    var others: [(settings: ChatRequestSettings, plan: CallPlan)] = []
    for target in configuration.resilience.targets {
      guard let driver = Drivers.driver(for: target.model.provider) else { continue }
      var own = configuration
      own.model = target.model
      own.authentication = target.authentication
      var settings = ChatRequestSettings(own, driver: driver)
      settings.acceptedModel = configuration.model
      others.append((settings, CallPlan(own, driver: driver)))
    }
    self.others = others
    self.pluginIdentifier = pluginIdentifier
    self.identifiers = identifiers
    // What the requests of a conversation have in common, and most of their bytes.
    if configuration.clientFormat == .anthropic { self.json.memory = JSONMemory(names: ["system", "tools"]) }
  }

  /// A new id, such as `msg_…`.
  func identifier(_ prefix: StaticString) -> String { identifiers.next(prefix: prefix) }

  /// How calls of a target are carried out.
  func plan(of target: Int) -> CallPlan {
    target == 0 ? plan : others[target - 1].plan
  }

  /// The settings for one request to a target: the target's own, with the names filled in that depend on the request.
  func settings(
    of target: Int, value: (ModelNameTemplate.Source, String) -> String?
  ) throws(Failure) -> ChatRequestSettings {
    let settings = target == 0 ? settings : others[target - 1].settings
    guard settings.hasTemplates else { return settings }
    var filled = settings.configuration
    filled.model = try settings.configuration.model.filled(value: value)
    var result = ChatRequestSettings(filled, driver: settings.driver)
    result.acceptedModel = settings.acceptedModel
    result.learn(from: settings)
    return result
  }

  /// An upstream has refused a request to a model: for its `max_tokens`, or because some tool must be called. Later requests
  /// keep to what it says.
  /// - Returns: whether the same request is another one now.
  func learn(from failure: Failure, request: TranslatedRequest) -> Bool {
    if let limit = OutputLimit.parse(failure.message) {
      settings.learn(maximumOutputTokens: limit, of: request.model)
      for index in others.indices { others[index].settings.learn(maximumOutputTokens: limit, of: request.model) }
      return true
    }
    guard request.demandsSomeTool, failure.message.contains(text: "tool_choice") else { return false }
    settings.learn(freeChoiceOf: request.model)
    for index in others.indices { others[index].settings.learn(freeChoiceOf: request.model) }
    return true
  }
}
