import JSON

/// Reads `resilience`.
enum ResilienceReader {
  static func read(_ node: JSONNode) throws(ConfigurationError) -> AIProxyConfiguration.Resilience {
    var result = AIProxyConfiguration.Resilience()
    result.retries = node["retries"]?.integer ?? result.retries
    if let statuses = node["retry_statuses"]?.array { result.statuses = statuses.compactMap(\.integer) }
    result.backoff = node["backoff"]?.integer ?? result.backoff
    result.longestWait = node["max_retry_after"]?.integer ?? result.longestWait
    result.connectTimeout = node["connect_timeout"]?.integer ?? 0
    result.firstTokenTimeout = node["first_token_timeout"]?.integer ?? 0
    result.tokenTimeout = node["token_timeout"]?.integer ?? 0
    result.concurrency = node["concurrency"]?.integer ?? 0
    result.failureLimit = node["failure_limit"]?.integer ?? result.failureLimit
    result.restTime = node["rest_time"]?.integer ?? result.restTime
    result.weight = node["weight"]?.integer ?? result.weight
    for (place, entry) in (node["targets"]?.array ?? []).enumerated() {
      let path = "/resilience/targets/\(place)"
      guard let model = entry["model"] else {
        throw ConfigurationError(pointer: "\(path)/model", message: "required field missing")
      }
      var target = AIProxyConfiguration.Resilience.Target(
        authentication: .init(), model: try ModelReader.read(model, "\(path)/model"))
      if let auth = entry["auth"], !auth.isNull {
        target.authentication = try ConfigurationReader.authentication(auth, "\(path)/auth")
      }
      target.weight = entry["weight"]?.integer ?? target.weight
      result.targets.append(target)
    }
    return result
  }
}
