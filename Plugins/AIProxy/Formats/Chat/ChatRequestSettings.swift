/// What a request translator must know of the instance that it works for.
struct ChatRequestSettings: Sendable {
  /// What never changes: every request has a copy of these settings, and this keeps copying cheap.
  private final class Fixed: Sendable {
    let configuration: AIProxyConfiguration
    let driver: any Driver
    /// The driver's, for all answers.
    let classify: @Sendable (UpstreamError) -> Failure
    /// Of the configured model, if one is configured.
    let configuredCapabilities: ModelCapabilities?
    /// Whether requests fill in parts of the configuration.
    let hasTemplates: Bool

    init(_ configuration: AIProxyConfiguration, driver: any Driver) {
      self.configuration = configuration
      self.driver = driver
      classify = { driver.classify($0) }
      configuredCapabilities = configuration.model.name.map { driver.capabilities(of: $0) }
      hasTemplates = configuration.model.hasTemplates
    }
  }

  private let fixed: Fixed
  var configuration: AIProxyConfiguration { fixed.configuration }
  var driver: any Driver { fixed.driver }
  /// What an error of the upstream means.
  var classify: @Sendable (UpstreamError) -> Failure { fixed.classify }
  /// Whether requests fill in parts of the configuration.
  var hasTemplates: Bool { fixed.hasTemplates }
  /// The largest `max_tokens` of models that told it by refusing more.
  private(set) var learnedLimits: [String: Int] = [:]
  /// Models that refused to be told that they must call some tool.
  private(set) var modelsOfFreeChoice: Set<String> = []
  /// Whose name and alias requests may use, if not this one's model's: that of the instance, for its other targets.
  var acceptedModel: AIProxyConfiguration.Model?
  /// Models may be named by requests: no more of them are remembered.
  private static let learnedLimitCount = 64

  init(_ configuration: AIProxyConfiguration, driver: any Driver) {
    fixed = Fixed(configuration, driver: driver)
  }

  /// What is known of the model a request goes to.
  func capabilities(of model: String) -> ModelCapabilities {
    var capabilities: ModelCapabilities
    if let configuredCapabilities = fixed.configuredCapabilities, model == configuration.model.name {
      capabilities = configuredCapabilities
    } else {
      capabilities = driver.capabilities(of: model)
    }
    if !learnedLimits.isEmpty, let limit = learnedLimits[model] {
      capabilities.maximumOutputTokens = min(limit, capabilities.maximumOutputTokens ?? limit)
    }
    if !modelsOfFreeChoice.isEmpty, modelsOfFreeChoice.contains(model) {
      capabilities.acceptsRequiredToolChoice = false
    }
    return capabilities
  }

  /// A model cannot be told that it must call some tool.
  mutating func learn(freeChoiceOf model: String) {
    guard modelsOfFreeChoice.count < Self.learnedLimitCount else { return }
    modelsOfFreeChoice.insert(model)
  }

  /// A model has told the largest `max_tokens` that it takes.
  mutating func learn(maximumOutputTokens limit: Int, of model: String) {
    guard learnedLimits[model] != nil || learnedLimits.count < Self.learnedLimitCount else { return }
    learnedLimits[model] = limit
  }

  /// Takes over what others have learned.
  mutating func learn(from other: ChatRequestSettings) {
    learnedLimits = other.learnedLimits
    modelsOfFreeChoice = other.modelsOfFreeChoice
  }

  /// The model that a request goes to.
  /// - Parameter requested: the model it names, `nil` or empty if none.
  /// - Throws: 400 in Kong's words when it names another than the configured one.
  func model(requested: String?) throws(Failure) -> String {
    let requested = requested ?? ""
    guard let name = configuration.model.name, !name.isEmpty else {
      guard !requested.isEmpty else {
        throw Failure(.invalidRequest, "model parameter not found in request, nor in gateway configuration")
      }
      return requested
    }
    if let accepted = acceptedModel {
      let isAlias = accepted.alias.map { Glob.matches($0, requested) } ?? false
      guard !requested.isEmpty, let acceptedName = accepted.name, requested != acceptedName, !isAlias else {
        return name
      }
      throw Self.foreignModel(requested, instead: acceptedName)
    }
    if requested.isEmpty || requested == name { return name }
    if let alias = configuration.model.alias, Glob.matches(alias, requested) { return name }
    throw Self.foreignModel(requested, instead: name)
  }

  private static func foreignModel(_ requested: String, instead name: String) -> Failure {
    var failure = Failure(.invalidRequest, "cannot use own model - must be: \(name)")
    failure.recordedCall = .model(requested)
    return failure
  }

  /// Whether the client gets a stream.
  /// - Throws: 400 in Kong's words when it asks for one and none is to be had.
  func isStreaming(requested: Bool) throws(Failure) -> Bool {
    switch configuration.responseStreaming {
    case .allow: return requested
    case .always: return true
    case .deny:
      guard !requested else {
        var failure = Failure(.invalidRequest, "response streaming is not enabled for this LLM")
        failure.recordedCall = .configured
        throw failure
      }
      return false
    }
  }

  /// The `max_tokens` to send: never more than configured nor than the model takes.
  func maximumTokens(requested: Int?, capabilities: ModelCapabilities) -> Int? {
    var limit = requested
    for bound in [configuration.model.options.maximumTokens, capabilities.maximumOutputTokens] {
      guard let bound else { continue }
      // The model's limit alone is no reason to send a number.
      if let known = limit {
        limit = min(known, bound)
      } else if bound == configuration.model.options.maximumTokens {
        limit = bound
      }
    }
    return limit.map { max(1, $0) }
  }
}

/// Patterns in which `*` stands for any characters.
enum Glob {
  static func matches(_ pattern: String, _ text: String) -> Bool {
    let pattern = Array(pattern.utf8)
    let text = Array(text.utf8)
    var (patternIndex, textIndex) = (0, 0)
    var star: (pattern: Int, text: Int)?
    while textIndex < text.count {
      if patternIndex < pattern.count, pattern[patternIndex] == UInt8(ascii: "*") {
        star = (patternIndex, textIndex)
        patternIndex += 1
      } else if patternIndex < pattern.count, pattern[patternIndex] == text[textIndex] {
        patternIndex += 1
        textIndex += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        patternIndex = last.pattern + 1
        textIndex = last.text + 1
      } else {
        return false
      }
    }
    while patternIndex < pattern.count, pattern[patternIndex] == UInt8(ascii: "*") { patternIndex += 1 }
    return patternIndex == pattern.count
  }
}
