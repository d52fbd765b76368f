import CConformance
import CToriiPlugin

/// The tables that plugins see.
extension ScriptedHost {
  /// Lays a table in memory that lives as long as the process, as the options say.
  private func place<Table>(_ table: Table) -> UnsafeMutablePointer<Table> {
    let size = MemoryLayout<Table>.size
    switch options.layout {
    case .plain:
      let memory = UnsafeMutablePointer<Table>.allocate(capacity: 1)
      unsafe memory.initialize(to: table)
      return unsafe memory
    case .exact:
      if let memory = unsafe conformance_guarded(size, 8)?.bindMemory(to: Table.self, capacity: 1) {
        unsafe memory.initialize(to: table)
        return unsafe memory
      }
      fallthrough
    case .larger:
      let memory = UnsafeMutableRawPointer.allocate(byteCount: size + 256, alignment: 16)
      unsafe memory.initializeMemory(as: UInt8.self, repeating: 0xA5, count: size + 256)
      let typed = unsafe memory.bindMemory(to: Table.self, capacity: 1)
      unsafe typed.initialize(to: table)
      unsafe memory.storeBytes(of: UInt32(size + 256), as: UInt32.self)
      return unsafe typed
    }
  }

  /// Makes all tables.
  func buildTables() {
    unsafe table = unsafe place(hostTable)
    add("torii.headers/1", Self.headersTable)
    add("torii.request/1", Self.requestTable)
    add("torii.upstream/1", Self.upstreamTable)
    add("torii.flow/1", Self.flowTable)
    add("torii.body/1", Self.bodyTable)
    add("torii.async/1", Self.asyncTable)
    add("torii.log/1", Self.logTable)
    add("torii.metrics/1", Self.metricsTable)
    if options.minor >= 1 || options.layout == .larger { add("torii.shared/1", Self.sharedTable) }
  }

  private func add<Table>(_ id: String, _ table: Table) {
    unsafe interfaces[id] = unsafe UnsafeRawPointer(place(table))
  }

  private var hostTable: torii_host {
    // A text that lives as long as the process.
    let version: StaticString = "0.0.0-conformance"
    return unsafe torii_host(
      struct_size: UInt32(MemoryLayout<torii_host>.size), abi_major: UInt16(TORII_ABI_MAJOR),
      abi_minor: options.layout == .larger ? 99 : options.minor,
      version: UnsafeRawPointer(version.utf8Start).assumingMemoryBound(to: CChar.self),
      context: Unmanaged.passUnretained(self).toOpaque(),
      query_interface: { context, id in
        guard let host = unsafe ScriptedHost.of(context) else { return nil }
        if host.enter("query_interface", anyThread: true) != nil { return nil }
        guard let id = unsafe id else {
          host.violate(.argument, "query_interface() was called with a null id")
          return nil
        }
        let name = unsafe String(cString: id)
        host.noteQuery(name)
        return unsafe host.options.missing.contains(name) ? nil : host.interfaces[name]
      },
      log: { context, _, _, level, message in
        guard let host = unsafe ScriptedHost.of(context) else { return }
        defer { host.leave() }
        _ = host.enter("log", anyThread: true)
        if level < 0 || level > 4 { host.violate(.argument, "log() was called with level \(level)") }
        let bytes = unsafe message.copied
        if String(validating: bytes, as: UTF8.self) == nil {
          host.violate(.argument, "log() was called with a message that is not UTF-8")
        }
        host.note("log \(level)")
      },
      monotonic_time: { context in
        guard let host = unsafe ScriptedHost.of(context) else { return 0 }
        defer { host.leave() }
        _ = host.enter("monotonic_time", anyThread: true)
        return host.clock
      },
      wall_time: { context in
        guard let host = unsafe ScriptedHost.of(context) else { return 0 }
        defer { host.leave() }
        _ = host.enter("wall_time", anyThread: true)
        return host.clock &+ host.wallOffset
      })
  }

  /// Runs a [worker] function on a request that lives.
  static func onRequest(
    _ context: UnsafeMutableRawPointer?, _ id: torii_request_id, _ name: StaticString,
    _ body: (ScriptedHost, ScriptedRequest) -> torii_status
  ) -> torii_status {
    guard let host = unsafe ScriptedHost.of(context) else { return TORII_E_INVALID }
    defer { host.leave() }
    if let status = host.enter(name) { return status }
    guard let request = host.requests[id] else { return TORII_E_STALE }
    return body(host, request)
  }
}

extension torii_slice {
  /// Its bytes. Safety: a slice that a plugin gives is readable during the call (`torii/plugin.h`, Ownership).
  var copied: [UInt8] {
    guard let data = unsafe data else { return [] }
    return unsafe Array(UnsafeBufferPointer(start: data, count: size))
  }

  /// Whether it can be a slice at all.
  var isWellFormed: Bool { unsafe data != nil || size == 0 }
}

/// `[UInt8]` as text in a trace.
func shown(_ bytes: [UInt8]) -> String { String(decoding: bytes.prefix(4096), as: UTF8.self) }
