import JSON

/// What stands in a template: functions and pipes, as in Go's `text/template`, with decK's functions
/// `env`, `toBool`, `toInt`, `toFloat` and `indent`.
struct TemplateExpression {
  /// Why an expression cannot be used.
  struct Fault: Error {
    var message: String
    /// Where in the expression, in bytes.
    var offset: Int
    var hint: String?
  }

  private enum Token {
    case name(String), text(String), number(Int), pipe, open, close
  }

  /// A value while an expression is worked out.
  private enum Value {
    case text(String), integer(Int), real(Double), truth(Bool)

    var shown: String {
      switch self {
      case .text(let text): text
      case .integer(let number): String(number)
      case .real(let number): JSONNode(number).serializedString()
      case .truth(let truth): String(truth)
      }
    }
  }

  private static let functions = ["env", "toBool", "toInt", "toFloat", "indent"]

  private let tokens: [(token: Token, offset: Int)]
  private var position = 0
  /// The values of the environment that were used.
  private(set) var usedValues: [String] = []

  /// Reads an expression, without its marks.
  init(parsing text: [UInt8]) throws(Fault) {
    var tokens: [(Token, Int)] = []
    var index = 0
    while index < text.count {
      let byte = text[index]
      let start = index
      switch byte {
      case 0x20, 0x09...0x0D: index += 1
      case 0x7C:
        tokens.append((.pipe, start))
        index += 1
      case 0x28:
        tokens.append((.open, start))
        index += 1
      case 0x29:
        tokens.append((.close, start))
        index += 1
      case 0x2F where text[index...].starts(with: [0x2F, 0x2A]):
        // A comment is all there is.
        index = text.count
      case 0x22, 0x60:
        tokens.append((.text(try Self.string(in: text, at: &index)), start))
      case 0x2D, 0x30...0x39:
        index += 1
        while index < text.count, (0x30...0x39).contains(text[index]) { index += 1 }
        guard let number = Int(String(decoding: text[start..<index], as: UTF8.self)) else {
          throw Fault(message: "bad number in template", offset: start)
        }
        tokens.append((.number(number), start))
      case 0x41...0x5A, 0x61...0x7A, 0x5F:
        while index < text.count, Rule.isAlphanumeric(text[index]) || text[index] == 0x5F { index += 1 }
        tokens.append((.name(String(decoding: text[start..<index], as: UTF8.self)), start))
      default:
        throw Fault(
          message: "unexpected character in template", offset: start, hint: "write it like ${{ env \"DECK_NAME\" }}")
      }
    }
    self.tokens = tokens
  }

  private static func string(in text: [UInt8], at index: inout Int) throws(Fault) -> String {
    let quote = text[index]
    let start = index
    index += 1
    var bytes: [UInt8] = []
    while index < text.count, text[index] != quote {
      if text[index] == 0x5C, quote == 0x22, index + 1 < text.count {
        index += 1
        switch text[index] {
        case 0x6E: bytes.append(0x0A)
        case 0x74: bytes.append(0x09)
        default: bytes.append(text[index])
        }
      } else {
        bytes.append(text[index])
      }
      index += 1
    }
    guard index < text.count else { throw Fault(message: "unterminated string in template", offset: start) }
    index += 1
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Works the expression out.
  mutating func evaluate(_ environment: [String: String]) throws(Fault) -> String {
    if tokens.isEmpty { return "" }
    let value = try pipeline(environment)
    if position < tokens.count { throw Fault(message: "unexpected ')' in template", offset: tokens[position].offset) }
    return value.shown
  }

  private mutating func pipeline(_ environment: [String: String]) throws(Fault) -> Value {
    var value = try command(environment, piped: nil)
    while position < tokens.count, case .pipe = tokens[position].token {
      position += 1
      value = try command(environment, piped: value)
    }
    return value
  }

  private mutating func command(_ environment: [String: String], piped: Value?) throws(Fault) -> Value {
    guard position < tokens.count else {
      throw Fault(message: "missing value for template", offset: tokens.last?.offset ?? 0)
    }
    let (first, offset) = tokens[position]
    position += 1
    switch first {
    case .name(let name):
      var arguments: [(value: Value, offset: Int)] = []
      while position < tokens.count, let argument = try operand(environment) { arguments.append(argument) }
      if let piped { arguments.append((piped, offset)) }
      return try call(name, at: offset, arguments, environment)
    case .text, .number, .open:
      position -= 1
      guard piped == nil, let value = try operand(environment) else {
        throw Fault(message: "a value cannot be piped into a value", offset: offset)
      }
      return value.value
    case .pipe, .close:
      throw Fault(message: "missing value for template", offset: offset)
    }
  }

  private mutating func operand(_ environment: [String: String]) throws(Fault) -> (value: Value, offset: Int)? {
    let (token, offset) = tokens[position]
    switch token {
    case .pipe, .close: return nil
    case .text(let text):
      position += 1
      return (.text(text), offset)
    case .number(let number):
      position += 1
      return (.integer(number), offset)
    case .name(let name):
      position += 1
      return (try call(name, at: offset, [], environment), offset)
    case .open:
      position += 1
      let value = try pipeline(environment)
      guard position < tokens.count, case .close = tokens[position].token else {
        throw Fault(message: "unclosed '(' in template", offset: offset)
      }
      position += 1
      return (value, offset)
    }
  }

  private mutating func call(
    _ name: String, at offset: Int, _ arguments: [(value: Value, offset: Int)], _ environment: [String: String]
  ) throws(Fault) -> Value {
    func argument(_ index: Int, of count: Int) throws(Fault) -> (value: Value, offset: Int) {
      guard arguments.count == count else {
        throw Fault(
          message: "wrong number of args for \(name): want \(count) got \(arguments.count)", offset: offset)
      }
      return arguments[index]
    }
    switch name {
    case "env":
      let (value, place) = try argument(0, of: 1)
      let variable = value.shown
      guard variable.hasPrefix("DECK_") else {
        throw Fault(
          message: "environment variables in the state file must be prefixed with 'DECK_', found: '\(variable)'",
          offset: place, hint: "rename the variable to DECK_\(variable)")
      }
      guard let found = environment[variable] else {
        throw Fault(
          message: "environment variable '\(variable)' present in state file but not set", offset: place,
          hint: Suggestion.hint(for: variable, among: environment.keys.filter { $0.hasPrefix("DECK_") }.sorted())
            ?? "set it: export \(variable)=…")
      }
      usedValues.append(found)
      return .text(found)
    case "toBool":
      let (value, place) = try argument(0, of: 1)
      switch value.shown {
      case "1", "t", "T", "true", "TRUE", "True": return .truth(true)
      case "0", "f", "F", "false", "FALSE", "False": return .truth(false)
      default: throw Fault(message: "toBool: the value is no boolean", offset: place, hint: "true or false")
      }
    case "toInt":
      let (value, place) = try argument(0, of: 1)
      guard let number = Int(value.shown) else {
        throw Fault(message: "toInt: the value is no integer", offset: place)
      }
      return .integer(number)
    case "toFloat":
      let (value, place) = try argument(0, of: 1)
      guard let number = Double(value.shown), number.isFinite else {
        throw Fault(message: "toFloat: the value is no number", offset: place)
      }
      return .real(number)
    case "indent":
      let (spaces, place) = try argument(0, of: 2)
      guard case .integer(let count) = spaces, (0...1000).contains(count) else {
        throw Fault(message: "indent: expected the number of spaces", offset: place)
      }
      let padding = String(repeating: " ", count: count)
      return .text(
        try argument(1, of: 2).value.shown.split(separator: "\n", omittingEmptySubsequences: false)
          .joined(separator: "\n" + padding))
    default:
      throw Fault(
        message: "function '\(name)' not defined", offset: offset,
        hint: Suggestion.hint(for: name, among: Self.functions)
          ?? "there are \(Self.functions.joined(separator: ", "))")
    }
  }
}
