import JSON
import Testing
import YAML

/// A YAML text and the JSON that each of its documents stands for.
struct ConformanceCase: Sendable, CustomTestStringConvertible {
  let name: String
  let yaml: String
  let documents: [String]

  init(_ name: String, _ yaml: String, _ documents: [String]) {
    self.name = name
    self.yaml = yaml
    // Long values stand on several lines here.
    self.documents = documents.map { $0.split(separator: "\n").joined(separator: " ") }
  }

  var testDescription: String { name }
}

@Suite("YAML 1.2.2")
struct ConformanceTests {
  private func check(_ example: ConformanceCase) throws {
    let bytes = Array(example.yaml.utf8)
    let documents = try YAML.parseAll(bytes)
    #expect(documents.map(jsonText) == example.documents)
    // A single document is read alike by the other function; several are refused.
    if documents.count <= 1 {
      #expect(try jsonText(YAML.parse(bytes)) == example.documents.first ?? "null")
    } else {
      #expect(throws: YAMLErrors.self) { try YAML.parse(bytes) }
    }
    // What was read is written so that it is read again.
    for document in documents {
      let text = YAML.serialize(document)
      #expect(try jsonText(YAML.parse(Array(text.utf8))) == jsonText(document), "\(text)")
    }
  }

  @Test("the examples of chapter 2 have the values that they show", arguments: ConformanceCase.chapter2)
  func chapter2(_ example: ConformanceCase) throws { try check(example) }

  @Test("characters and escapes", arguments: ConformanceCase.chapter5)
  func chapter5(_ example: ConformanceCase) throws { try check(example) }

  @Test("indentation, comments, directives and properties", arguments: ConformanceCase.chapter6)
  func chapter6(_ example: ConformanceCase) throws { try check(example) }

  @Test("flow style", arguments: ConformanceCase.chapter7)
  func chapter7(_ example: ConformanceCase) throws { try check(example) }

  @Test("block style", arguments: ConformanceCase.chapter8)
  func chapter8(_ example: ConformanceCase) throws { try check(example) }

  @Test("documents and streams", arguments: ConformanceCase.chapter9)
  func chapter9(_ example: ConformanceCase) throws { try check(example) }

  @Test("the core schema and merge keys", arguments: ConformanceCase.schema)
  func schema(_ example: ConformanceCase) throws { try check(example) }

  @Test("line breaks may be any of CRLF, LF and CR")
  func lineBreaks() throws {
    let all = ConformanceCase.chapter2 + ConformanceCase.chapter8
    for example in all where !example.yaml.utf8.contains(13) {
      for lineBreak in ["\r\n", "\r"] {
        let lines = example.yaml.split(separator: "\n", omittingEmptySubsequences: false)
        let text = lines.joined(separator: lineBreak)
        #expect(try YAML.parseAll(Array(text.utf8)).map(jsonText) == example.documents, "\(example.name)")
      }
    }
  }
}

/// A value as JSON in ASCII.
func jsonText(_ node: JSONNode) -> String {
  switch node.content {
  case .null: "null"
  case .boolean(let value): value ? "true" : "false"
  case .number(let number): number
  case .string(let text): jsonText(text)
  case .array(let elements): "[" + elements.map(jsonText).joined(separator: ", ") + "]"
  case .object(let members):
    "{" + members.map { jsonText($0.name) + ": " + jsonText($0.value) }.joined(separator: ", ") + "}"
  }
}

private func jsonText(_ text: String) -> String {
  var result = "\""
  for unit in text.utf16 {
    switch unit {
    case 0x08: result += "\\b"
    case 0x09: result += "\\t"
    case 0x0A: result += "\\n"
    case 0x0C: result += "\\f"
    case 0x0D: result += "\\r"
    case 0x22: result += "\\\""
    case 0x5C: result += "\\\\"
    case 0x20...0x7E: result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
    default:
      let digits = String(unit, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }
  return result + "\""
}
