import CToriiPlugin

/// A host whose tables are C functions over this object, and which notes what it is asked.
///
/// Safety: the tables point to the host itself, unretained; tests keep the host until the plugin has stopped.
@safe final class ScriptedHost {
  var headers: [UInt32: [(name: String, value: String)]] = [:]
  var texts: [UInt32: String] = [:]
  var numbers: [UInt32: Int64] = [:]
  var captures: [String: String] = [:]
  /// What the plugin asked for, in order, one line each.
  var calls: [String] = []
  /// What the host answers to calls that change something.
  var answer: Int32 = TORII_OK
  var record = "{}"
  /// What torii.shared/1 has.
  var values: [String: [UInt8]] = [:]
  /// Interfaces that this host does not have.
  var missing: Set<String> = []
  private var lent: [UnsafeMutablePointer<UInt8>] = unsafe []
  private var tables: [String: UnsafeMutableRawPointer] = unsafe [:]
  private(set) var table = unsafe torii_host()
  private let version = unsafe strdupASCII("1.2.3")

  init() {
    unsafe table.struct_size = UInt32(MemoryLayout<torii_host>.size)
    unsafe table.abi_major = 1
    unsafe table.version = UnsafePointer(version)
    unsafe table.context = Unmanaged.passUnretained(self).toOpaque()
    unsafe table.query_interface = { context, id in
      guard let id = unsafe id else { return nil }
      let name = unsafe String(cString: id)
      let host = unsafe ScriptedHost.of(context)
      return unsafe host.missing.contains(name) ? nil : host.tables[name].map { UnsafeRawPointer($0) }
    }
    unsafe table.log = { context, instance, request, level, message in
      unsafe ScriptedHost.of(context).calls.append("log \(level) \(instance) \(request) \(text(message))")
    }
    unsafe table.monotonic_time = { _ in 17 }
    unsafe table.wall_time = { _ in 18 }
    addMessageInterfaces()
    addFlowInterfaces()
  }

  deinit {
    unsafe tables.values.forEach { unsafe $0.deallocate() }
    unsafe lent.forEach { unsafe $0.deallocate() }
    unsafe version.deallocate()
  }

  static func of(_ context: UnsafeMutableRawPointer?) -> ScriptedHost {
    guard let context = unsafe context else { preconditionFailure("called without the host's context") }
    return unsafe Unmanaged<ScriptedHost>.fromOpaque(context).takeUnretainedValue()
  }

  /// Lends bytes as the host does: at a stable address.
  func lend(_ value: String) -> torii_slice {
    let bytes = Array(value.utf8)
    let pointer = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
    unsafe pointer.initialize(from: bytes, count: bytes.count)
    unsafe lent.append(pointer)
    return unsafe torii_slice(data: pointer, size: bytes.count)
  }

  /// Lets an interface's table say that it ends earlier than it does, as that of an older host.
  func setTableSize(_ id: String, _ size: UInt32) {
    unsafe tables[id]?.storeBytes(of: size, as: UInt32.self)
  }

  func note(_ call: String) -> Int32 {
    calls.append(call)
    return answer
  }

  private func add<Interface>(_ id: String, _ interface: Interface) {
    let pointer = UnsafeMutablePointer<Interface>.allocate(capacity: 1)
    unsafe pointer.initialize(to: interface)
    unsafe tables[id] = UnsafeMutableRawPointer(pointer)
  }

  private func addMessageInterfaces() {
    var headers = torii_headers_interface()
    headers.struct_size = UInt32(MemoryLayout<torii_headers_interface>.size)
    unsafe headers.get = { context, _, map, name, index, value in
      let host = unsafe ScriptedHost.of(context)
      let name = unsafe text(name).lowercased()
      let found = (host.headers[map] ?? []).filter { $0.name.lowercased() == name }
      guard Int(index) < found.count else { return TORII_E_NOT_FOUND }
      unsafe value?.pointee = host.lend(found[Int(index)].value)
      return TORII_OK
    }
    unsafe headers.at = { context, _, map, position, name, value in
      let host = unsafe ScriptedHost.of(context)
      guard let lines = host.headers[map], Int(position) < lines.count else { return TORII_E_NOT_FOUND }
      unsafe name?.pointee = host.lend(lines[Int(position)].name)
      unsafe value?.pointee = host.lend(lines[Int(position)].value)
      return TORII_OK
    }
    unsafe headers.set = { context, request, map, name, value in
      unsafe ScriptedHost.of(context).note("set \(request) \(map) \(text(name)): \(text(value))")
    }
    unsafe headers.add = { context, request, map, name, value in
      unsafe ScriptedHost.of(context).note("add \(request) \(map) \(text(name)): \(text(value))")
    }
    unsafe headers.remove = { context, request, map, name in
      unsafe ScriptedHost.of(context).note("remove \(request) \(map) \(text(name))")
    }
    add(TORII_HEADERS_INTERFACE, headers)

    var request = torii_request_interface()
    request.struct_size = UInt32(MemoryLayout<torii_request_interface>.size)
    unsafe request.text = { context, _, attribute, value in
      let host = unsafe ScriptedHost.of(context)
      unsafe value?.pointee = host.lend(host.texts[attribute] ?? "")
      return TORII_OK
    }
    unsafe request.number = { context, _, attribute, value in
      unsafe value?.pointee = ScriptedHost.of(context).numbers[attribute] ?? 0
      return TORII_OK
    }
    unsafe request.capture = { context, _, name, value in
      let host = unsafe ScriptedHost.of(context)
      guard let found = unsafe host.captures[text(name)] else { return TORII_E_NOT_FOUND }
      unsafe value?.pointee = host.lend(found)
      return TORII_OK
    }
    add(TORII_REQUEST_INTERFACE, request)

    var upstream = torii_upstream_interface()
    upstream.struct_size = UInt32(MemoryLayout<torii_upstream_interface>.size)
    unsafe upstream.set_target = { context, _, target in
      guard let target = unsafe target?.pointee else { return TORII_E_INVALID }
      return unsafe ScriptedHost.of(context).note(
        "target \(text(target.scheme))://\(text(target.host)):\(target.port) \(target.connect_timeout) "
          + "\(target.write_timeout) \(target.read_timeout)")
    }
    unsafe upstream.set_path = { context, _, path in unsafe ScriptedHost.of(context).note("path \(text(path))") }
    unsafe upstream.set_query = { context, _, query in unsafe ScriptedHost.of(context).note("query \(text(query))") }
    unsafe upstream.set_method = { context, _, method in
      unsafe ScriptedHost.of(context).note("method \(text(method))")
    }
    add(TORII_UPSTREAM_INTERFACE, upstream)

    var log = torii_log_interface()
    log.struct_size = UInt32(MemoryLayout<torii_log_interface>.size)
    unsafe log.set = { context, _, key, json in
      unsafe ScriptedHost.of(context).note("log set \(text(key)) \(text(json))")
    }
    unsafe log.redact = { context, _, name in unsafe ScriptedHost.of(context).note("redact \(text(name))") }
    unsafe log.record = { context, _, json in
      let host = unsafe ScriptedHost.of(context)
      unsafe json?.pointee = host.lend(host.record)
      return host.answer
    }
    add(TORII_LOG_INTERFACE, log)
  }

  private func addFlowInterfaces() {
    var flow = torii_flow_interface()
    flow.struct_size = UInt32(MemoryLayout<torii_flow_interface>.size)
    unsafe flow.respond = { context, _, response in
      guard let response = unsafe response?.pointee else { return TORII_E_INVALID }
      return unsafe ScriptedHost.of(context).note(
        "respond \(response.status) [\(list(response.headers, response.header_count))] \(text(response.body))")
    }
    unsafe flow.set_status = { context, _, status in unsafe ScriptedHost.of(context).note("status \(status)") }
    unsafe flow.resume = { context, instance, request in
      unsafe ScriptedHost.of(context).note("resume \(instance) \(request)")
    }
    unsafe flow.post = { context, instance, request, token in
      unsafe ScriptedHost.of(context).note("post \(instance) \(request) \(token)")
    }
    add(TORII_FLOW_INTERFACE, flow)

    var body = torii_body_interface()
    body.struct_size = UInt32(MemoryLayout<torii_body_interface>.size)
    unsafe body.emit = { context, instance, request, bytes in
      unsafe ScriptedHost.of(context).note("emit \(instance) \(request) \(text(bytes))")
    }
    unsafe body.emit_owned = { context, _, _, bytes, release, releaseContext in
      let answer = unsafe ScriptedHost.of(context).note("emit owned \(text(bytes))")
      unsafe release?(releaseContext)
      return answer
    }
    add(TORII_BODY_INTERFACE, body)

    var async = torii_async_interface()
    async.struct_size = UInt32(MemoryLayout<torii_async_interface>.size)
    unsafe async.timer = { context, instance, request, delay, token, operation in
      unsafe operation?.pointee = 21
      return unsafe ScriptedHost.of(context).note("timer \(instance) \(request) \(delay) \(token)")
    }
    unsafe async.http = { context, instance, request, call, token, operation in
      guard let call = unsafe call?.pointee else { return TORII_E_INVALID }
      unsafe operation?.pointee = 22
      return unsafe ScriptedHost.of(context).note(
        "http \(instance) \(request) \(text(call.method)) \(text(call.url)) "
          + "[\(list(call.headers, call.header_count))] \(text(call.body)) \(call.timeout) \(call.response_limit) \(token)"
      )
    }
    unsafe async.cancel = { context, instance, operation in
      unsafe ScriptedHost.of(context).note("cancel \(instance) \(operation)")
    }
    add(TORII_ASYNC_INTERFACE, async)

    var metrics = torii_metrics_interface()
    metrics.struct_size = UInt32(MemoryLayout<torii_metrics_interface>.size)
    unsafe metrics.define = { context, kind, name, help, metric in
      unsafe metric?.pointee = 31
      return unsafe ScriptedHost.of(context).note("define \(kind) \(text(name)) \(text(help))")
    }
    unsafe metrics.record = { context, metric, value in
      unsafe ScriptedHost.of(context).note("record \(metric) \(value)")
    }
    unsafe metrics.define_histogram = { context, name, help, bounds, count, metric in
      unsafe metric?.pointee = 32
      let list = unsafe Array(UnsafeBufferPointer(start: bounds, count: Int(count)))
      return unsafe ScriptedHost.of(context).note("define_histogram \(text(name)) \(text(help)) \(list)")
    }
    unsafe metrics.labelled = { context, metric, labels, count, series in
      unsafe series?.pointee = metric + 100
      return unsafe ScriptedHost.of(context).note("labelled \(metric) [\(list(labels, count))]")
    }
    add(TORII_METRICS_INTERFACE, metrics)
    addSharedInterface()
  }

  private func addSharedInterface() {
    var shared = torii_shared_interface()
    shared.struct_size = UInt32(MemoryLayout<torii_shared_interface>.size)
    unsafe shared.get = { context, instance, key, buffer, capacity, entry in
      let host = unsafe ScriptedHost.of(context)
      host.calls.append("get \(instance) \(unsafe text(key)) into \(capacity)")
      guard host.answer == TORII_OK else { return host.answer }
      guard let value = unsafe host.values[text(key)] else { return TORII_E_NOT_FOUND }
      unsafe entry?.pointee.size = UInt64(value.count)
      unsafe entry?.pointee.revision = 41
      unsafe entry?.pointee.expires = 42
      guard value.count <= capacity else { return TORII_E_LIMIT }
      for (place, byte) in value.enumerated() { unsafe buffer?[place] = byte }
      return TORII_OK
    }
    unsafe shared.put = { context, instance, key, value, lifetime, expected, _ in
      let revision = unsafe expected.map { unsafe "\($0.pointee)" } ?? "any"
      return unsafe ScriptedHost.of(context).note("put \(instance) \(text(key))=\(text(value)) \(lifetime) \(revision)")
    }
    unsafe shared.remove = { context, instance, key, expected in
      let revision = unsafe expected.map { unsafe "\($0.pointee)" } ?? "any"
      return unsafe ScriptedHost.of(context).note("remove \(instance) \(text(key)) \(revision)")
    }
    unsafe shared.add = { context, instance, key, addend, lifetime, sum, _ in
      unsafe sum?.pointee = addend &+ 1000
      return unsafe ScriptedHost.of(context).note("add \(instance) \(text(key)) \(addend) \(lifetime)")
    }
    add(TORII_SHARED_INTERFACE, shared)
  }
}

/// The bytes of a slice as text.
func text(_ slice: torii_slice) -> String {
  unsafe String(decoding: UnsafeBufferPointer(start: slice.data, count: slice.size), as: UTF8.self)
}

private func list(_ headers: UnsafePointer<torii_header>?, _ count: UInt32) -> String {
  unsafe UnsafeBufferPointer(start: headers, count: Int(count)).map { unsafe "\(text($0.name))=\(text($0.value))" }
    .joined(separator: ",")
}

private func strdupASCII(_ value: String) -> UnsafeMutablePointer<CChar> {
  let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: value.utf8.count + 1)
  for (place, byte) in (Array(value.utf8) + [0]).enumerated() {
    unsafe (pointer + place).initialize(to: CChar(bitPattern: byte))
  }
  return unsafe pointer
}
