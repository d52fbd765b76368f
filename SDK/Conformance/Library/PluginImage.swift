import CToriiPlugin
import Glibc

/// A library that was loaded, and its descriptor.
///
/// Safety: descriptor and callbacks are constant data of the image (`torii/plugin.h` §3), and the image is not unmapped
/// before ``close()``, after which nothing of it is used.
@safe final class PluginImage {
  let path: String
  let descriptor: UnsafePointer<torii_plugin_descriptor>
  let callbacks: torii_plugin_callbacks
  private let handle: UnsafeMutableRawPointer

  /// Loads it as the gateway does.
  init(_ path: String) throws(Finding) {
    let handle = unsafe try Self.open(path)
    guard let entry = unsafe Self.entry(handle) else { throw .failed("it exports no torii_plugin_entry") }
    guard let descriptor = unsafe entry(UInt32(TORII_ABI_MAJOR), UInt32(TORII_ABI_MINOR)) else {
      throw .failed("torii_plugin_entry(\(TORII_ABI_MAJOR), \(TORII_ABI_MINOR)) gave null: it does not serve this ABI")
    }
    unsafe try DescriptorRules.usable(descriptor)
    guard let callbacks = unsafe descriptor.pointee.callbacks else { throw .failed("its descriptor has no callbacks") }
    self.path = path
    unsafe self.handle = unsafe handle
    unsafe self.descriptor = unsafe descriptor
    self.callbacks = unsafe GivenStruct.copy(callbacks)
  }

  /// Maps the file; the reason of the loader when that fails.
  static func open(_ path: String) throws(Finding) -> UnsafeMutableRawPointer {
    guard let handle = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw unsafe .failed(dlerror().map { unsafe String(cString: $0) } ?? "dlopen failed without a reason")
    }
    return unsafe handle
  }

  /// The entry point of a mapped file.
  static func entry(_ handle: UnsafeMutableRawPointer) -> torii_plugin_entry_function? {
    unsafe dlsym(handle, "torii_plugin_entry").map { unsafe unsafeBitCast($0, to: torii_plugin_entry_function.self) }
  }

  var facts: PluginFacts { unsafe PluginFacts(descriptor) }
  var mayUnload: Bool { unsafe descriptor.pointee.flags & 1 != 0 }
  var hasOwnThreads: Bool { unsafe descriptor.pointee.flags & 2 != 0 }

  /// Whether a phase is listed and has its callback.
  func has(_ phase: Int32) -> Bool {
    guard unsafe descriptor.pointee.phases & (1 << UInt32(phase)) != 0 else { return false }
    return switch phase {
    case TORII_PHASE_ACCESS: unsafe callbacks.access != nil
    case TORII_PHASE_REQUEST_BODY: unsafe callbacks.request_body != nil
    case TORII_PHASE_HEADER_FILTER: unsafe callbacks.header_filter != nil
    case TORII_PHASE_BODY_FILTER: unsafe callbacks.body_filter != nil
    case TORII_PHASE_LOG: unsafe callbacks.log != nil
    default: false
    }
  }

  /// Unmaps it.
  func close() { unsafe dlclose(handle) }
}
