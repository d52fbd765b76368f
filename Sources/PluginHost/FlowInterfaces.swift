import CToriiPlugin
import Glibc

/// `torii.flow/1`
enum FlowInterface {
  static var table: torii_flow_interface {
    unsafe torii_flow_interface(
      struct_size: UInt32(MemoryLayout<torii_flow_interface>.size), reserved: 0,
      respond: { context, request, response in
        var copy = unsafe torii_response()
        guard unsafe PluginStruct.read(response, atLeast: PluginStruct.response, into: &copy) else {
          return TORII_E_INVALID
        }
        return unsafe onRequest(context, request) { unsafe $0.respond(copy) }
      },
      set_status: { context, request, status in unsafe onRequest(context, request) { $0.setStatus(status) } },
      resume: { context, instance, request in
        unsafe FlowInterface.fromAnyThread(context, instance, request) { request, _ in request.resume(instance) }
      },
      post: { context, instance, request, token in
        unsafe FlowInterface.fromAnyThread(context, instance, request) { request, owner in
          var event = unsafe PluginEvent(kind: TORII_EVENT_POST)
          unsafe event.token = token
          unsafe request.deliver(event, to: owner)
          return TORII_OK
        }
      })
  }

  /// Both functions only note that something is to happen: it happens on a later turn of the loop, so that no callback
  /// is entered from within another.
  private static func fromAnyThread(
    _ context: UnsafeMutableRawPointer?, _ instance: torii_instance_id, _ request: torii_request_id,
    _ work: @escaping @Sendable (any HostedRequest, PluginInstance) -> torii_status
  ) -> torii_status {
    unsafe withRuntime(context) { runtime in
      // On the worker's thread a stale id is told at once; elsewhere the table must not be read.
      if pthread_equal(pthread_self(), runtime.thread) != 0, runtime.requests.request(request) == nil {
        return TORII_E_STALE
      }
      runtime.onWorker {
        guard let request = runtime.requests.request(request), let owner = runtime.instance(instance) else { return }
        _ = work(request, owner)
      }
      return TORII_OK
    } ?? TORII_E_INVALID
  }
}

/// `torii.body/1`
enum BodyInterface {
  static var table: torii_body_interface {
    unsafe torii_body_interface(
      struct_size: UInt32(MemoryLayout<torii_body_interface>.size), reserved: 0,
      emit: { context, instance, request, slice in
        unsafe onRequest(context, request) { unsafe $0.emit(instance, bytes(slice)) }
      },
      emit_owned: { context, instance, request, slice, release, releaseContext in
        // The bytes are copied into the request's output, which is on its way to the kernel: they can go at once.
        defer { unsafe release?(releaseContext) }
        return unsafe onRequest(context, request) { unsafe $0.emit(instance, bytes(slice)) }
      })
  }
}

/// `torii.async/1`
enum AsyncInterface {
  /// At most this many operations run for one request and instance.
  static let limit = 64

  /// Whether the instance may start another among these.
  static func hasRoom(_ operations: some Sequence<PluginOperation>, _ instance: torii_instance_id) -> Bool {
    operations.lazy.filter { $0.instanceID == instance }.count < limit
  }

  static var table: torii_async_interface {
    unsafe torii_async_interface(
      struct_size: UInt32(MemoryLayout<torii_async_interface>.size), reserved: 0,
      timer: { context, instance, request, delay, token, operation in
        unsafe withRuntime(context) { runtime in
          guard pthread_equal(pthread_self(), runtime.thread) != 0 else { return TORII_E_THREAD }
          var id: torii_operation_id = 0
          let status = runtime.startTimer(instance, request, delay: delay, token: token, &id)
          if status == TORII_OK { unsafe operation?.pointee = id }
          return status
        } ?? TORII_E_INVALID
      },
      http: { context, instance, request, httpRequest, token, operation in
        var copy = unsafe torii_http_request()
        guard unsafe PluginStruct.read(httpRequest, atLeast: PluginStruct.httpRequest, into: &copy) else {
          return TORII_E_INVALID
        }
        return unsafe withRuntime(context) { runtime in
          guard pthread_equal(pthread_self(), runtime.thread) != 0 else { return TORII_E_THREAD }
          // A call-out belongs to a request: an instance of its own cannot make one.
          guard request != 0, let owner = runtime.instance(instance) else { return TORII_E_INVALID }
          guard let starter = runtime.operations else { return TORII_E_UNSUPPORTED }
          guard let hosted = runtime.requests.request(request) else { return TORII_E_STALE }
          guard AsyncInterface.hasRoom(hosted.operations, instance) else { return TORII_E_LIMIT }
          let id = runtime.nextOperationID()
          switch unsafe starter.startHTTP(id, instance: owner, request: hosted, copy, token: token) {
          case .failure(let refused): return refused.status
          case .success(let started):
            hosted.operations.append(started)
            unsafe operation?.pointee = id
            return TORII_OK
          }
        } ?? TORII_E_INVALID
      },
      cancel: { context, instance, operation in
        unsafe withRuntime(context) { runtime in
          guard pthread_equal(pthread_self(), runtime.thread) != 0 else { return TORII_E_THREAD }
          return runtime.cancel(operation, of: instance)
        } ?? TORII_E_INVALID
      })
  }
}
