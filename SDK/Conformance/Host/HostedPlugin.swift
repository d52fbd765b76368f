import CConformance
import CToriiPlugin
import JSON

/// A library with a host of its own: started, configured, stopped.
///
/// Safety: `data` is the plugin's own pointer and only handed back to it; callbacks are functions of the image.
@safe final class HostedPlugin {
  let image: PluginImage
  let host: ScriptedHost
  private(set) var isStarted = false
  private var data: UnsafeMutableRawPointer?
  private var nextInstance: torii_instance_id = 1

  /// What start() or config_create() said.
  struct Answer {
    var status: torii_status
    var code: torii_status
    var pointer: String
    var message: String
    /// The texts of the error end within their arrays and are UTF-8.
    var isTerminated: Bool

    var description: String {
      "status \(status)" + (pointer.isEmpty ? "" : ", pointer \(pointer)") + (message.isEmpty ? "" : ", \"\(message)\"")
    }
  }

  init(_ image: PluginImage, _ options: ScriptedHost.Options = .init()) {
    self.image = image
    host = ScriptedHost(options)
  }

  /// With a host that was another plugin's before: a host is never freed, and a check that counts bytes needs only one.
  init(_ image: PluginImage, host: ScriptedHost) {
    self.image = image
    self.host = host
    host.isStopped = false
  }

  /// Reads what a plugin wrote into an error buffer.
  private static func answer(_ status: torii_status, _ error: torii_error) -> Answer {
    func text<Characters>(_ characters: Characters) -> (String, Bool) {
      unsafe withUnsafeBytes(of: characters) { bytes in
        let content = unsafe bytes.prefix { $0 != 0 }
        let isText = unsafe String(validating: content, as: UTF8.self) != nil
        return unsafe (String(decoding: content, as: UTF8.self), content.count < bytes.count && isText)
      }
    }
    let (pointer, pointerEnds) = text(error.pointer)
    let (message, messageEnds) = text(error.message)
    return Answer(
      status: status, code: error.code, pointer: pointer, message: message, isTerminated: pointerEnds && messageEnds)
  }

  private static func emptyError() -> torii_error {
    var error = torii_error()
    error.struct_size = UInt32(MemoryLayout<torii_error>.size)
    return error
  }

  /// Calls start().
  func start() -> Answer {
    unsafe conformance_note_step("start")
    var error = Self.emptyError()
    host.isConfiguring = true
    defer { host.isConfiguring = false }
    var status: torii_status = TORII_E_FAILED
    unsafe withUnsafeMutablePointer(to: &error) { error in
      var arguments = unsafe torii_start_args()
      unsafe arguments.struct_size = unsafe UInt32(MemoryLayout<torii_start_args>.size)
      unsafe arguments.flags = host.options.inspects ? 1 : 0
      unsafe arguments.host = unsafe UnsafePointer(host.table)
      unsafe arguments.error = unsafe error
      status = unsafe host.withArguments(&arguments) { unsafe image.callbacks.start?($0) ?? TORII_E_FAILED }
      unsafe data = unsafe arguments.plugin_data
    }
    host.callbackReturned()
    isStarted = status == TORII_OK
    return Self.answer(status, error)
  }

  /// Calls start(); a check that needs a started plugin cannot go on without.
  func mustStart() throws(Finding) {
    let answer = start()
    if !isStarted { throw .failed("start() refused: \(answer.description)") }
  }

  /// Calls stop(). What the plugin calls from now on is noted.
  func stop() {
    unsafe conformance_note_step("stop")
    var arguments = unsafe torii_stop_args()
    unsafe arguments.struct_size = unsafe UInt32(MemoryLayout<torii_stop_args>.size)
    unsafe arguments.plugin_data = unsafe data
    unsafe host.withArguments(&arguments) { unsafe image.callbacks.stop?($0) }
    host.callbackReturned()
    host.isStopped = true
    isStarted = false
  }

  /// Calls config_create(). The configuration is given as it is, valid or not.
  func create(_ configuration: [UInt8]) -> (instance: HostedInstance?, answer: Answer) {
    unsafe conformance_note_step("config_create")
    var error = Self.emptyError()
    host.isConfiguring = true
    defer { host.isConfiguring = false }
    let id = nextInstance
    nextInstance += 1
    let described = unsafe GivenStruct.copy(image.descriptor)
    let text = Bytes(configuration)
    var arguments = unsafe torii_config_create_args()
    unsafe arguments.struct_size = unsafe UInt32(MemoryLayout<torii_config_create_args>.size)
    unsafe arguments.flags = host.options.inspects ? 1 : 0
    unsafe arguments.plugin_data = unsafe data
    unsafe arguments.instance = id
    unsafe arguments.config = unsafe host.view(text)
    unsafe arguments.entity_id = unsafe host.view(host.constants.identifier)
    unsafe arguments.entity_name = unsafe host.view(host.constants.name)
    unsafe arguments.route_id = unsafe host.view(host.constants.identifier)
    unsafe arguments.request_body_mode = unsafe described.request_body_mode
    unsafe arguments.response_body_mode = unsafe described.response_body_mode
    unsafe arguments.request_body_limit = unsafe described.request_body_limit
    unsafe arguments.response_body_limit = unsafe described.response_body_limit
    var status: torii_status = TORII_E_FAILED
    host.currentInstance = id
    unsafe withUnsafeMutablePointer(to: &error) { error in
      unsafe arguments.error = unsafe error
      status = unsafe host.withArguments(&arguments) { unsafe image.callbacks.config_create?($0) ?? TORII_E_FAILED }
    }
    host.currentInstance = 0
    host.callbackReturned()
    let answer = Self.answer(status, error)
    guard status == TORII_OK else {
      host.operations.removeAll { $0.instance == id }
      return (nil, answer)
    }
    return unsafe (HostedInstance(self, id, arguments, text), answer)
  }

  func mustCreate(_ configuration: [UInt8]) throws(Finding) -> HostedInstance {
    let (instance, answer) = create(configuration)
    guard let instance else { throw .failed("config_create() refused: \(answer.description)") }
    return instance
  }

  /// Calls config_destroy().
  func destroy(_ instance: HostedInstance) {
    unsafe conformance_note_step("config_destroy")
    host.operations.removeAll { $0.instance == instance.id }
    var arguments = unsafe torii_config_destroy_args()
    unsafe arguments.struct_size = unsafe UInt32(MemoryLayout<torii_config_destroy_args>.size)
    unsafe arguments.plugin_data = unsafe data
    unsafe arguments.instance = instance.id
    unsafe arguments.instance_data = unsafe instance.data
    unsafe host.withArguments(&arguments) { unsafe image.callbacks.config_destroy?($0) }
    host.callbackReturned()
  }

  /// Calls state_export(). Gives what it wrote, too.
  ///
  /// - Parameter refusesWriting: write() answers that there is no room.
  func exportState(of instance: HostedInstance, refusesWriting: Bool = false) -> (answer: Answer, writer: StateWriter) {
    unsafe conformance_note_step("state_export")
    var error = Self.emptyError()
    let writer = StateWriter(host, limit: refusesWriting ? 0 : 16 << 20)
    var status: torii_status = TORII_E_FAILED
    host.currentInstance = instance.id
    unsafe withUnsafeMutablePointer(to: &error) { error in
      var arguments = unsafe torii_state_export_args()
      unsafe arguments.struct_size = unsafe UInt32(MemoryLayout<torii_state_export_args>.size)
      unsafe arguments.plugin_data = unsafe data
      unsafe arguments.instance = instance.id
      unsafe arguments.instance_data = unsafe instance.data
      unsafe arguments.limit = 16 << 20
      unsafe arguments.write_context = Unmanaged.passUnretained(writer).toOpaque()
      unsafe arguments.write = { context, bytes in unsafe StateWriter.write(context, bytes) }
      unsafe arguments.error = unsafe error
      status = unsafe host.withArguments(&arguments) { unsafe image.callbacks.state_export?($0) ?? TORII_E_FAILED }
    }
    host.currentInstance = 0
    host.callbackReturned()
    return withExtendedLifetime(writer) { (Self.answer(status, error), writer) }
  }

  /// Calls state_import(); the state is a view that ends where the bytes do.
  func importState(_ state: [UInt8], into instance: HostedInstance) -> Answer {
    unsafe conformance_note_step("state_import")
    var error = Self.emptyError()
    var status: torii_status = TORII_E_FAILED
    let bytes = Bytes(state), version = Bytes(image.facts.version)
    host.currentInstance = instance.id
    unsafe withUnsafeMutablePointer(to: &error) { error in
      var arguments = unsafe torii_state_import_args()
      unsafe arguments.struct_size = unsafe UInt32(MemoryLayout<torii_state_import_args>.size)
      unsafe arguments.plugin_data = unsafe data
      unsafe arguments.instance = instance.id
      unsafe arguments.instance_data = unsafe instance.data
      unsafe arguments.state = unsafe host.view(bytes)
      unsafe arguments.version = unsafe host.view(version)
      unsafe arguments.error = unsafe error
      status = unsafe host.withArguments(&arguments) { unsafe image.callbacks.state_import?($0) ?? TORII_E_FAILED }
    }
    host.currentInstance = 0
    host.callbackReturned()
    return Self.answer(status, error)
  }

  var pluginData: UnsafeMutableRawPointer? { unsafe data }
}

/// An instance, as the host keeps it.
///
/// Safety: `data` is the plugin's own pointer and only handed back to it.
@safe final class HostedInstance {
  let plugin: HostedPlugin
  let id: torii_instance_id
  let data: UnsafeMutableRawPointer?
  let requestBodyMode: Int32
  let responseBodyMode: Int32
  let requestBodyLimit: UInt64
  let responseBodyLimit: UInt64
  /// A plugin that keeps a view of its configuration is to be found out by one check only.
  private let text: Bytes

  init(_ plugin: HostedPlugin, _ id: torii_instance_id, _ arguments: torii_config_create_args, _ text: Bytes) {
    self.plugin = plugin
    self.id = id
    self.text = text
    unsafe data = unsafe arguments.instance_data
    requestBodyMode = unsafe Int32(truncatingIfNeeded: arguments.request_body_mode)
    responseBodyMode = unsafe Int32(truncatingIfNeeded: arguments.response_body_mode)
    requestBodyLimit = unsafe arguments.request_body_limit
    responseBodyLimit = unsafe arguments.response_body_limit
  }

  var host: ScriptedHost { plugin.host }
}
