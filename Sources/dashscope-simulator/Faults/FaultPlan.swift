/// The faults that one answer shall have.
struct FaultPlan: Sendable {
  /// One fault with its arguments, those left out filled in.
  struct Fault: Sendable {
    /// Which one.
    let name: FaultName
    fileprivate let arguments: [String: String]

    /// An argument's text; `nil` when it was not given and has no standard value.
    func text(_ name: String) -> String? {
      arguments[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// An argument as a number; `nil` when it was not given and has no standard value.
    func number(_ name: String) -> Int? {
      text(name).flatMap { Int($0) }
    }
  }

  /// Why a description of faults was refused.
  struct Refusal: Error {
    /// What was wrong, for a human.
    let message: String
  }

  private(set) var faults: [Fault] = []

  /// The fault of that name, if planned.
  subscript(name: FaultName) -> Fault? {
    faults.isEmpty ? nil : faults.last { $0.name == name }
  }

  /// Whether the fault is planned.
  func has(_ name: FaultName) -> Bool {
    self[name] != nil
  }

  /// Adds what `text` describes: `NAME ARGUMENT=VALUE …`, several separated by `;`. A value may stand in double quotes.
  mutating func add(_ text: String) throws(Refusal) {
    var words: [String] = []
    for word in Self.words(text) + [";"] {
      guard word == ";" else {
        words.append(word)
        continue
      }
      guard let first = words.first else { continue }
      try add(first, words.dropFirst())
      words = []
    }
  }

  /// Adds a fault by name, with arguments spelled `NAME=VALUE`.
  mutating func add(_ name: String, _ words: ArraySlice<String>) throws(Refusal) {
    guard let fault = FaultName(rawValue: name) else { throw Refusal(message: "there is no fault named '\(name)'") }
    var arguments: [String: String] = [:]
    for (argument, standard) in fault.arguments { arguments[argument] = standard }
    for word in words {
      guard let equals = word.firstIndex(of: "="), arguments[String(word[..<equals])] != nil else {
        let known = fault.arguments.map(\.name).joined(separator: ", ")
        throw Refusal(message: "fault '\(name)' has no argument '\(word)'; it takes: \(known)")
      }
      let argument = String(word[..<equals])
      let value = String(word[word.index(after: equals)...])
      if Self.numbers.contains(argument), Int(value) == nil {
        throw Refusal(message: "fault '\(name)': \(argument) must be a whole number, not '\(value)'")
      }
      arguments[argument] = value
    }
    if fault == .error || fault == .errorFrame, let code = arguments["code"], ServiceError.named(code) == nil {
      throw Refusal(message: "fault '\(name)': there is no error code '\(code)'")
    }
    faults.append(Fault(name: fault, arguments: arguments))
  }

  private static let numbers: Set<String> = [
    "head", "first", "token", "after", "size", "seed", "pause", "count", "status", "delta", "kilobytes", "megabytes",
    "retry-after",
  ]

  /// Splits at spaces and around `;`, except inside double quotes.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var quoted = false
    func flush() {
      if !word.isEmpty { words.append(word) }
      word = ""
    }
    for character in text {
      switch character {
      case "\"": quoted.toggle()
      case " " where !quoted: flush()
      case ";" where !quoted:
        flush()
        words.append(";")
      default: word.append(character)
      }
    }
    flush()
    return words
  }
}

extension FaultPlan {
  /// Adds the faults of another plan; they win over those of the same name.
  mutating func add(_ other: FaultPlan) {
    faults += other.faults
  }
}
