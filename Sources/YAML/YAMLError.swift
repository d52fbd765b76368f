public import JSON

/// One thing wrong in a YAML text: what, where, and the way out.
public struct YAMLError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, as one sentence without a full stop.
  public var message: String
  /// The character that shows the fault; line and column count from 1.
  public var location: SourceLocation
  /// What to do about it, when there is something to say.
  public var hint: String?

  /// Makes an error.
  public init(message: String, location: SourceLocation, hint: String? = nil) {
    self.message = message
    self.location = location
    self.hint = hint
  }

  /// `line:column: message (hint)`
  public var description: String {
    let place = "\(location.line):\(location.column): \(message)"
    guard let hint else { return place }
    return "\(place) (\(hint))"
  }
}

/// Everything found wrong in a YAML text, in the order of the text; never empty.
///
/// The first error is exact. Those after it were found by going on behind a fault, up to a fixed number.
public struct YAMLErrors: Error, Hashable, Sendable, CustomStringConvertible {
  /// The errors, ordered by location.
  public var errors: [YAMLError]

  /// Makes the error that a read throws.
  public init(_ errors: [YAMLError]) {
    self.errors = errors
  }

  /// One line for each error.
  public var description: String {
    errors.map(\.description).joined(separator: "\n")
  }
}
