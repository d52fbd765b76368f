import CToriiPlugin

/// What state_export() writes to.
final class StateWriter {
  /// What was written.
  private(set) var bytes: [UInt8] = []
  /// Whether a write was refused.
  private(set) var hasRefused = false
  private let host: ScriptedHost
  private let limit: Int

  init(_ host: ScriptedHost, limit: Int) {
    self.host = host
    self.limit = limit
  }

  /// Safety: the context is the writer that ``HostedPlugin/exportState(of:refusesWriting:)`` keeps for the call's time.
  static func write(_ context: UnsafeMutableRawPointer?, _ slice: torii_slice) -> torii_status {
    guard let context = unsafe context else { return TORII_E_INVALID }
    let writer = unsafe Unmanaged<StateWriter>.fromOpaque(context).takeUnretainedValue()
    defer { writer.host.leave() }
    if let status = writer.host.enter("state_export.write") { return status }
    guard unsafe slice.isWellFormed else {
      writer.hasRefused = true
      return TORII_E_INVALID
    }
    guard unsafe slice.size <= writer.limit - writer.bytes.count else {
      writer.hasRefused = true
      return TORII_E_LIMIT
    }
    writer.bytes += unsafe slice.copied
    return TORII_OK
  }
}
