/// A flag of a command.
struct OptionDefinition {
  enum Kind: Equatable {
    /// It is there or not; `--flag=false` takes it back.
    case flag
    /// It has a value.
    case value(String)
    /// It may be given several times, or have values with commas between them.
    case list
  }

  let name: String
  let letter: Character?
  let kind: Kind
  let summary: String

  init(_ name: String, _ letter: Character? = nil, _ kind: Kind = .flag, _ summary: String) {
    self.name = name
    self.letter = letter
    self.kind = kind
    self.summary = summary
  }
}

/// The flags and arguments of a command line.
struct CommandOptions {
  private var values: [String: [String]] = [:]
  /// What is no flag.
  private(set) var arguments: [String] = []

  /// Reads a command line. Flags that are left out are looked up in the environment as `DECK_<NAME>`, as decK does.
  init(_ words: [String], _ definitions: [OptionDefinition], environment: [String: String]) throws(CommandFailure) {
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        arguments += rest
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        arguments.append(word)
        continue
      }
      var name = word[...]
      var value: String?
      if let mark = word.firstIndex(of: "=") {
        name = word[..<mark]
        value = String(word[word.index(after: mark)...])
      }
      let found = definitions.first { definition in
        name == "--\(definition.name)" || (definition.letter.map { name == "-\($0)" } ?? false)
      }
      guard let definition = found else { throw CommandFailure("unknown flag: \(name)", isUsage: true) }
      if definition.kind == .flag {
        values[definition.name] = [value ?? "true"]
        continue
      }
      guard let text = value ?? rest.popFirst() else {
        throw CommandFailure("flag needs an argument: \(name)", isUsage: true)
      }
      if definition.kind == .list {
        values[definition.name, default: []] += text.split(separator: ",").map(String.init)
      } else {
        values[definition.name] = [text]
      }
    }
    for definition in definitions where values[definition.name] == nil {
      let variable = "DECK_" + definition.name.uppercased().replacing(text: "-", with: "_")
      if let text = environment[variable], !text.isEmpty {
        values[definition.name] = definition.kind == .list ? text.split(separator: ",").map(String.init) : [text]
      } else if case .value(let fallback) = definition.kind, !fallback.isEmpty {
        values[definition.name] = [fallback]
      }
    }
  }

  /// Whether a flag is set.
  func isSet(_ name: String) -> Bool {
    ["true", "1", "t"].contains(values[name]?.last?.lowercased() ?? "")
  }

  /// The value of a flag.
  subscript(_ name: String) -> String? { values[name]?.last }

  /// The values of a flag.
  func all(_ name: String) -> [String] { values[name] ?? [] }
}
