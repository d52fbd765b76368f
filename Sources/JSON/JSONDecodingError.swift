/// A JSON value that is not what a Swift type asks for: where it stands, and what is wrong.
public struct JSONDecodingError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The way from the decoded value to the wrong one, in the names of the JSON: `auth.header_name`, `models[0].name`.
  /// Empty for the decoded value itself.
  public var path: String
  /// Where the wrong value began (for a missing member, the object that lacks it); `nil` when no text was read.
  public var location: SourceLocation?
  /// What was found and what was expected, for a person to read; without path and location.
  public var message: String

  /// Makes an error.
  public init(path: String, location: SourceLocation?, message: String) {
    self.path = path
    self.location = location
    self.message = message
  }

  /// `line 3, column 14: auth.header_name: expected a string, found the number 3`
  public var description: String {
    var description = ""
    if let location { description += "line \(location.line), column \(location.column): " }
    if !path.isEmpty { description += "\(path): " }
    return description + message
  }
}

extension JSONNode {
  /// Names the value for an error message.
  var summary: String {
    switch content {
    case .null: "null"
    case .boolean(let value): value ? "true" : "false"
    case .number(let text): text.utf8.count <= 40 ? "the number \(text)" : "a long number"
    case .string(let text): text.utf8.count <= 40 ? "the string \"\(text)\"" : "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// A step of a path in the names of the JSON.
struct JSONPathStep: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(stringValue: String) {
    self.stringValue = stringValue
    intValue = nil
  }

  init(intValue: Int) {
    stringValue = String(intValue)
    self.intValue = intValue
  }
}

extension [any CodingKey] {
  /// The path as text; see ``JSONDecodingError/path``.
  var pathText: String {
    var text = ""
    for step in self {
      if let position = step.intValue {
        text += "[\(position)]"
      } else {
        if !text.isEmpty { text += "." }
        text += step.stringValue
      }
    }
    return text
  }
}
