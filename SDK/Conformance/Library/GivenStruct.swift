import CToriiPlugin

/// Structs that the plugin under test made, of whatever version of the header it was built with (`torii/plugin.h`, Growth).
enum GivenStruct {
  // Bytes that each had in ABI 1.0, which never change: a later header's are more.
  static let descriptor = 120
  static let callbacks = 96
  static let response = 40
  static let target = 56
  static let httpRequest = 72

  /// Copies a struct as far as both sides have it; what the plugin's version lacked stays as it is in `value`, which is
  /// zeroed. False when there is none, or when it is smaller than it was in 1.0.
  ///
  /// - Safety: every such struct begins with its size in bytes, and that much of it is there during the call.
  static func read<Struct>(_ given: UnsafePointer<Struct>?, atLeast size: Int, into value: inout Struct) -> Bool {
    guard let given = unsafe UnsafeRawPointer(given) else { return false }
    let count = unsafe Int(given.load(as: UInt32.self))
    guard count >= size else { return false }
    unsafe withUnsafeMutableBytes(of: &value) { bytes in
      unsafe bytes.copyMemory(from: UnsafeRawBufferPointer(start: given, count: min(count, bytes.count)))
    }
    return true
  }

  /// A copy of a descriptor whose size has been checked (``DescriptorRules``).
  static func copy(_ given: UnsafePointer<torii_plugin_descriptor>) -> torii_plugin_descriptor {
    var value = unsafe torii_plugin_descriptor()
    _ = unsafe read(given, atLeast: descriptor, into: &value)
    return unsafe value
  }

  /// A copy of a table of callbacks whose size has been checked.
  static func copy(_ given: UnsafePointer<torii_plugin_callbacks>) -> torii_plugin_callbacks {
    var value = torii_plugin_callbacks()
    _ = unsafe read(given, atLeast: callbacks, into: &value)
    return value
  }
}
