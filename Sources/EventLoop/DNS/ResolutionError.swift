/// A host name that could not be resolved.
public struct ResolutionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The name that was looked up.
  public let host: String
  /// What the system said.
  public let reason: String

  /// Describes a failed lookup.
  public init(host: String, reason: String) {
    self.host = host
    self.reason = reason
  }

  /// For example `name resolution failed: foo.invalid: Name or service not known`.
  public var description: String { "name resolution failed: \(host): \(reason)" }
}
