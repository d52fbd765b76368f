import JSON
import YAML

/// A declarative file that was read: a tree that knows where in the file everything stands. Nothing is checked yet but the syntax.
public struct DeclarativeFile: Sendable {
  /// The format of a file.
  public enum Format: Hashable, Sendable {
    /// JSON when it starts like JSON, else YAML.
    case automatic
    case json
    case yaml
  }

  /// The file's name as the user gave it; `-` is shown as `stdin`.
  public let name: String?
  /// The tree; its locations are those of the file as it was written.
  public let root: JSONNode
  /// The values that templates took from the environment; they may be secret.
  public let insertedValues: [String]

  /// Makes a file of a tree.
  public init(root: JSONNode, name: String? = nil) {
    self.root = root
    self.name = name
    insertedValues = []
  }

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: The path; `-` is the standard input.
  ///   - environment: The variables that templates may use.
  /// - Throws: Everything that keeps the file from being read.
  public static func load(
    path: String, environment: [String: String] = ProcessEnvironment.variables()
  ) throws(ConfigurationErrors) -> DeclarativeFile {
    let bytes: [UInt8]
    do {
      bytes = try FileReader.read(path)
    } catch {
      throw ConfigurationErrors([
        .init("cannot be read: \(error.reason)", hint: path == "-" ? nil : "give the path of a file", file: path)
      ])
    }
    let format: Format = path.hasSuffix(".json") ? .json : .automatic
    return try DeclarativeFile(
      bytes: bytes, name: path == "-" ? "stdin" : path, format: format, environment: environment)
  }

  /// Reads a text.
  ///
  /// - Parameters:
  ///   - bytes: The text: UTF-8.
  ///   - name: What errors call it.
  ///   - format: The format.
  ///   - environment: The variables that templates may use; `nil`: templates are not looked at (`POST /config`).
  /// - Throws: Everything that is wrong with its templates, or else with its syntax.
  public init(
    bytes: [UInt8], name: String?, format: Format = .automatic, environment: [String: String]?
  ) throws(ConfigurationErrors) {
    self.name = name
    guard let environment, Template.isNeeded(bytes) else {
      insertedValues = []
      root = try Self.parse(bytes, format, name, place: { $0 })
      return
    }
    let result: Template.Result
    do {
      result = try Template.render(bytes, environment: environment)
    } catch {
      throw ConfigurationErrors(
        error.errors.map { error in
          var error = error
          error.file = name
          return error
        })
    }
    insertedValues = result.values
    let resolver = result.map.resolver(original: bytes)
    let parsed: JSONNode
    do {
      parsed = try Self.parse(result.map.text, format, name, place: { resolver.original($0) })
    } catch {
      throw ConfigurationErrors(SecretMask.mask(error.errors, values: result.values))
    }
    root = resolver.original(parsed)
  }

  private static func parse(
    _ bytes: [UInt8], _ format: Format, _ name: String?, place: (SourceLocation) -> SourceLocation
  ) throws(ConfigurationErrors) -> JSONNode {
    let first = bytes.first { $0 > 0x20 }
    let looksLikeJSON = first == 0x7B || first == 0x5B
    if format == .json || (format == .automatic && looksLikeJSON) {
      do {
        return try JSONNode(parsing: bytes)
      } catch {
        // What starts like JSON may be YAML in its flow style.
        if format == .automatic, let node = try? YAML.parse(bytes) { return node }
        throw ConfigurationErrors([.init(error.message, location: place(error.location), file: name)])
      }
    }
    do {
      return try YAML.parse(bytes)
    } catch {
      throw ConfigurationErrors(
        error.errors.map { .init($0.message, location: place($0.location), hint: $0.hint, file: name) })
    }
  }
}
