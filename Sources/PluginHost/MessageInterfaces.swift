import CToriiPlugin

/// `torii.headers/1`
enum HeadersInterface {
  static var table: torii_headers_interface {
    unsafe torii_headers_interface(
      struct_size: UInt32(MemoryLayout<torii_headers_interface>.size), reserved: 0,
      get: { context, request, map, name, index, value in
        guard let value = unsafe value else { return TORII_E_INVALID }
        return unsafe onRequest(context, request) { unsafe $0.header(map, bytes(name), index, &value.pointee) }
      },
      at: { context, request, map, position, name, value in
        guard let name = unsafe name, let value = unsafe value else { return TORII_E_INVALID }
        return unsafe onRequest(context, request) { unsafe $0.header(map, at: position, &name.pointee, &value.pointee) }
      },
      set: { context, request, map, name, value in
        unsafe onRequest(context, request) { unsafe $0.setHeader(map, bytes(name), bytes(value), replace: true) }
      },
      add: { context, request, map, name, value in
        unsafe onRequest(context, request) { unsafe $0.setHeader(map, bytes(name), bytes(value), replace: false) }
      },
      remove: { context, request, map, name in
        unsafe onRequest(context, request) { unsafe $0.removeHeader(map, bytes(name)) }
      })
  }
}

/// `torii.request/1`
enum RequestInterface {
  static var table: torii_request_interface {
    unsafe torii_request_interface(
      struct_size: UInt32(MemoryLayout<torii_request_interface>.size), reserved: 0,
      text: { context, request, attribute, value in
        guard let value = unsafe value else { return TORII_E_INVALID }
        return unsafe onRequest(context, request) {
          unsafe $0.text(Int32(truncatingIfNeeded: attribute), &value.pointee)
        }
      },
      number: { context, request, attribute, value in
        guard let value = unsafe value else { return TORII_E_INVALID }
        return unsafe onRequest(context, request) {
          unsafe $0.number(Int32(truncatingIfNeeded: attribute), &value.pointee)
        }
      },
      capture: { context, request, name, value in
        guard let value = unsafe value else { return TORII_E_INVALID }
        return unsafe onRequest(context, request) { unsafe $0.capture(bytes(name), &value.pointee) }
      })
  }
}

/// `torii.upstream/1`
enum UpstreamInterface {
  static var table: torii_upstream_interface {
    unsafe torii_upstream_interface(
      struct_size: UInt32(MemoryLayout<torii_upstream_interface>.size), reserved: 0,
      set_target: { context, request, target in
        var copy = unsafe torii_target()
        guard unsafe PluginStruct.read(target, atLeast: PluginStruct.target, into: &copy) else {
          return TORII_E_INVALID
        }
        return unsafe onRequest(context, request) { unsafe $0.setTarget(copy) }
      },
      set_path: { context, request, path in unsafe onRequest(context, request) { unsafe $0.setPath(bytes(path)) } },
      set_query: { context, request, query in unsafe onRequest(context, request) { unsafe $0.setQuery(bytes(query)) } },
      set_method: { context, request, method in
        unsafe onRequest(context, request) { unsafe $0.setMethod(bytes(method)) }
      },
      send_again: { context, instance, request in
        unsafe onRequest(context, request) { $0.sendAgain(instance) }
      })
  }
}

/// `torii.log/1`
enum LogInterface {
  static var table: torii_log_interface {
    unsafe torii_log_interface(
      struct_size: UInt32(MemoryLayout<torii_log_interface>.size), reserved: 0,
      set: { context, request, key, json in
        unsafe onRequest(context, request) { unsafe $0.setLogValue(bytes(key), bytes(json)) }
      },
      redact: { context, request, name in unsafe onRequest(context, request) { unsafe $0.redact(bytes(name)) } },
      record: { context, request, json in
        guard let json = unsafe json else { return TORII_E_INVALID }
        return unsafe onRequest(context, request) { unsafe $0.logRecord(&json.pointee) }
      })
  }
}
