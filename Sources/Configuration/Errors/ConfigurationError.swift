import JSON

/// One thing that is wrong with a configuration: where it stands, what is wrong, and a way out.
///
/// Messages are those of Kong's catalogue word for word, so that what reads them keeps working; the way out is ours.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What an error speaks of.
  public enum Scope: Hashable, Sendable {
    /// One field: the last step of the path.
    case field
    /// The entity or record as a whole, which the path names.
    case entity
    /// The entity as a whole, which another like it stands before.
    case uniqueness
    /// A field that names an entity which is not there.
    case reference
  }

  /// The file's name as the user gave it; `nil` when the configuration did not come from a file.
  public var file: String?
  /// The place in the file as the user wrote it, before templates were filled in.
  public var location: SourceLocation?
  /// The path to what is wrong.
  public var components: ConfigurationPath
  /// What is wrong.
  public var message: String
  /// What to do about it.
  public var hint: String?
  /// What the error speaks of.
  public var scope: Scope

  /// Makes an error.
  public init(
    _ message: String, at components: ConfigurationPath = ConfigurationPath(), location: SourceLocation? = nil,
    hint: String? = nil, scope: Scope = .field, file: String? = nil
  ) {
    self.file = file
    self.location = location
    self.components = components
    self.message = message
    self.hint = hint
    self.scope = scope
  }

  /// The path as text: `services[0].routes[0].paths[0]`, positions from 0.
  public var path: String { components.description }

  /// `torii.yaml:14:9: services[0].routes[0].paths[0]: should start with: / (hint)`; what is unknown is left out.
  public var description: String {
    var text = ""
    if let file { text += file }
    if let location { text += "\(file == nil ? "" : ":")\(location.line):\(location.column)" }
    if !text.isEmpty { text += ": " }
    let path = path
    if !path.isEmpty { text += "\(path): " }
    text += message
    if let hint { text += " (\(hint))" }
    return text
  }
}

/// Everything that is wrong with a configuration, in the order of the text.
public struct ConfigurationErrors: Error, Sendable, CustomStringConvertible {
  /// The errors, those without a place last.
  public let errors: [ConfigurationError]
  /// The configuration they speak of, as far as it could be read; Kong's error object quotes its entities.
  public let document: JSONNode?
  /// The ids that entities without one were given, by path.
  public let derivedIdentifiers: [ConfigurationPath: String]
  /// Where in the document secrets stand: they are masked wherever the document is quoted.
  public let secretPaths: [ConfigurationPath]

  /// Sorts the errors by place and drops what was said twice.
  public init(
    _ errors: [ConfigurationError], document: JSONNode? = nil, derivedIdentifiers: [ConfigurationPath: String] = [:],
    secretPaths: [ConfigurationPath] = []
  ) {
    self.secretPaths = secretPaths
    self.derivedIdentifiers = derivedIdentifiers
    var seen = Set<ConfigurationError>()
    self.errors = errors.filter { seen.insert($0).inserted }.enumerated().sorted { left, right in
      switch (left.element.location, right.element.location) {
      case (let first?, let second?) where first != second:
        (first.line, first.column) < (second.line, second.column)
      case (.some, .none): true
      case (.none, .some): false
      default: left.offset < right.offset
      }
    }.map(\.element)
    self.document = document
  }

  /// One error a line.
  public var description: String {
    errors.map(\.description).joined(separator: "\n")
  }
}
