/// What a plugin is (`torii_plugin_descriptor`, `torii/plugin.h` §3).
public struct PluginDescriptor: Sendable {
  /// As in `plugins: - name:`: lower case letters, digits and `-`, at most 63.
  public var name: String
  /// Semantic Versioning 2.0.0.
  public var version: String
  /// Higher runs first, in every phase; equal ones by name, descending.
  public var priority: Int32
  /// The phases whose callbacks the instances implement.
  public var phases: Phases
  /// How instances want request content, unless ``InstanceContext/requestBody`` says otherwise.
  public var requestBody: BodyMode
  /// How instances want response content, unless ``InstanceContext/responseBody`` says otherwise.
  public var responseBody: BodyMode
  /// For ``BodyMode/whole``: the most bytes of request content; 0 for the gateway's own limit.
  public var requestBodyLimit: UInt64
  /// For ``BodyMode/whole``: the most bytes of response content; 0 for the gateway's own limit.
  public var responseBodyLimit: UInt64
  /// JSON Schema of `config`, by which the gateway validates it and fills defaults; `nil` for any object.
  public var configurationSchema: String?
  /// Interfaces that the plugin cannot work without.
  public var needs: [Interface]
  /// Who makes it.
  public var vendor: String?
  /// What it does, in one line.
  public var summary: String?
  /// SPDX expression.
  public var license: String?
  /// Properties of the library.
  public var flags: Flags

  /// Describes a plugin.
  public init(
    name: String, version: String, priority: Int32, phases: Phases, requestBody: BodyMode = .none,
    responseBody: BodyMode = .none, requestBodyLimit: UInt64 = 0, responseBodyLimit: UInt64 = 0,
    configurationSchema: String? = nil, needs: [Interface] = [], vendor: String? = nil, summary: String? = nil,
    license: String? = nil, flags: Flags = []
  ) {
    self.name = name
    self.version = version
    self.priority = priority
    self.phases = phases
    self.requestBody = requestBody
    self.responseBody = responseBody
    self.requestBodyLimit = requestBodyLimit
    self.responseBodyLimit = responseBodyLimit
    self.configurationSchema = configurationSchema
    self.needs = needs
    self.vendor = vendor
    self.summary = summary
    self.license = license
    self.flags = flags
  }

  /// A set of phases.
  public struct Phases: OptionSet, Sendable {
    /// Bits `1 << TORII_PHASE_…`.
    public let rawValue: UInt32
    /// Makes a set of bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// ``PluginInstance/access(_:_:)``
    public static let access = Phases(rawValue: 1 << 1)
    /// ``PluginInstance/requestBody(_:_:_:)``
    public static let requestBody = Phases(rawValue: 1 << 2)
    /// ``PluginInstance/headerFilter(_:_:)``
    public static let headerFilter = Phases(rawValue: 1 << 3)
    /// ``PluginInstance/bodyFilter(_:_:_:)``
    public static let bodyFilter = Phases(rawValue: 1 << 4)
    /// ``PluginInstance/log(_:_:)``
    public static let log = Phases(rawValue: 1 << 5)
  }

  /// Properties of a library (`TORII_FLAG_…`).
  public struct Flags: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt32
    /// Makes a set of bits.
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    /// Nothing is left behind after `stop`: the library may be unmapped. Never true of one that shares the host's Swift
    /// runtime, which keeps pointers into it.
    public static let mayUnload = Flags(rawValue: 1)
    /// Runs threads of its own, all joined when `stop` returns.
    public static let ownThreads = Flags(rawValue: 2)
  }

  /// The id of an interface of the host.
  public struct Interface: RawRepresentable, Hashable, Sendable {
    /// The id, e.g. `torii.headers/1`.
    public let rawValue: String
    /// Names an interface.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// Header fields.
    public static let headers = Interface(rawValue: "torii.headers/1")
    /// Texts and numbers of the request.
    public static let request = Interface(rawValue: "torii.request/1")
    /// Where the request goes.
    public static let upstream = Interface(rawValue: "torii.upstream/1")
    /// Responding, resuming, posting.
    public static let flow = Interface(rawValue: "torii.flow/1")
    /// Passing bytes on.
    public static let body = Interface(rawValue: "torii.body/1")
    /// Timers and call-outs.
    public static let async = Interface(rawValue: "torii.async/1")
    /// The log record.
    public static let log = Interface(rawValue: "torii.log/1")
    /// Counters, gauges, histograms.
    public static let metrics = Interface(rawValue: "torii.metrics/1")
    /// Bytes by key that all workers see and that outlive reloads. Since ABI 1.1.
    public static let shared = Interface(rawValue: "torii.shared/1")
  }
}

/// How an instance wants to see a body (`TORII_BODY_…`).
public enum BodyMode: UInt32, Sendable {
  /// Not at all.
  case none = 0
  /// Piece by piece, unchanged: `Content-Length` is kept, emitting is refused.
  case observe = 1
  /// Piece by piece, may change it.
  case stream = 2
  /// Once, whole, up to a limit, may change it; the head waits for it.
  case whole = 3
}
