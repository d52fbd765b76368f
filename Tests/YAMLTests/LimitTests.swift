import JSON
import Testing
import YAML

@Suite("a text cannot ask for more than the reader grants, nor for more time than its length")
struct LimitTests {
  private func errors(_ yaml: String) -> [YAMLError] {
    do {
      _ = try YAML.parseAll(Array(yaml.utf8))
      return []
    } catch {
      return error.errors
    }
  }

  @Test(
    "collections are nested 200 deep and no deeper", arguments: [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")])
  func depth(open: String, close: String) {
    let most = String(repeating: open, count: 200) + "x" + String(repeating: close, count: 200)
    // Only the depth matters here: collections as keys are refused.
    #expect(!errors(most).contains { $0.message.contains("200") })
    let over = String(repeating: open, count: 201) + "x" + String(repeating: close, count: 201)
    let found = errors(over)
    #expect(found.count == 1 || open == "? ")
    #expect(found.contains { $0.message == "collections are nested more than 200 deep" })
  }

  @Test("aliases count for the depth")
  func depthOfAliases() {
    let lines = ["- &a0 [x]"] + (1...250).map { "- &a\($0) [*a\($0 - 1)]" }
    let found = errors(lines.joined(separator: "\n"))
    #expect(found.map(\.message) == ["collections are nested more than 200 deep through aliases"])
    #expect(errors(lines.prefix(190).joined(separator: "\n")).isEmpty)
  }

  @Test("aliases that multiply are refused before they do")
  func laughs() {
    let lines =
      ["a0: &a0 [x, x, x]"]
      + (1...30).map { level in
        "a\(level): &a\(level) [" + repeatElement("*a\(level - 1)", count: 9).joined(separator: ", ") + "]"
      }
    let found = errors(lines.joined(separator: "\n"))
    #expect(found.map(\.message) == ["aliases repeat more than 1000000 values"])
  }

  @Test("long text that aliases repeat counts by its length")
  func textOfAliases() {
    let text = String(repeating: "x", count: 640_000)
    let few = "- &a \(text)\n" + String(repeating: "- *a\n", count: 50)
    let many = "- &a \(text)\n" + String(repeating: "- *a\n", count: 150)
    #expect(errors(few).isEmpty)
    #expect(errors(many).map(\.message) == ["aliases repeat more than 1000000 values"])
  }

  @Test("merges count as aliases do")
  func merges() {
    let members = (0..<1000).map { "k\($0): 1" }.joined(separator: ", ")
    let text = "- &a {\(members)}\n" + String(repeating: "- <<: *a\n", count: 1000)
    #expect(errors(text).map(\.message) == ["aliases repeat more than 1000000 values"])
  }

  @Test("no more than 20 errors are reported")
  func errorCount() {
    #expect(errors(String(repeating: "a: *b\n", count: 1000)).count == 20)
    #expect(errors(String(repeating: "- @\n", count: 1000)).count == 20)
    #expect(errors(String(repeating: "--- ]\n", count: 1000)).count == 20)
  }

  @Test("what errors quote of the text is cut")
  func quotedText() {
    let name = String(repeating: "x", count: 100_000)
    for text in ["- *\(name)", "!\(name)", "\(name): 1\n\(name): 2", "!!int \(name)", "!h\(name)!a b"] {
      let found = errors(text)
      #expect(found.count == 1)
      #expect(found.allSatisfy { $0.message.count < 200 })
    }
  }

  @Test(
    "texts made to be slow are read in linear time",
    arguments: [
      "a: b c\n  ", "- a\n\n \n", "[", "- [", "\"a\n", "- 'a\n", "? ", ": ", "&a\n", "k: v\n", "a #", "# a\n",
      "--- a\n",
      "!!str ", "'' ", "{a: ", "\t", " ", "- |\n\n", "%A\n", "\u{7F}", "*a ", "<<: \n", "---\n",
    ])
  func adversarial(_ unit: String) {
    // With quadratic behaviour this takes minutes.
    for prefix in ["", "a: ", "- &a x\n"] {
      let text = prefix + String(repeating: unit, count: 40_000 / unit.utf8.count)
      #expect(errors(text).count <= 20)
    }
  }
}
