/// What must hold of a configuration and cannot be said by its schema: the checks of Kong's plugin, in its words, and those
/// of what Torii can do.
enum ConfigurationCheck {
  static func check(_ configuration: AIProxyConfiguration) throws(ConfigurationError) {
    try checkFormat(configuration)
    try check(configuration.model, "/model", of: configuration)
    if ["bedrock", "gemini"].contains(configuration.model.provider), configuration.authentication.allowsOverride {
      throw ConfigurationError(
        pointer: "/auth/allow_override", message: "bedrock and gemini only support auth.allow_override = false")
    }
    for (place, target) in configuration.resilience.targets.enumerated() {
      try check(target.model, "/resilience/targets/\(place)/model", of: configuration)
    }
    if !configuration.resilience.targets.isEmpty, configuration.routeType == .preserve {
      throw ConfigurationError(
        pointer: "/resilience/targets", message: "route_type preserve goes to one target: leave out the others")
    }
  }

  private static func checkFormat(_ configuration: AIProxyConfiguration) throws(ConfigurationError) {
    switch configuration.clientFormat {
    case .openai: break
    case .anthropic:
      guard configuration.routeType == .chat else {
        throw ConfigurationError(
          pointer: "/route_type", message: "llm_format anthropic needs route_type llm/v1/chat")
      }
    default:
      throw ConfigurationError(
        pointer: "/llm_format",
        message: "llm_format '\(configuration.clientFormat.rawValue)' is not available yet; use openai or anthropic")
    }
  }

  private static func check(
    _ model: AIProxyConfiguration.Model, _ path: String, of configuration: AIProxyConfiguration
  ) throws(ConfigurationError) {
    let provider = model.provider
    guard let driver = Drivers.driver(for: provider) else {
      throw ConfigurationError(
        pointer: "\(path)/provider",
        message: "provider '\(provider)' is not available yet; there are \(Drivers.names.joined(separator: ", "))")
    }
    if let problem = driver.problem(with: model.options) {
      throw ConfigurationError(pointer: "\(path)/options/\(problem.field)", message: problem.message)
    }
    let options = model.options
    if let url = options.upstreamURL, !ModelNameTemplate.isTemplate(url), Endpoint(url: url) == nil {
      throw ConfigurationError(
        pointer: "\(path)/options/upstream_url", message: "'\(url)' is not a URL: http(s)://host[:port][/path]")
    }
    let route = configuration.routeType
    guard route != .preserve, options.upstreamURL == nil, driver.dialect(serving: route) == nil else { return }
    throw ConfigurationError(
      pointer: "/route_type", message: "provider \(provider) does not serve \(route.rawValue)")
  }
}
