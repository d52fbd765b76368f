import CToriiPlugin
import JSON

/// `torii.flow/1`, `torii.body/1`, `torii.async/1`, `torii.log/1`, `torii.metrics/1`.
extension ScriptedHost {
  private func respond(_ request: ScriptedRequest, _ response: UnsafePointer<torii_response>?) -> torii_status {
    var given = unsafe torii_response()
    guard unsafe GivenStruct.read(response, atLeast: GivenStruct.response, into: &given) else {
      violate(.argument, "respond() was given a response without its struct_size")
      return TORII_E_INVALID
    }
    guard unsafe (200...599).contains(given.status) else {
      violate(.response, unsafe "respond() was given the status \(given.status)")
      return TORII_E_INVALID
    }
    if request.isAborted { violate(.aborted, "respond() was called after the request was aborted") }
    guard unsafe given.body.isWellFormed, unsafe given.header_count == 0 || given.headers != nil,
      unsafe given.header_count <= 4096
    else {
      violate(.argument, "respond() was given a null pointer with a size")
      return TORII_E_INVALID
    }
    var fields: [Field] = []
    for index in unsafe 0..<Int(given.header_count) {
      guard let header = unsafe given.headers?[index] else { break }
      let name = unsafe header.name.copied, value = unsafe header.value.copied
      guard FieldRules.isToken(name), FieldRules.isValue(value) else {
        violate(
          .injection, "respond() was given the field \(JSONText.quoted(shown(name))): \(JSONText.quoted(shown(value)))")
        return TORII_E_INVALID
      }
      fields.append(Field(Bytes(name), Bytes(value)))
    }
    let body = unsafe given.body.copied
    let shownFields = fields.map { "\($0.name.text)=\($0.value.text)" }.joined(separator: ";")
    note(unsafe "flow.respond \(given.status) \(shownFields) \(shown(body))")
    guard !request.headSent else { return TORII_E_SENT }
    request.staged = unsafe (given.status, fields, Bytes(body))
    return TORII_OK
  }

  private static func wakeUp(
    _ context: UnsafeMutableRawPointer?, _ instance: torii_instance_id, _ request: torii_request_id, _ token: UInt64?,
    _ name: StaticString
  ) -> torii_status {
    guard let host = unsafe of(context) else { return TORII_E_INVALID }
    defer { host.leave() }
    if let status = host.enter(name, anyThread: true) { return status }
    host.note("\(name)")
    if host.options.staleWakeUps || !host.isKnown(request) { return TORII_E_STALE }
    if host.isWorker, host.requests[request]?.isAborted == true {
      host.violate(.aborted, "\(name) was called after the request was aborted")
    }
    host.wake(WakeUp(instance: instance, request: request, token: token))
    return TORII_OK
  }

  static var flowTable: torii_flow_interface {
    unsafe torii_flow_interface(
      struct_size: UInt32(MemoryLayout<torii_flow_interface>.size), reserved: 0,
      respond: { context, id, response in
        unsafe ScriptedHost.onRequest(context, id, "flow.respond") { unsafe $0.respond($1, response) }
      },
      set_status: { context, id, status in
        unsafe ScriptedHost.onRequest(context, id, "flow.set_status") { host, request in
          host.note("flow.set_status \(status)")
          guard (200...599).contains(status) else {
            host.violate(.response, "set_status() was given \(status)")
            return TORII_E_INVALID
          }
          guard request.hasResponseHead else { return TORII_E_PHASE }
          guard !request.headSent else { return TORII_E_SENT }
          request.status = status
          return TORII_OK
        }
      },
      resume: { context, instance, id in unsafe ScriptedHost.wakeUp(context, instance, id, nil, "flow.resume") },
      post: { context, instance, id, token in unsafe ScriptedHost.wakeUp(context, instance, id, token, "flow.post") })
  }

  private func emit(_ request: ScriptedRequest, _ bytes: torii_slice) -> torii_status {
    guard unsafe bytes.isWellFormed else {
      violate(.argument, "emit() was given a null slice with a size")
      return TORII_E_INVALID
    }
    if request.responseEnded { violate(.ended, "emit() was called after the body had been ended") }
    if isObserving {
      violate(.observed, "emit() was called on a body that the instance only observes")
      return TORII_E_PHASE
    }
    guard request.mayEmit else { return TORII_E_PHASE }
    unsafe request.emittedBytes += bytes.size
    if options.dropsOutput {
      if request.emitted == nil { request.emitted = [] }
      return TORII_OK
    }
    let copied = unsafe bytes.copied
    note("body.emit \(shown(copied))")
    request.emitted = (request.emitted ?? []) + copied
    return TORII_OK
  }

  static var bodyTable: torii_body_interface {
    unsafe torii_body_interface(
      struct_size: UInt32(MemoryLayout<torii_body_interface>.size), reserved: 0,
      emit: { context, _, id, bytes in
        unsafe ScriptedHost.onRequest(context, id, "body.emit") { unsafe $0.emit($1, bytes) }
      },
      emit_owned: { context, _, id, bytes, release, releaseContext in
        let status = unsafe ScriptedHost.onRequest(context, id, "body.emit_owned") { unsafe $0.emit($1, bytes) }
        // Later, and once, whatever the status: as long as the host may need the bytes.
        if let release = unsafe release, let host = unsafe ScriptedHost.of(context), host.isWorker {
          unsafe host.releases.append((release, releaseContext))
        }
        return status
      })
  }

  private func start(
    _ kind: Operation.Kind, _ instance: torii_instance_id, _ id: torii_request_id, delay: UInt64, token: UInt64,
    _ operation: UnsafeMutablePointer<torii_operation_id>?
  ) -> torii_status {
    if id != 0 {
      guard let request = requests[id] else { return TORII_E_STALE }
      if request.isAborted { violate(.aborted, "an operation was started after the request was aborted") }
    }
    guard operations.count(where: { $0.instance == instance && $0.request == id }) < 64 else { return TORII_E_LIMIT }
    let new = nextOperationID()
    // A delay beyond a century is no less far away.
    let (nanoseconds, overflow) = delay.multipliedReportingOverflow(by: 1_000_000)
    operations.append(
      Operation(
        id: new, instance: instance, request: id, kind: kind,
        due: clock &+ (overflow ? 1 << 61 : min(nanoseconds, 1 << 61)), token: token, order: callCount))
    unsafe operation?.pointee = new
    return TORII_OK
  }

  static var asyncTable: torii_async_interface {
    unsafe torii_async_interface(
      struct_size: UInt32(MemoryLayout<torii_async_interface>.size), reserved: 0,
      timer: { context, instance, id, delay, token, operation in
        guard let host = unsafe ScriptedHost.of(context) else { return TORII_E_INVALID }
        defer { host.leave() }
        if let status = host.enter("async.timer") { return status }
        host.note("async.timer \(delay)")
        return unsafe host.start(.timer, instance, id, delay: delay, token: token, operation)
      },
      http: { context, instance, id, call, token, operation in
        guard let host = unsafe ScriptedHost.of(context) else { return TORII_E_INVALID }
        defer { host.leave() }
        if let status = host.enter("async.http") { return status }
        var given = unsafe torii_http_request()
        guard unsafe GivenStruct.read(call, atLeast: GivenStruct.httpRequest, into: &given) else {
          host.violate(.argument, "http() was given a request without its struct_size")
          return TORII_E_INVALID
        }
        guard id != 0 else {
          host.violate(.argument, "http() was given the request 0: a call-out belongs to a request")
          return TORII_E_INVALID
        }
        let url = unsafe shown(given.url.copied)
        host.note("async.http \(url)")
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
          host.violate(.argument, "http() was given the url '\(url)'")
          return TORII_E_INVALID
        }
        for index in unsafe 0..<Int(min(given.header_count, 4096)) {
          guard let header = unsafe given.headers?[index] else { break }
          if unsafe !FieldRules.isToken(header.name.copied) || !FieldRules.isValue(header.value.copied) {
            host.violate(.injection, unsafe "http() was given a field that is malformed: \(shown(header.name.copied))")
            return TORII_E_INVALID
          }
        }
        return unsafe host.start(.callout(url: url), instance, id, delay: 1, token: token, operation)
      },
      cancel: { context, instance, operation in
        guard let host = unsafe ScriptedHost.of(context) else { return TORII_E_INVALID }
        defer { host.leave() }
        if let status = host.enter("async.cancel") { return status }
        host.note("async.cancel")
        guard let index = host.operations.firstIndex(where: { $0.id == operation && $0.instance == instance }) else {
          return TORII_E_STALE
        }
        host.requests[host.operations[index].request]?.hasCancelled = true
        host.operations.remove(at: index)
        return TORII_OK
      })
  }

  static var logTable: torii_log_interface {
    unsafe torii_log_interface(
      struct_size: UInt32(MemoryLayout<torii_log_interface>.size), reserved: 0,
      set: { context, id, key, json in
        unsafe ScriptedHost.onRequest(context, id, "log.set") { host, _ in
          let name = unsafe key.copied, text = unsafe json.copied
          host.note("log.set \(shown(name)) \(shown(text))")
          guard !name.isEmpty, name.allSatisfy({ $0 > 0x20 }), (try? JSONNode(parsing: text)) != nil else {
            host.violate(
              .argument, "log.set was given \(JSONText.quoted(shown(name))): \(JSONText.quoted(shown(text)))")
            return TORII_E_INVALID
          }
          return TORII_OK
        }
      },
      redact: { context, id, name in
        unsafe ScriptedHost.onRequest(context, id, "log.redact") { host, _ in
          unsafe FieldRules.isToken(name.copied) ? TORII_OK : TORII_E_INVALID
        }
      },
      record: { context, id, json in
        unsafe ScriptedHost.onRequest(context, id, "log.record") { host, request in
          guard request.finishedAt != 0 else { return TORII_E_PHASE }
          guard let json = unsafe json else { return TORII_E_INVALID }
          unsafe json.pointee = unsafe host.view(request.record)
          return TORII_OK
        }
      })
  }

  private static func isMetricName(_ name: [UInt8]) -> Bool {
    guard let first = name.first, (0x61...0x7A).contains(first), name.count <= 63 else { return false }
    return name.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
  }

  private func define(
    _ kind: String, _ name: [UInt8], _ metric: UnsafeMutablePointer<torii_metric_id>?
  ) -> torii_status {
    guard let metric = unsafe metric, Self.isMetricName(name) else {
      violate(.argument, "metrics.define was given the name '\(shown(name))'")
      return TORII_E_INVALID
    }
    guard isConfiguring else { return TORII_E_PHASE }
    let key = "\(kind) \(shown(name))"
    if let index = metricNames.firstIndex(of: key) {
      unsafe metric.pointee = UInt32(index + 1)
    } else {
      metricNames.append(key)
      unsafe metric.pointee = UInt32(metricNames.count)
    }
    return TORII_OK
  }

  static var metricsTable: torii_metrics_interface {
    unsafe torii_metrics_interface(
      struct_size: UInt32(MemoryLayout<torii_metrics_interface>.size), reserved: 0,
      define: { context, kind, name, _, metric in
        guard let host = unsafe ScriptedHost.of(context) else { return TORII_E_INVALID }
        defer { host.leave() }
        if let status = host.enter("metrics.define") { return status }
        guard (1...3).contains(kind) else {
          host.violate(.argument, "metrics.define was given the kind \(kind)")
          return TORII_E_INVALID
        }
        return unsafe host.define("\(kind)", name.copied, metric)
      },
      record: { context, metric, value in
        guard let host = unsafe ScriptedHost.of(context) else { return TORII_E_INVALID }
        defer { host.leave() }
        if let status = host.enter("metrics.record", anyThread: true) { return status }
        guard host.isWorker else { return TORII_OK }
        guard metric > 0, metric <= host.metricNames.count else {
          host.violate(.argument, "metrics.record was given the metric \(metric)")
          return TORII_E_NOT_FOUND
        }
        return TORII_OK
      },
      define_histogram: { context, name, _, bounds, count, metric in
        guard let host = unsafe ScriptedHost.of(context) else { return TORII_E_INVALID }
        defer { host.leave() }
        if let status = host.enter("metrics.define_histogram") { return status }
        // The plugin says that there are so many.
        let list = unsafe Array(UnsafeBufferPointer(start: bounds, count: bounds == nil ? 0 : Int(min(count, 65))))
        guard (1...64).contains(list.count), list.allSatisfy(\.isFinite),
          zip(list, list.dropFirst()).allSatisfy({ $0 < $1 })
        else {
          host.violate(.argument, "metrics.define_histogram was given the bounds \(list)")
          return TORII_E_INVALID
        }
        return unsafe host.define("3", name.copied, metric)
      },
      labelled: { context, metric, labels, count, series in
        guard let host = unsafe ScriptedHost.of(context) else { return TORII_E_INVALID }
        defer { host.leave() }
        if let status = host.enter("metrics.labelled", anyThread: true) { return status }
        guard let series = unsafe series else { return TORII_E_INVALID }
        unsafe series.pointee = metric
        guard host.isWorker else { return TORII_OK }
        guard metric > 0, metric <= host.metricNames.count else {
          host.violate(.argument, "metrics.labelled was given the metric \(metric)")
          return TORII_E_NOT_FOUND
        }
        var names: [[UInt8]] = []
        // The plugin says that there are so many.
        var given = unsafe UnsafeBufferPointer(start: labels, count: labels == nil ? 0 : Int(min(count, 17)))
          .makeIterator()
        while let label = unsafe given.next() { unsafe names.append(label.name.copied) }
        guard (1...16).contains(names.count), Set(names).count == names.count,
          names.allSatisfy({ ScriptedHost.isMetricName($0) && $0 != Array("le".utf8) })
        else {
          host.violate(.argument, "metrics.labelled was given the labels \(names.map(shown))")
          return TORII_E_INVALID
        }
        return TORII_OK
      })
  }
}
