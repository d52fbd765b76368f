import JSON

/// Where settings come from; the later a source, the more it counts: file, environment, flags.
public struct SettingSources: Sendable {
  /// The text of the settings file.
  public var file: [UInt8]?
  /// What errors call the file.
  public var fileName: String
  /// The environment: `TORII_PROXY_LISTEN` and its like.
  public var environment: [String: String]
  /// Flags by the names of the settings (`proxy_listen` or `proxy-listen`).
  public var flags: [String: String]
  /// Whether the process belongs to root; decides where state is kept.
  public var isRoot: Bool
  /// How many cores there are.
  public var coreCount: Int

  /// Variables of the gateway's own processes, which are no settings.
  static let internalPrefix = "TORII_INTERNAL_"

  /// Variables that commands read for themselves.
  static let ofCommands: Set = ["TORII_ADMIN_ADDR", "TORII_SDK_PATH"]

  /// Makes sources.
  public init(
    file: [UInt8]? = nil, fileName: String = "torii.conf",
    environment: [String: String] = ProcessEnvironment.variables(), flags: [String: String] = [:],
    isRoot: Bool = ProcessFacts.isRoot, coreCount: Int = ProcessFacts.coreCount
  ) {
    self.file = file
    self.fileName = fileName
    self.environment = environment
    self.flags = flags
    self.isRoot = isRoot
    self.coreCount = coreCount
  }

  /// Reads the settings file at a path.
  ///
  /// - Throws: Why it could not be read.
  public mutating func readFile(_ path: String) throws(ConfigurationErrors) {
    do {
      file = try FileReader.read(path, limit: 1 << 20)
      fileName = path
    } catch {
      throw ConfigurationErrors([.init("cannot be read: \(error.reason)", file: path)])
    }
  }

  /// A value as a source gave it.
  struct Given {
    var text: String
    /// What the source is called.
    var source: String
    var location: SourceLocation?
  }

  /// The values of all sources, what is wrong with the sources themselves, and the variables that were not understood.
  func collect() -> (values: [String: Given], errors: [ConfigurationError], ignored: [String]) {
    var values: [String: Given] = [:]
    var errors: [ConfigurationError] = []
    var ignored: [String] = []
    readLines(&values, &errors)
    for (name, text) in environment.sorted(by: { $0.key < $1.key })
    where name.hasPrefix("TORII_") && !name.hasPrefix(Self.internalPrefix) && !Self.ofCommands.contains(name) {
      let key = name.dropFirst("TORII_".count).lowercased()
      if let definition = SettingDefinition.find(key) {
        values[definition.name] = Given(text: text.trimmed, source: name)
      } else if let meant = Suggestion.closest(to: key, among: SettingDefinition.names) {
        errors.append(
          .init(
            "unknown setting", at: ConfigurationPath([.key(key)]), hint: "did you mean 'TORII_\(meant.uppercased())'?",
            file: name))
      } else {
        // Not a slip of the pen: others put such names there, too. Kubernetes tells every container of a service named
        // torii by TORII_SERVICE_HOST, TORII_PORT_8000_TCP and more.
        ignored.append(name)
      }
    }
    for (flag, text) in flags.sorted(by: { $0.key < $1.key }) {
      let key = String(flag.drop { $0 == "-" }.map { $0 == "-" ? "_" : $0 })
      let shown = "--" + key.map { $0 == "_" ? "-" : String($0) }.joined()
      guard let definition = SettingDefinition.find(key) else {
        errors.append(unknown(key, shown, nil, candidates: SettingDefinition.names, shown: key))
        continue
      }
      values[definition.name] = Given(text: text.trimmed, source: shown)
    }
    return (values, errors, ignored)
  }

  private func unknown(
    _ key: String, _ source: String, _ location: SourceLocation?, candidates: [String], shown: String
  ) -> ConfigurationError {
    .init(
      "unknown setting", at: ConfigurationPath([.key(key)]), location: location,
      hint: Suggestion.hint(for: shown, among: candidates), file: source)
  }

  /// Lines of the form `key = value`; `#` starts a comment.
  private func readLines(_ values: inout [String: Given], _ errors: inout [ConfigurationError]) {
    guard let file else { return }
    let text = String(decoding: file, as: UTF8.self)
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let content = Self.withoutComment(line)
      guard !content.trimmed.isEmpty else { continue }
      let indent = content.prefix { $0.isWhitespace }.unicodeScalars.count
      let keyPlace = SourceLocation(line: index + 1, column: indent + 1)
      guard let mark = content.firstIndex(of: "=") else {
        errors.append(
          .init("expected key = value", location: keyPlace, hint: "comments start with #", file: fileName))
        continue
      }
      let key = content[..<mark].trimmed
      let rest = content[content.index(after: mark)...]
      let gap = rest.prefix { $0.isWhitespace }
      let place = SourceLocation(
        line: index + 1, column: content[...mark].unicodeScalars.count + gap.unicodeScalars.count + 1)
      guard let definition = SettingDefinition.find(key) else {
        errors.append(unknown(key, fileName, keyPlace, candidates: SettingDefinition.names, shown: key))
        continue
      }
      if let earlier = values[definition.name] {
        errors.append(
          .init(
            "set twice", at: ConfigurationPath([.key(key)]), location: keyPlace,
            hint: earlier.location.map { "first in line \($0.line)" }, file: fileName))
      }
      values[definition.name] = Given(text: Self.unquoted(rest.trimmed), source: fileName, location: place)
    }
  }

  private static func withoutComment(_ line: Substring) -> Substring {
    var previous: Character = " "
    for index in line.indices {
      if line[index] == "#", previous.isWhitespace { return line[..<index] }
      previous = line[index]
    }
    return line
  }

  private static func unquoted(_ text: String) -> String {
    guard text.count >= 2, let first = text.first, first == text.last, first == "\"" || first == "'" else {
      return text
    }
    return String(text.dropFirst().dropLast())
  }
}
