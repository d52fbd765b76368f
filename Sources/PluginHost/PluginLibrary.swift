import CToriiPlugin
import Glibc

/// A plugin's shared library, loaded and described.
///
/// Safety: the descriptor and everything it points to are constant data of the image (`torii/plugin.h` §3), and an
/// image is never unmapped while a `PluginLibrary` refers to it.
@safe public final class PluginLibrary {
  /// The file that was loaded.
  public let path: String
  /// The plugin's name, as configurations spell it.
  public let name: String
  /// The plugin's version (Semantic Versioning).
  public let version: String
  /// Where the plugin stands among others: higher runs first.
  public let priority: Int32
  /// Bits `1 << TORII_PHASE_…`.
  public let phases: UInt32
  /// JSON Schema of the configuration; `nil` when any object will do.
  public let configurationSchema: String?
  /// What the library says of itself.
  public let descriptor: UnsafePointer<torii_plugin_descriptor>
  /// What it does.
  let callbacks: UnsafePointer<torii_plugin_callbacks>
  /// Nothing is left behind after stop(): the library is unmapped when nothing refers to it any more.
  public let mayUnload: Bool
  private let handle: UnsafeMutableRawPointer

  /// Loads the library at `path`, asks its entry point for the descriptor, and checks that this host can serve it.
  public init(path: String) throws(PluginLibraryError) {
    try LibraryFile.check(path)
    // RTLD_LOCAL: two plugins, or two versions of one, never see each other's symbols.
    guard let handle = unsafe dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      let reason = unsafe dlerror().map { unsafe String(cString: $0) } ?? "unknown reason"
      throw PluginLibraryError(path: path, reason: "cannot be loaded: \(reason)")
    }
    guard let symbol = unsafe dlsym(handle, "torii_plugin_entry") else {
      unsafe dlclose(handle)
      throw PluginLibraryError(
        path: path, reason: "exports no torii_plugin_entry: it is not a Torii plugin, or was linked without it")
    }
    let entry = unsafe unsafeBitCast(symbol, to: torii_plugin_entry_function.self)
    guard let descriptor = unsafe entry(UInt32(TORII_ABI_MAJOR), UInt32(TORII_ABI_MINOR)) else {
      throw PluginLibraryError(
        path: path, reason: "cannot serve a host of ABI \(TORII_ABI_MAJOR).\(TORII_ABI_MINOR): build it anew")
    }
    let checked = try unsafe DescriptorCheck.check(descriptor, path: path)
    self.path = path
    unsafe self.handle = handle
    unsafe self.descriptor = checked.descriptor
    unsafe self.callbacks = checked.callbacks
    name = unsafe checked.name
    version = unsafe checked.version
    mayUnload = unsafe descriptor.pointee.flags & UInt32(TORII_FLAG_MAY_UNLOAD) != 0
    priority = unsafe descriptor.pointee.priority
    phases = unsafe descriptor.pointee.phases
    configurationSchema = unsafe descriptor.pointee.config_schema.map { unsafe String(cString: $0) }
  }

  deinit {
    // One that does not say so stays: Swift's runtime, for one, keeps pointers into every image it has met.
    if mayUnload { unsafe dlclose(handle) }
  }

  /// Whether the plugin has a callback for a phase and lists it.
  func implements(_ phase: Int32) -> Bool { phases & (1 << UInt32(phase)) != 0 }
}

/// Why a library is refused.
public struct PluginLibraryError: Error, Sendable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What is wrong with it, and what to do.
  public let reason: String

  /// Makes an error.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// The error as one line.
  public var description: String { "\(path): \(reason)" }
}
