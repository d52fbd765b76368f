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

/// How a configuration is to take effect.
public struct PublishOptions: Sendable {
  /// Also when nothing has changed: libraries may have.
  public var isForced = false
  /// Not for all requests at first.
  public var canary: CanaryOptions?
  /// The generation whose libraries are used, instead of those that are found now.
  public var librariesOf: Int?

  /// For all requests, and only if something has changed.
  public init() {}
}

/// A share of requests tries a configuration out before the others get it.
public struct CanaryOptions: Sendable {
  /// How many of 10,000 requests.
  public var perTenThousand = 0
  /// Requests with this header field take part, too; any value when it is empty.
  public var header: (name: String, value: String)?
  /// How long it is tried out, in seconds; then it is for all requests.
  public var duration = 60
  /// It is rolled back when more than this share of its requests is answered with a server's error.
  public var maximumErrorRate = 0.01
  /// It is rolled back when there are more faults of plugins than this.
  public var maximumFaults = 0

  /// No requests yet.
  public init() {}
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

  /// The same, not for all requests at first, or with other libraries.
  func publish(
    _ configuration: GatewayConfiguration, _ options: PublishOptions,
    completion: @escaping (Result<Int, PublishFailure>) -> Void)

  /// The configuration of a generation that was in service; of the one before the present one when no number is given.
  /// `nil` when it is not known any more.
  func earlierGeneration(_ number: Int?) -> (number: Int, configuration: GatewayConfiguration)?

  /// Ends what is being tried out.
  /// - Parameter promote: It is for all requests from now on; else none begins with it any more.
  /// - Returns: The number of its generation; `nil` when nothing is tried out.
  func endCanary(promote: Bool) -> Int?

  /// Called when what was tried out is for all requests (true), or is not any more (false).
  var onCanaryEnd: ((Bool) -> Void)? { get set }

  /// Puts a quarantined plugin into service again; false when it is not quarantined.
  func reinstate(_ plugin: String) -> Bool

  /// Generations, workers, plugins and counters, for `GET /status` and the metrics.
  ///
  /// `ready` (a boolean) says whether requests are served; `message` why they are not. Numbers and booleans are shown as
  /// metrics too (see ``StatusMetrics``). `plugin_metrics` are the plugins' own (see ``OwnMetricsText``); what `plugins` says
  /// of those under `NAME`, or `NAME_sum` and `NAME_count`, is their sum and not shown as a metric again.
  var status: JSONNode { get }
}

extension ConfigurationPublisher {
  /// For publishers whose plugins never change.
  public func refreshPlugins(completion: @escaping () -> Void) { completion() }

  /// For publishers that know no other way.
  public func publish(
    _ configuration: GatewayConfiguration, _ options: PublishOptions,
    completion: @escaping (Result<Int, PublishFailure>) -> Void
  ) { publish(configuration, completion: completion) }

  /// For publishers without memory.
  public func earlierGeneration(_ number: Int?) -> (number: Int, configuration: GatewayConfiguration)? { nil }

  /// For publishers that try nothing out.
  public func endCanary(promote: Bool) -> Int? { nil }

  /// For publishers that try nothing out.
  public var onCanaryEnd: ((Bool) -> Void)? {
    get { nil }
    set {}
  }

  /// For publishers without quarantine.
  public func reinstate(_ plugin: String) -> Bool { false }
}
