import CToriiPlugin

/// Structs that a plugin made, of whatever version of the header it was built with (`torii/plugin.h`, Growth).
enum PluginStruct {
  // Bytes that each had in ABI 1.0, which never change: a later header's are more.
  static let descriptor = 120
  static let callbacks = 96
  static let response = 40
  static let target = 56
  static let httpRequest = 72

  /// Copies a struct as far as both sides have it; fields that the plugin's version lacked stay as they are in `value`,
  /// which is zeroed. False when there is none, or when it is smaller than it was in 1.0.
  ///
  /// Safety: every such struct begins with its size in bytes, and that much of it is there during the call.
  @inline(__always)
  static func read<Struct>(_ given: UnsafePointer<Struct>?, atLeast size: Int, into value: inout Struct) -> Bool {
    guard let given = unsafe UnsafeRawPointer(given) else { return false }
    let count = unsafe Int(given.load(as: UInt32.self))
    guard count >= size else { return false }
    unsafe withUnsafeMutableBytes(of: &value) { bytes in
      unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: given, count: min(count, bytes.count)))
    }
    return true
  }
}
