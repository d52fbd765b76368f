import CToriiPlugin
import FileLog
import ToriiPlugin

/// The library's one exported symbol.
@c(torii_plugin_entry)
public func entry(_ hostMajor: UInt32, _ hostMinor: UInt32) -> UnsafePointer<torii_plugin_descriptor>? {
  unsafe PluginEntry<FileLogPlugin>.descriptor(hostMajor: hostMajor, hostMinor: hostMinor)
}
