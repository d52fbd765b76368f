import JSON

@testable import AIProxy

/// The configuration most cases use: the tutorial's model, no options.
func configuration(
  _ change: (inout AIProxyConfiguration) -> Void = { _ in }
) -> AIProxyConfiguration {
  var result = AIProxyConfiguration(
    routeType: .chat, clientFormat: .anthropic, model: .init(provider: "dashscope", name: "qwen-plus"))
  change(&result)
  return result
}

/// A configuration for another model.
func model(_ name: String, _ change: (inout AIProxyConfiguration) -> Void = { _ in }) -> AIProxyConfiguration {
  configuration {
    $0.model.name = name
    change(&$0)
  }
}

func translate(_ body: String, _ configuration: AIProxyConfiguration = configuration()) throws(Failure)
  -> TranslatedRequest
{
  let translator = AnthropicRequestTranslator(
    settings: ChatRequestSettings(configuration, driver: DashScope()), json: JSONReader())
  return try translator.translate(Array(body.utf8).span)
}

extension TranslatedRequest {
  /// The body for the upstream.
  var text: String { String(decoding: body, as: UTF8.self) }

  var node: JSONNode {
    get throws { try JSONNode(parsing: body) }
  }
}

/// A request with these messages; `fields` are further members, each with a comma behind.
func request(messages: String, _ fields: String = "") -> String {
  "{\"model\":\"qwen-plus\",\"max_tokens\":100,\(fields)\"messages\":\(messages)}"
}

/// A request whose only message says "hi".
func request(_ fields: String = "") -> String {
  request(messages: #"[{"role":"user","content":"hi"}]"#, fields)
}

/// The messages a request has upstream.
func messages(_ body: String, _ configuration: AIProxyConfiguration = configuration()) throws -> JSONNode {
  try translate(body, configuration).node["messages"] ?? .init(.null)
}
