import JSON
import Testing
import YAML

/// A text that is refused, and the errors, each as `line:column: message`.
struct InvalidCase: Sendable, CustomTestStringConvertible {
  let name: String
  let yaml: String
  let errors: [String]

  init(_ name: String, _ yaml: String, _ errors: [String]) {
    self.name = name
    self.yaml = yaml
    self.errors = errors
  }

  var testDescription: String { name }
}

@Suite("what YAML 1.2.2 or JSON does not allow is refused, with its place and what is wrong")
struct InvalidTests {
  private func check(_ example: InvalidCase) {
    do {
      let documents = try YAML.parseAll(Array(example.yaml.utf8))
      Issue.record("read as \(documents.map(jsonText))")
    } catch {
      let found = error.errors.map { "\($0.location.line):\($0.location.column): \($0.message)" }
      #expect(found == example.errors)
    }
  }

  @Test("examples of the specification", arguments: InvalidCase.examples)
  func examples(_ example: InvalidCase) { check(example) }

  @Test("block style", arguments: InvalidCase.block)
  func block(_ example: InvalidCase) { check(example) }

  @Test("flow style", arguments: InvalidCase.flow)
  func flow(_ example: InvalidCase) { check(example) }

  @Test("properties, keys, values, directives and characters", arguments: InvalidCase.meaning)
  func meaning(_ example: InvalidCase) { check(example) }
}
