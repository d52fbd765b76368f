// __NAME__: sets a header on each response.
//
// config  value  string, default "__NAME__"
//
// Embedded Swift: no runtime, no metadata, no Foundation; so nothing keeps the library from being unloaded. Values whose
// type is known only at run time (`any P`), and reflection, are not there. A trap ends the worker, as in all Swift: check
// before you index, and use arithmetic that cannot overflow on what comes from outside.
import CTorii

/// The host's tables. Written by start() before all else; callbacks come on the worker's one thread.
nonisolated(unsafe) private var torii = torii_tables()

/// An instance: one configuration. Its value is at most 256 characters, so 1024 bytes, and a NUL.
private struct Instance {
  static let capacity = 1025
  var value: UnsafeMutablePointer<CChar>
}

@_cdecl("plugin_start")
func start(_ args: UnsafeMutablePointer<torii_start_args>) -> torii_status {
  torii = torii_find_tables(args.pointee.host)
  return torii.headers == nil ? TORII_E_UNSUPPORTED : TORII_OK
}

@_cdecl("plugin_config_create")
func configCreate(_ args: UnsafeMutablePointer<torii_config_create_args>) -> torii_status {
  let value = UnsafeMutablePointer<CChar>.allocate(capacity: Instance.capacity)
  torii_json_text_or(torii_json_member(args.pointee.config, "value"), "__NAME__", value, Instance.capacity, nil)
  var place = 0
  while place < Instance.capacity, value[place] != 0 {
    if value[place] == 10 || value[place] == 13 {
      value.deallocate()
      return torii_refuse(args.pointee.error, "/value", "a header value holds no line break")
    }
    place += 1
  }
  let instance = UnsafeMutablePointer<Instance>.allocate(capacity: 1)
  instance.initialize(to: Instance(value: value))
  args.pointee.instance_data = UnsafeMutableRawPointer(instance)
  return TORII_OK
}

@_cdecl("plugin_config_destroy")
func configDestroy(_ args: UnsafePointer<torii_config_destroy_args>) {
  guard let instance = args.pointee.instance_data?.assumingMemoryBound(to: Instance.self) else { return }
  instance.pointee.value.deallocate()
  instance.deallocate()
}

@_cdecl("plugin_header_filter")
func headerFilter(_ args: UnsafePointer<torii_phase_args>) -> torii_action {
  guard let instance = args.pointee.instance_data?.assumingMemoryBound(to: Instance.self),
    let set = torii.headers.pointee.set
  else { return TORII_E_FAILED }
  let status = set(
    torii.context, args.pointee.request, UInt32(TORII_HEADERS_RESPONSE), torii_text("X-__TYPE__"),
    torii_text(instance.pointee.value))
  return status < 0 ? status : TORII_CONTINUE
}
