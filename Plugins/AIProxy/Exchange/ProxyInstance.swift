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
  private var identifiers: IdentifierGenerator

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
    self.pluginIdentifier = pluginIdentifier
    self.identifiers = identifiers
  }

  /// A new id, such as `msg_…`.
  func identifier(_ prefix: StaticString) -> String { identifiers.next(prefix: prefix) }

  /// The settings for one request: the instance's own, with the names filled in that depend on the request.
  func settings(
    value: (ModelNameTemplate.Source, String) -> String?
  ) throws(Failure) -> ChatRequestSettings {
    let model = configuration.model
    let texts = [model.name, model.options.upstreamURL, model.options.upstreamPath]
    guard texts.contains(where: { $0.map(ModelNameTemplate.isTemplate) ?? false }) else { return settings }
    var filled = configuration
    if let name = model.name { filled.model.name = try ModelNameTemplate.fill(name, value: value) }
    if let url = model.options.upstreamURL {
      filled.model.options.upstreamURL = try ModelNameTemplate.fill(url, value: value)
    }
    if let path = model.options.upstreamPath {
      filled.model.options.upstreamPath = try ModelNameTemplate.fill(path, value: value)
    }
    var result = ChatRequestSettings(filled, driver: driver)
    result.learn(from: settings)
    return result
  }

  /// An upstream has refused a request to a model; if for its `max_tokens`, later ones keep to what it says.
  func learn(from failure: Failure, model: String) {
    if let limit = OutputLimit.parse(failure.message) { settings.learn(maximumOutputTokens: limit, of: model) }
  }
}
