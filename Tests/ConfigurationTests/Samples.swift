import Configuration
import JSON

/// Shared by the tests of this module.
enum Samples {
  /// The schemas of three plugins, as their descriptors give them.
  static func plugins() throws -> [String: PluginSchema] {
    [
      "file-log": try PluginSchema(
        parsing: """
          {"type": "object", "additionalProperties": false, "required": ["path"], "properties": {
            "path": {"type": "string", "minLength": 2, "pattern": "^[^*&%]+$", "x-message": "not a valid filename"},
            "reopen": {"type": "boolean", "default": false},
            "custom_fields": {"type": "object", "additionalProperties": {"type": "string"}}}}
          """),
      "key-auth": try PluginSchema(
        parsing: """
          {"type": "object", "additionalProperties": false, "properties": {
            "key_names": {"type": "array", "items": {"type": "string", "minLength": 1}, "default": ["apikey"]},
            "hide_credentials": {"type": "boolean", "default": false}, "realm": {"type": "string"}}}
          """),
      "ai-proxy": try PluginSchema(
        parsing: """
          {"type": "object", "additionalProperties": false, "required": ["route_type", "model"], "properties": {
            "route_type": {"enum": ["llm/v1/chat", "preserve"]},
            "llm_format": {"enum": ["openai", "anthropic"], "default": "openai"},
            "logging": {"type": "object", "additionalProperties": false, "default": {}, "properties": {
              "log_statistics": {"type": "boolean", "default": false},
              "log_payloads": {"type": "boolean", "default": false}}},
            "auth": {"type": "object", "additionalProperties": false,
              "dependentRequired": {"header_name": ["header_value"], "header_value": ["header_name"]},
              "properties": {
                "header_name": {"type": "string", "x-referenceable": true},
                "header_value": {"type": "string", "x-secret": true, "x-referenceable": true}}},
            "model": {"type": "object", "additionalProperties": false, "required": ["provider"], "properties": {
              "provider": {"enum": ["dashscope", "openai"]},
              "name": {"type": "string"},
              "options": {"type": "object", "additionalProperties": false, "properties": {
                "max_tokens": {"type": "integer"},
                "temperature": {"type": "number", "minimum": 0, "maximum": 5},
                "dashscope": {"type": "object", "properties": {"international": {"type": "boolean", "default": true}}}
              }}}}}}
          """),
    ]
  }

  /// Options with these plugins and a few characters' worth of regular expressions.
  static func options() throws -> ValidationOptions {
    var options = ValidationOptions(plugins: try plugins(), pluginFolders: ["/usr/lib/torii"], now: 1_700_000_000)
    options.regularExpressionMatches = { _, text in !text.contains { "*&%".contains($0) } }
    options.regularExpressionFault = { $0.contains("(") && !$0.contains(")") ? "missing closing parenthesis" : nil }
    return options
  }

  /// Everything that is wrong with a file, as it is printed.
  static func complaints(
    _ text: String, name: String? = "torii.yaml", environment: [String: String] = [:],
    dialect: DeclarativeDialect = .deck
  ) throws -> [String] {
    let options = try options()
    do throws(ConfigurationErrors) {
      let file = try DeclarativeFile(bytes: Array(text.utf8), name: name, environment: environment)
      _ = try GatewayConfiguration(declarative: [file], dialect: dialect, options: options)
      return []
    } catch {
      return error.errors.map(\.description)
    }
  }

  /// A configuration of a text.
  static func configuration(_ text: String, environment: [String: String] = [:]) throws -> GatewayConfiguration {
    let file = try DeclarativeFile(bytes: Array(text.utf8), name: "torii.yaml", environment: environment)
    return try GatewayConfiguration(declarative: [file], options: options())
  }
}
