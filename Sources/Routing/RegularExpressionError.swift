/// Why a text is not a regular expression this engine accepts. It is the configuration's fault.
public struct RegularExpressionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong, in words.
  public var message: String
  /// Where: an offset in bytes into the pattern's UTF-8.
  public var offset: Int

  /// The message with its position.
  public var description: String { "\(message) (at offset \(offset))" }
}
