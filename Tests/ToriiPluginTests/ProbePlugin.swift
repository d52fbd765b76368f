import CToriiPlugin
import ToriiPlugin

/// A plugin whose callbacks are what a test wants them to be.
final class ProbePlugin: Plugin {
  struct Script {
    var start: (Host, Bool) throws(PluginError) -> Void = { _, _ in }
    var make: (inout InstanceContext) throws(PluginError) -> Void = { _ in }
    var access: (Request, inout ProbeState) throws(PluginError) -> Action = { _, _ in .continue }
    var body: (Request, BodyPiece, inout ProbeState) throws(PluginError) -> Action = { _, _, _ in .continue }
    var event: (Request, Event, inout ProbeState) throws(PluginError) -> Action = { _, _, _ in .continue }
    var ownEvent: (Event) throws(PluginError) -> Void = { _ in }
    var log: (Request, inout ProbeState) throws(PluginError) -> Void = { _, _ in }
    var export: () throws(PluginError) -> [UInt8]? = { nil }
    var `import`: (ByteView, String) throws(PluginError) -> Void = { _, _ in }
    var needs: [PluginDescriptor.Interface] = [.headers]
  }

  // Tests of this target run one after the other.
  nonisolated(unsafe) static var script = Script()
  nonisolated(unsafe) static var living = 0

  static var descriptor: PluginDescriptor {
    PluginDescriptor(
      name: "probe", version: "1.2.3", priority: -5, phases: [.access, .requestBody, .bodyFilter, .log],
      requestBody: .whole, responseBody: .stream, requestBodyLimit: 1000, configurationSchema: "{\"type\":\"object\"}",
      needs: [.headers, .flow], vendor: "Vendor", summary: "Probes", license: "MIT", flags: [.ownThreads])
  }

  init(host: Host, inspecting: Bool) throws(PluginError) {
    // Counted first: an object whose initializer throws is destroyed as well.
    unsafe Self.living += 1
    unsafe try Self.script.start(host, inspecting)
  }

  deinit { unsafe Self.living -= 1 }

  func makeInstance(_ context: inout InstanceContext) throws(PluginError) -> ProbeInstance {
    unsafe try Self.script.make(&context)
    return ProbeInstance()
  }
}

final class ProbeInstance: PluginInstance {
  init() { unsafe ProbePlugin.living += 1 }
  deinit { unsafe ProbePlugin.living -= 1 }

  func access(_ request: Request, _ state: inout ProbeState) throws(PluginError) -> Action {
    unsafe try ProbePlugin.script.access(request, &state)
  }
  func requestBody(_ request: Request, _ piece: BodyPiece, _ state: inout ProbeState) throws(PluginError) -> Action {
    unsafe try ProbePlugin.script.body(request, piece, &state)
  }
  func bodyFilter(_ request: Request, _ piece: BodyPiece, _ state: inout ProbeState) throws(PluginError) -> Action {
    unsafe try ProbePlugin.script.body(request, piece, &state)
  }
  func log(_ request: Request, _ state: inout ProbeState) throws(PluginError) {
    unsafe try ProbePlugin.script.log(request, &state)
  }
  func event(_ request: Request, _ event: Event, _ state: inout ProbeState) throws(PluginError) -> Action {
    unsafe try ProbePlugin.script.event(request, event, &state)
  }
  func event(_ event: Event) throws(PluginError) { unsafe try ProbePlugin.script.ownEvent(event) }
  func exportState() throws(PluginError) -> [UInt8]? { unsafe try ProbePlugin.script.export() }
  func importState(_ state: ByteView, from version: String) throws(PluginError) {
    unsafe try ProbePlugin.script.import(state, version)
  }
}

/// A state that shows when it is made and destroyed.
struct ProbeState: RequestState {
  final class Witness {
    nonisolated(unsafe) static var living = 0
    init() { unsafe Self.living += 1 }
    deinit { unsafe Self.living -= 1 }
  }

  var witness = Witness()
  var calls = 0
  var text = ""
}

/// Drives a probe through its C callbacks, as a host does.
///
/// Safety: the pointers are to memory that lives as long as the driver, and to what the plugin gave to be handed back.
@safe final class Driver {
  let host = ScriptedHost()
  private let table: UnsafeMutablePointer<torii_host>
  let descriptor: torii_plugin_descriptor
  private var pluginData: UnsafeMutableRawPointer?
  private var instanceData: UnsafeMutableRawPointer?
  private let state: UnsafeMutableRawPointer
  private(set) var error = torii_error()
  private(set) var created = unsafe torii_config_create_args()

  init(_ script: ProbePlugin.Script = .init()) {
    unsafe ProbePlugin.script = script
    unsafe table = .allocate(capacity: 1)
    unsafe table.initialize(to: host.table)
    guard let descriptor = unsafe PluginEntry<ProbePlugin>.descriptor(hostMajor: 1, hostMinor: 0) else {
      preconditionFailure("no descriptor")
    }
    unsafe self.descriptor = descriptor.pointee
    unsafe state = .allocate(byteCount: Int(descriptor.pointee.request_state_size), alignment: 16)
    unsafe state.initializeMemory(as: UInt8.self, repeating: 0, count: Int(descriptor.pointee.request_state_size))
    error.struct_size = UInt32(MemoryLayout<torii_error>.size)
  }

  deinit {
    unsafe state.deallocate()
    unsafe table.deallocate()
  }

  var callbacks: torii_plugin_callbacks { unsafe descriptor.callbacks.pointee }

  func start(inspecting: Bool = false) -> Int32 {
    var arguments = unsafe torii_start_args()
    unsafe arguments.struct_size = UInt32(MemoryLayout<torii_start_args>.size)
    unsafe arguments.flags = inspecting ? 1 : 0
    unsafe arguments.host = UnsafePointer(table)
    let status: Int32 = unsafe withUnsafeMutablePointer(to: &error) {
      unsafe arguments.error = $0
      return unsafe callbacks.start(&arguments)
    }
    unsafe pluginData = arguments.plugin_data
    return status
  }

  func create(_ configuration: String = "{}") -> Int32 {
    var arguments = unsafe torii_config_create_args()
    unsafe arguments.struct_size = UInt32(MemoryLayout<torii_config_create_args>.size)
    unsafe arguments.plugin_data = pluginData
    unsafe arguments.instance = 7
    unsafe arguments.config = host.lend(configuration)
    unsafe arguments.entity_id = host.lend("entity")
    unsafe arguments.route_id = host.lend("route")
    unsafe arguments.request_body_mode = descriptor.request_body_mode
    unsafe arguments.request_body_limit = descriptor.request_body_limit
    unsafe arguments.response_body_mode = descriptor.response_body_mode
    let status: Int32 = unsafe withUnsafeMutablePointer(to: &error) {
      unsafe arguments.error = $0
      return unsafe callbacks.config_create(&arguments)
    }
    unsafe instanceData = arguments.instance_data
    unsafe created = arguments
    return status
  }

  /// Starts and creates; the tests of requests begin with it.
  func begin() -> Self {
    precondition(start() == TORII_OK && create() == TORII_OK)
    host.calls = []
    return self
  }

  private func phaseArguments(_ phase: UInt32) -> torii_phase_args {
    unsafe torii_phase_args(
      struct_size: UInt32(MemoryLayout<torii_phase_args>.size), phase: phase, plugin_data: pluginData, instance: 7,
      instance_data: instanceData, request: 99, request_state: state)
  }

  func access() -> Int32 {
    var arguments = unsafe phaseArguments(1)
    return unsafe callbacks.access(&arguments)
  }

  func log() -> Int32 {
    var arguments = unsafe phaseArguments(5)
    return unsafe callbacks.log(&arguments)
  }

  func endRequest() {
    var arguments = unsafe phaseArguments(5)
    unsafe callbacks.request_end(&arguments)
    unsafe state.initializeMemory(as: UInt8.self, repeating: 0, count: Int(descriptor.request_state_size))
  }

  func body(_ parts: [String], flags: UInt32 = 0) -> Int32 {
    let slices = unsafe parts.map { unsafe host.lend($0) }
    return unsafe slices.withUnsafeBufferPointer { slices in
      var arguments = unsafe torii_body_args(
        struct_size: UInt32(MemoryLayout<torii_body_args>.size), phase: 4, plugin_data: pluginData, instance: 7,
        instance_data: instanceData, request: 99, request_state: state, parts: slices.baseAddress,
        part_count: UInt32(slices.count), flags: flags)
      return unsafe callbacks.body_filter(&arguments)
    }
  }

  func event(kind: UInt32, request: UInt64 = 99, status: Int32 = 0, httpStatus: UInt32 = 0, body: String = "") -> Int32
  {
    var arguments = unsafe torii_event_args(
      struct_size: UInt32(MemoryLayout<torii_event_args>.size), kind: kind, plugin_data: pluginData, instance: 7,
      instance_data: instanceData, request: request, request_state: request == 0 ? nil : state, operation: 21,
      token: 5, status: status, http_status: httpStatus, body: host.lend(body), message: host.lend("why"))
    return unsafe callbacks.event(&arguments)
  }

  /// What was written by state_export.
  final class Written {
    var texts: [String] = []
    var answer = TORII_OK
  }

  func exportState(_ written: Written) -> Int32 {
    var arguments = unsafe torii_state_export_args()
    unsafe arguments.struct_size = UInt32(MemoryLayout<torii_state_export_args>.size)
    unsafe arguments.instance_data = instanceData
    unsafe arguments.limit = 16 << 20
    unsafe arguments.write_context = Unmanaged.passUnretained(written).toOpaque()
    unsafe arguments.write = { context, bytes in
      guard let context = unsafe context else { return TORII_E_INVALID }
      let written = unsafe Unmanaged<Written>.fromOpaque(context).takeUnretainedValue()
      unsafe written.texts.append(text(bytes))
      return written.answer
    }
    return unsafe withUnsafeMutablePointer(to: &error) {
      unsafe arguments.error = $0
      return unsafe callbacks.state_export(&arguments)
    }
  }

  func importState(_ state: String) -> Int32 {
    var arguments = unsafe torii_state_import_args()
    unsafe arguments.struct_size = UInt32(MemoryLayout<torii_state_import_args>.size)
    unsafe arguments.instance_data = instanceData
    unsafe arguments.state = host.lend(state)
    unsafe arguments.version = host.lend("0.9.0")
    return unsafe withUnsafeMutablePointer(to: &error) {
      unsafe arguments.error = $0
      return unsafe callbacks.state_import(&arguments)
    }
  }

  func destroy() {
    var arguments = unsafe torii_config_destroy_args()
    unsafe arguments.instance_data = instanceData
    unsafe callbacks.config_destroy(&arguments)
  }

  func stop() {
    var arguments = unsafe torii_stop_args()
    unsafe arguments.plugin_data = pluginData
    unsafe callbacks.stop(&arguments)
  }

  var errorTexts: (code: Int32, pointer: String, message: String) {
    func text<Characters>(_ characters: Characters) -> String {
      unsafe withUnsafeBytes(of: characters) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return (error.code, text(error.pointer), text(error.message))
  }
}
