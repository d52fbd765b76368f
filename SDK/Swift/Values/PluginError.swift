/// What a call to the host came to (`TORII_E_…`), and what a plugin's failure is told as.
public struct PluginStatus: RawRepresentable, Hashable, Sendable {
  /// A negative number that is never renumbered.
  public let rawValue: Int32
  /// Names a status.
  @inlinable public init(rawValue: Int32) { self.rawValue = rawValue }
  /// The request or operation named has ended.
  public static let stale = PluginStatus(rawValue: -1)
  /// Not allowed in this phase.
  public static let phase = PluginStatus(rawValue: -2)
  /// A function of the worker's thread was called from another one.
  public static let thread = PluginStatus(rawValue: -3)
  /// An argument is out of range or malformed; nothing was changed.
  public static let invalid = PluginStatus(rawValue: -4)
  /// No such header, attribute, metric, interface.
  public static let notFound = PluginStatus(rawValue: -5)
  /// Would exceed a limit.
  public static let limit = PluginStatus(rawValue: -6)
  /// The host, or this version of it, cannot do that.
  public static let unsupported = PluginStatus(rawValue: -7)
  /// No memory.
  public static let memory = PluginStatus(rawValue: -8)
  /// The configuration is refused.
  public static let configuration = PluginStatus(rawValue: -9)
  /// Too late: the head in question is on its way.
  public static let sent = PluginStatus(rawValue: -10)
  /// Failed for another reason.
  public static let failed = PluginStatus(rawValue: -11)
}

/// What the host refused, or why a plugin refuses or fails.
public struct PluginError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of failure it is.
  public var status: PluginStatus
  /// What is wrong and what to do about it; may be empty.
  public var message: String
  /// For a configuration: JSON Pointer (RFC 6901) to the field at fault; "" for the whole.
  public var pointer: String

  /// Makes an error.
  public init(_ status: PluginStatus, _ message: String = "", pointer: String = "") {
    self.status = status
    self.message = message
    self.pointer = pointer
  }

  /// The error as one line.
  public var description: String {
    let place = pointer.isEmpty ? "" : "\(pointer): "
    return message.isEmpty ? "\(place)status \(status.rawValue)" : place + message
  }

  /// Throws unless a call to the host came to `TORII_OK`.
  @inlinable @inline(__always)
  static func check(_ status: Int32) throws(PluginError) {
    guard status >= 0 else { throw refusal(status) }
  }

  @usableFromInline @inline(never)
  static func refusal(_ status: Int32) -> PluginError { PluginError(PluginStatus(rawValue: status)) }
}
