import CLinux
import Glibc

/// A plugin that is out of service after too many faults.
public struct QuarantinedPlugin: Sendable {
  /// The plugin.
  public var name: String
  /// Requests go on without it; else its routes are refused.
  public var isBypassed: Bool
  /// How many faults led to it.
  public var faults: Int
  /// Since 1970.
  public var since: Int
  /// It ended workers when it was loaded or configured: workers that are started do without it.
  public var isUnconfigurable = false
}

extension Board {
  /// What is quarantined now.
  public var quarantines: [QuarantinedPlugin] {
    (0..<UInt32(CLINUX_BOARD_QUARANTINES)).compactMap { index in
      guard let place = unsafe clinux_board_quarantine_at(head, index), unsafe place.pointee.action != 0 else {
        return nil
      }
      let entry = unsafe place.pointee
      return QuarantinedPlugin(
        name: Self.text(entry.name), isBypassed: entry.action == UInt32(CLINUX_BOARD_BYPASS),
        faults: Int(entry.faults), since: Int(truncatingIfNeeded: entry.seconds),
        isUnconfigurable: entry.is_unconfigurable != 0)
    }
  }

  /// Puts a plugin out of service.
  /// - Returns: false when it is already, or no place is left.
  public func quarantine(_ plugin: QuarantinedPlugin) -> Bool {
    guard !quarantines.contains(where: { $0.name == plugin.name }) else { return false }
    for index in 0..<UInt32(CLINUX_BOARD_QUARANTINES) {
      guard let place = unsafe clinux_board_quarantine_at(head, index), unsafe place.pointee.action == 0 else {
        continue
      }
      unsafe clinux_board_set_text(&place.pointee.name.0, 64, plugin.name)
      unsafe place.pointee.faults = UInt32(truncatingIfNeeded: plugin.faults)
      unsafe place.pointee.is_unconfigurable = plugin.isUnconfigurable ? 1 : 0
      unsafe place.pointee.seconds = UInt64(max(0, plugin.since))
      unsafe place.pointee.action = UInt32(plugin.isBypassed ? CLINUX_BOARD_BYPASS : CLINUX_BOARD_REJECT)
      _ = unsafe clinux_add(&head.pointee.quarantine_change, 1)
      return true
    }
    return false
  }

  /// Puts a plugin into service again.
  /// - Parameter name: `nil` for all of them.
  /// - Returns: those that were quarantined.
  public func reinstate(_ name: String? = nil) -> [String] {
    var reinstated: [String] = []
    for index in 0..<UInt32(CLINUX_BOARD_QUARANTINES) {
      guard let place = unsafe clinux_board_quarantine_at(head, index), unsafe place.pointee.action != 0 else {
        continue
      }
      let present = unsafe Self.text(place.pointee.name)
      guard name == nil || name == present else { continue }
      unsafe place.pointee.action = 0
      reinstated.append(present)
    }
    if !reinstated.isEmpty { _ = unsafe clinux_add(&head.pointee.quarantine_change, 1) }
    return reinstated
  }
}

extension Board.WorkerView {
  /// What is quarantined: whether requests go on without it, by name.
  public var quarantines: [String: Bool] {
    var found: [String: Bool] = [:]
    unsafe withUnsafeBytes(of: head.pointee.quarantines) { bytes in
      let entries = unsafe bytes.bindMemory(to: clinux_board_quarantine.self)
      for index in 0..<entries.count where unsafe entries[index].action != 0 {
        unsafe found[Board.text(entries[index].name)] = unsafe entries[index].action == UInt32(CLINUX_BOARD_BYPASS)
      }
    }
    return found
  }
}
