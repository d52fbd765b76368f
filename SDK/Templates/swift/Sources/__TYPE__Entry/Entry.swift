import CToriiPlugin
import ToriiPlugin
import __TYPE__

/// The library's one exported symbol.
#if compiler(>=6.3)
  @c(torii_plugin_entry)
#else
  @_cdecl("torii_plugin_entry")
#endif
public func entry(_ hostMajor: UInt32, _ hostMinor: UInt32) -> UnsafePointer<torii_plugin_descriptor>? {
  unsafe PluginEntry<Configured<__TYPE__>>.descriptor(hostMajor: hostMajor, hostMinor: hostMinor)
}
