public import Configuration
public import JSON

/// What the control plane knows of a plugin that was found.
public struct PluginFacts: Sendable {
  /// The version that the library says it has.
  public var version: String
  /// Its place among the plugins of a request: higher ones run first.
  public var priority: Int
  /// What its configuration may hold.
  public var schema: PluginSchema
  /// The schema in the form of `GET /schemas/plugins/<name>`, when the plugin gives one; else it is derived from ``schema``.
  public var schemaNode: JSONNode?

  /// Makes facts.
  public init(version: String, priority: Int, schema: PluginSchema, schemaNode: JSONNode? = nil) {
    self.version = version
    self.priority = priority
    self.schema = schema
    self.schemaNode = schemaNode
  }
}

/// Why a configuration did not take effect. Nothing has changed then.
public struct PublishFailure: Error, Sendable, CustomStringConvertible {
  /// What is wrong with the configuration; paths begin with the collection and the entity's position in it
  /// (`plugins[3].config.path`). Empty when the reason lies elsewhere.
  public var errors: [ConfigurationError]
  /// The reason in one line.
  public var message: String

  /// Makes a failure.
  public init(errors: [ConfigurationError] = [], message: String) {
    self.errors = errors
    self.message = message
  }

  /// The message with the errors below it.
  public var description: String {
    ([message] + errors.map { "  \($0)" }).joined(separator: "\n")
  }
}

/// Makes configurations take effect. All calls and callbacks happen on the controller's loop.
public protocol ConfigurationPublisher: AnyObject {
  /// The plugins that were found, by name.
  var plugins: [String: PluginFacts] { get }

  /// Looks again for plugins, since one was named that ``plugins`` does not have; calls back once, when it knows.
  func refreshPlugins(completion: @escaping () -> Void)

  /// Checks, stages and prepares a configuration on all workers and makes it current; calls back once with the
  /// number of the generation. There is one call at a time.
  func publish(_ configuration: GatewayConfiguration, completion: @escaping (Result<Int, PublishFailure>) -> Void)

  /// Generations, workers, plugins and counters, for `GET /status` and the metrics.
  ///
  /// `ready` (a boolean) says whether requests are served; `message` why they are not. Numbers and booleans are shown as
  /// metrics too (see ``StatusMetrics``).
  var status: JSONNode { get }
}

extension ConfigurationPublisher {
  /// For publishers whose plugins never change.
  public func refreshPlugins(completion: @escaping () -> Void) { completion() }
}
