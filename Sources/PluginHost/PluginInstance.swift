import CToriiPlugin

/// One plugin with one configuration at one scope.
///
/// Safety: `data` is the plugin's own pointer, only handed back to it; callbacks are constant functions of the image,
/// which the instance's library keeps mapped.
@safe public final class PluginInstance {
  /// The id that the plugin knows it by.
  public let id: torii_instance_id
  /// The plugin's library.
  public let library: PluginLibrary
  /// Id of the plugin entity in the configuration.
  public let entityID: String
  /// How the instance wants request content (`TORII_BODY_…`).
  public let requestBodyMode: Int32
  /// How the instance wants response content.
  public let responseBodyMode: Int32
  /// For a whole request body: bytes, 0 for the gateway's own limit.
  public let requestBodyLimit: UInt64
  /// For a whole response body.
  public let responseBodyLimit: UInt64
  /// Secrets of the configuration: not to be shown in a log.
  public let secrets: [[UInt8]]
  /// How often the plugin did what the ABI does not allow.
  public internal(set) var misbehaviours: UInt64 = 0

  /// Requests may begin with it, or have begun: nothing is handed over to it any more.
  public var isInService = false

  /// What has become of the plugin after too many faults; its callbacks are not run then.
  public internal(set) var quarantine: Quarantine?

  /// Its library's place on the board.
  let place: UInt32
  let entityIdentifier: IdentifierWords
  unowned let runtime: PluginRuntime
  private let pluginData: UnsafeMutableRawPointer?
  private let data: UnsafeMutableRawPointer?
  /// Keeps the plugin started: its stop() comes after the last config_destroy.
  private let loaded: LoadedPlugin

  /// Creates the instance in the plugin: `config_create`.
  init(
    id: torii_instance_id, loaded: LoadedPlugin, runtime: PluginRuntime, settings: PluginInstanceSettings,
    inspecting: Bool
  ) throws(PluginConfigurationError) {
    var error = torii_error()
    error.struct_size = UInt32(MemoryLayout<torii_error>.size)
    var arguments = unsafe torii_config_create_args()
    unsafe arguments.struct_size = UInt32(MemoryLayout<torii_config_create_args>.size)
    unsafe arguments.flags = inspecting ? 1 : 0
    unsafe arguments.plugin_data = loaded.pluginData
    unsafe arguments.instance = id
    let descriptor = unsafe loaded.library.descriptor.pointee
    unsafe arguments.request_body_mode = descriptor.request_body_mode
    unsafe arguments.response_body_mode = descriptor.response_body_mode
    unsafe arguments.request_body_limit = descriptor.request_body_limit
    unsafe arguments.response_body_limit = descriptor.response_body_limit
    // Views of the texts live until config_create returns.
    let status: torii_status = unsafe Self.withSlices(settings) { slices in
      unsafe arguments.config = slices[0]
      unsafe arguments.entity_id = slices[1]
      unsafe arguments.entity_name = slices[2]
      unsafe arguments.service_id = slices[3]
      unsafe arguments.route_id = slices[4]
      unsafe arguments.consumer_id = slices[5]
      return unsafe withUnsafeMutablePointer(to: &error) { error in
        unsafe arguments.error = error
        return unsafe loaded.library.callbacks.pointee.config_create?(&arguments) ?? TORII_E_FAILED
      }
    }
    guard status == TORII_OK else {
      throw PluginConfigurationError(plugin: loaded.library.name, status: status, error: error)
    }
    for mode in unsafe [arguments.request_body_mode, arguments.response_body_mode] where mode > UInt32(TORII_BODY_WHOLE)
    {
      // It was created: what was made is to be given back.
      var destroy = unsafe torii_config_destroy_args(
        struct_size: UInt32(MemoryLayout<torii_config_destroy_args>.size), flags: 0, plugin_data: loaded.pluginData,
        instance: id, instance_data: arguments.instance_data)
      unsafe loaded.library.callbacks.pointee.config_destroy?(&destroy)
      throw PluginConfigurationError(
        plugin: loaded.library.name, pointer: "", message: "asked for the body in mode \(mode), which is unknown")
    }
    self.id = id
    self.runtime = runtime
    library = loaded.library
    self.loaded = loaded
    place = loaded.place
    entityIdentifier = IdentifierWords(settings.entityID)
    unsafe pluginData = loaded.pluginData
    unsafe data = arguments.instance_data
    entityID = settings.entityID
    secrets = settings.secrets
    requestBodyMode = unsafe Int32(arguments.request_body_mode)
    responseBodyMode = unsafe Int32(arguments.response_body_mode)
    requestBodyLimit = unsafe arguments.request_body_limit
    responseBodyLimit = unsafe arguments.response_body_limit
  }

  deinit {
    runtime.forget(id, of: library.name)
    var arguments = unsafe torii_config_destroy_args(
      struct_size: UInt32(MemoryLayout<torii_config_destroy_args>.size), flags: 0, plugin_data: pluginData,
      instance: id, instance_data: data)
    let frame = runtime.board.begin(place, PluginRuntime.configurePhase, entity: entityIdentifier, route: .none)
    unsafe library.callbacks.pointee.config_destroy?(&arguments)
    runtime.board.end(frame)
    runtime.board.noteInstance(place, isMade: false)
    runtime.shared.end(id)
  }

  /// Runs a callback that belongs to no request, with the plugin's own pointers.
  func configuring<Result>(
    _ body: (_ pluginData: UnsafeMutableRawPointer?, _ data: UnsafeMutableRawPointer?) -> Result
  ) -> Result {
    let frame = runtime.board.begin(place, PluginRuntime.configurePhase, entity: entityIdentifier, route: .none)
    defer { runtime.board.end(frame) }
    return unsafe body(pluginData, data)
  }

  private static func withSlices<Result>(
    _ settings: PluginInstanceSettings, _ body: ([torii_slice]) -> Result
  ) -> Result {
    let texts = [
      settings.configuration, Array(settings.entityID.utf8), Array(settings.entityName.utf8),
      Array(settings.serviceID.utf8), Array(settings.routeID.utf8), Array(settings.consumerID.utf8),
    ]
    let joined = texts.flatMap { $0 }
    return unsafe joined.withUnsafeBufferPointer { bytes in
      var offset = 0
      let slices: [torii_slice] = unsafe texts.map { text in
        defer { offset += text.count }
        return unsafe torii_slice(data: bytes.baseAddress.map { unsafe $0 + offset }, size: text.count)
      }
      return unsafe body(slices)
    }
  }

  // MARK: Callbacks

  /// Runs a phase that has no body: access, header_filter, log.
  public func call(_ phase: Int32, _ request: any HostedRequest, state: UnsafeMutableRawPointer?) -> torii_action {
    let callbacks = unsafe library.callbacks
    let function =
      switch phase {
      case TORII_PHASE_ACCESS: unsafe callbacks.pointee.access
      case TORII_PHASE_HEADER_FILTER: unsafe callbacks.pointee.header_filter
      default: unsafe callbacks.pointee.log
      }
    guard let function = unsafe function, quarantine == nil else { return TORII_CONTINUE }
    var arguments = unsafe phaseArguments(phase, request, state)
    let previous = runtime.enter(self, phase, request.routeIdentifier)
    defer { runtime.leave(previous) }
    return unsafe function(&arguments)
  }

  /// Runs request_body or body_filter on one piece.
  public func call(
    _ phase: Int32, _ request: any HostedRequest, state: UnsafeMutableRawPointer?, piece: UnsafeRawBufferPointer,
    flags: UInt32
  ) -> torii_action {
    let function =
      phase == TORII_PHASE_REQUEST_BODY
      ? unsafe library.callbacks.pointee.request_body : unsafe library.callbacks.pointee.body_filter
    guard let function = unsafe function, quarantine == nil else { return TORII_CONTINUE }
    var slice = unsafe torii_slice(data: piece.baseAddress?.assumingMemoryBound(to: UInt8.self), size: piece.count)
    let previous = runtime.enter(self, phase, request.routeIdentifier)
    defer { runtime.leave(previous) }
    return unsafe withUnsafePointer(to: &slice) { parts in
      var arguments = unsafe torii_body_args(
        struct_size: UInt32(MemoryLayout<torii_body_args>.size), phase: UInt32(phase), plugin_data: pluginData,
        instance: id, instance_data: data, request: request.id, request_state: state, parts: parts,
        part_count: piece.isEmpty ? 0 : 1, flags: flags)
      return unsafe function(&arguments)
    }
  }

  /// Tells the plugin that an operation ended, or what else happened to a request it paused.
  public func call(
    event: PluginEvent, _ requestID: torii_request_id, state: UnsafeMutableRawPointer?
  ) -> torii_action {
    guard let function = unsafe library.callbacks.pointee.event, quarantine == nil else { return TORII_CONTINUE }
    var arguments = unsafe torii_event_args(
      struct_size: UInt32(MemoryLayout<torii_event_args>.size), kind: UInt32(event.kind), plugin_data: pluginData,
      instance: id, instance_data: data, request: requestID, request_state: state, operation: event.operation,
      token: event.token, status: event.status, http_status: event.httpStatus, body: event.body,
      message: event.message)
    let previous = runtime.enter(
      self, TORII_PHASE_EVENT, runtime.requests.request(requestID)?.routeIdentifier ?? .none)
    defer { runtime.leave(previous) }
    return unsafe function(&arguments)
  }

  /// Tells the plugin that the request's state is about to go.
  public func requestEnd(_ request: any HostedRequest, state: UnsafeMutableRawPointer?) {
    guard let function = unsafe library.callbacks.pointee.request_end, quarantine == nil else { return }
    var arguments = unsafe phaseArguments(TORII_PHASE_LOG, request, state)
    let previous = runtime.enter(self, TORII_PHASE_LOG, request.routeIdentifier)
    // Its time belongs to log; one that has no log is counted here.
    defer { runtime.leave(previous, belongsToLast: library.implements(TORII_PHASE_LOG)) }
    unsafe function(&arguments)
  }

  private func phaseArguments(
    _ phase: Int32, _ request: any HostedRequest, _ state: UnsafeMutableRawPointer?
  ) -> torii_phase_args {
    unsafe torii_phase_args(
      struct_size: UInt32(MemoryLayout<torii_phase_args>.size), phase: UInt32(phase), plugin_data: pluginData,
      instance: id, instance_data: data, request: request.id, request_state: state)
  }
}

/// What an instance is made from.
public struct PluginInstanceSettings: Sendable {
  /// The configuration as JSON text: valid, defaults filled, references resolved.
  public var configuration: [UInt8]
  /// Id of the plugin entity.
  public var entityID: String
  /// Its instance_name, or "".
  public var entityName: String
  /// Scope, "" where it does not apply.
  public var serviceID: String
  /// Scope, "" where it does not apply.
  public var routeID: String
  /// Scope, "" where it does not apply.
  public var consumerID: String
  /// The secret values within the configuration.
  public var secrets: [[UInt8]]

  /// Makes settings.
  public init(
    configuration: [UInt8], entityID: String, entityName: String = "", serviceID: String = "", routeID: String = "",
    consumerID: String = "", secrets: [[UInt8]] = []
  ) {
    self.configuration = configuration
    self.entityID = entityID
    self.entityName = entityName
    self.serviceID = serviceID
    self.routeID = routeID
    self.consumerID = consumerID
    self.secrets = secrets
  }
}

/// Why a plugin refused to start or refused a configuration.
public struct PluginConfigurationError: Error, Sendable, CustomStringConvertible {
  /// The plugin.
  public let plugin: String
  /// JSON Pointer to the field at fault; "" for the whole.
  public let pointer: String
  /// What is wrong.
  public let message: String

  /// Makes an error.
  public init(plugin: String, pointer: String, message: String) {
    self.plugin = plugin
    self.pointer = pointer
    self.message = message
  }

  /// Reads what a plugin wrote; its arrays are not trusted to be terminated.
  init(plugin: String, status: torii_status, error: torii_error) {
    func text<Characters>(_ characters: Characters) -> String {
      unsafe withUnsafeBytes(of: characters) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
    }
    let message = text(error.message)
    self.init(
      plugin: plugin, pointer: text(error.pointer),
      message: message.isEmpty ? "refused with status \(status) and no message" : message)
  }

  /// The error as one line.
  public var description: String {
    pointer.isEmpty ? "plugin '\(plugin)': \(message)" : "plugin '\(plugin)': config\(pointer): \(message)"
  }
}
