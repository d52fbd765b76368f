import Configuration
import Control
import JSON

/// A publisher that publishes nowhere: at once, or when the test says so.
final class FakePublisher: ConfigurationPublisher {
  var plugins: [String: PluginFacts]
  /// Plugins that are only found when they are looked for.
  var installed: [String: PluginFacts] = [:]
  var published: [GatewayConfiguration] = []
  var refreshes = 0
  /// Why a configuration is refused; `nil`: it is not.
  var refusal: (GatewayConfiguration) -> PublishFailure? = { _ in nil }
  /// Whether publications wait for `finish()`.
  var isHeld = false
  private var waiting: [() -> Void] = []

  init() throws {
    plugins = ["file-log": try Self.fileLog(), "ai-proxy": try Self.aiProxy()]
  }

  static func fileLog() throws -> PluginFacts {
    PluginFacts(
      version: "1.2.3", priority: 9,
      schema: try PluginSchema(
        parsing: """
          {"type": "object", "additionalProperties": false, "required": ["path"], "properties": {
            "path": {"type": "string", "minLength": 1},
            "reopen": {"type": "boolean", "default": false},
            "custom_fields_by_lua": {"type": "object", "additionalProperties": {"type": "string"}}}}
          """))
  }

  static func aiProxy() throws -> PluginFacts {
    PluginFacts(
      version: "0.1.0", priority: 770,
      schema: try PluginSchema(
        parsing: """
          {"type": "object", "additionalProperties": false, "required": ["route_type", "model"], "properties": {
            "route_type": {"type": "string", "enum": ["llm/v1/chat", "llm/v1/completions"]},
            "llm_format": {"type": "string", "enum": ["openai", "anthropic"], "default": "openai"},
            "auth": {"type": "object", "additionalProperties": false, "default": {}, "properties": {
              "header_name": {"type": "string"},
              "header_value": {"type": "string", "x-secret": true, "x-referenceable": true},
              "allow_override": {"type": "boolean", "default": false}}},
            "logging": {"type": "object", "additionalProperties": false, "default": {}, "properties": {
              "log_statistics": {"type": "boolean", "default": false},
              "log_payloads": {"type": "boolean", "default": false}}},
            "model": {"type": "object", "additionalProperties": false, "required": ["provider"], "properties": {
              "provider": {"type": "string"}, "name": {"type": "string"},
              "options": {"type": "object", "additionalProperties": false, "properties": {
                "max_tokens": {"type": "integer"}, "temperature": {"type": "number"},
                "upstream_url": {"type": "string"},
                "dashscope": {"type": "object", "additionalProperties": false, "default": {}, "properties": {
                  "international": {"type": "boolean", "default": true}}}}}}}}}
          """))
  }

  func refreshPlugins(completion: @escaping () -> Void) {
    refreshes += 1
    plugins.merge(installed) { $1 }
    completion()
  }

  func publish(_ configuration: GatewayConfiguration, completion: @escaping (Result<Int, PublishFailure>) -> Void) {
    let work = { [self] in
      if let failure = refusal(configuration) { return completion(.failure(failure)) }
      published.append(configuration)
      completion(.success(published.count))
    }
    if isHeld { waiting.append(work) } else { work() }
  }

  /// Goes on with the publications that wait.
  func finish() {
    let work = waiting
    waiting = []
    for item in work { item() }
  }

  /// How many publications wait.
  var waitingCount: Int { waiting.count }

  var status: JSONNode {
    [
      "ready": true, "generation": JSONNode(published.count),
      "workers": [["name": "w-0", "restarts": 2], ["name": "w\"1", "restarts": 0]],
    ]
  }
}
