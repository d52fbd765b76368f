/// A JSON value that knows where in its source it stood: what configuration files (JSON and YAML) and
/// Admin API bodies are read into. Message bodies on the request path use ``JSONReader`` instead.
public struct JSONNode: Sendable {
  /// What a node holds.
  public enum Content: Sendable {
    /// `null`
    case null
    /// `true` or `false`
    case boolean(Bool)
    /// A number, spelled as its source spelled it (RFC 8259 §6).
    case number(String)
    /// A string, decoded.
    case string(String)
    /// An array.
    case array([JSONNode])
    /// An object; members keep the order of their source, names are unique.
    case object([Member])
  }

  /// A member of an object.
  public struct Member: Sendable {
    /// The member's name, decoded.
    public var name: String
    /// Where the name stood; `nil` when the member was made by the program.
    public var nameLocation: SourceLocation?
    /// The member's value.
    public var value: JSONNode

    /// Makes a member.
    public init(name: String, nameLocation: SourceLocation? = nil, value: JSONNode) {
      self.name = name
      self.nameLocation = nameLocation
      self.value = value
    }
  }

  /// What the node holds.
  public var content: Content
  /// Where the value began; `nil` when it was made by the program.
  public var location: SourceLocation?

  /// Makes a node.
  public init(_ content: Content, at location: SourceLocation? = nil) {
    self.content = content
    self.location = location
  }
}

/// A place in a text: line and column count from 1; a column is one Unicode scalar.
public struct SourceLocation: Hashable, Sendable {
  /// The line, from 1.
  public var line: Int
  /// The column, from 1.
  public var column: Int

  /// Makes a location.
  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }
}
