import ToriiPlugin

/// `ai-proxy`: lets clients of one LLM interface work with the models of another.
public struct AIProxyPlugin: Plugin {
  /// What the plugin is; name, priority and configuration are Kong's.
  public static var descriptor: PluginDescriptor {
    PluginDescriptor(
      name: "ai-proxy", version: "1.0.0", priority: 770,
      phases: [.access, .requestBody, .headerFilter, .bodyFilter, .log], requestBody: .whole, responseBody: .stream,
      configurationSchema: ConfigurationSchema.text.description,
      needs: [.headers, .request, .upstream, .flow, .body, .async, .log],
      summary: "Translates between LLM interfaces: Anthropic and OpenAI clients on the models of many providers.",
      license: "Apache-2.0")
  }

  private let identifiers: IdentifierGenerator
  private let metrics: CallMetrics

  /// Starts the plugin.
  public init(host: Host, inspecting: Bool) throws(PluginError) {
    identifiers = IdentifierGenerator()
    metrics = try CallMetrics(host)
  }

  /// Makes an instance.
  public func makeInstance(_ context: inout InstanceContext) throws(PluginError) -> AIProxyInstance {
    let instance: ProxyInstance
    do throws(ConfigurationError) {
      instance = try ProxyInstance(configuration: context.configurationText, pluginIdentifier: context.entityID)
    } catch {
      throw PluginError(.configuration, error.message, pointer: error.pointer)
    }
    let limit = instance.configuration.maximumRequestBodySize
    context.requestBody = .whole
    context.requestBodyLimit = limit == 0 ? UInt64(Int64.max) : UInt64(clamping: limit)
    context.responseBody = .stream
    return AIProxyInstance(instance, metrics: metrics)
  }
}
