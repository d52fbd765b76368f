import JSON
import Testing
import YAML

@Suite("an error tells the way out")
struct ErrorTextTests {
  @Test(
    "in a hint",
    arguments: [
      ("a: b: c", "put quotes around a value that contains ': '"),
      ("a:\n\tb: c", "indent with spaces"),
      ("a: @b", "put quotes around the whole value if it is meant as text"),
      ("a: 'b' c", "put quotes around the whole value if it is meant as text"),
      ("a: 'b", "close it with the same quote"),
      ("a: [b", "close it with ']'"),
      ("a: {b", "close it with '}'"),
      ("a: 'b'#c", "put a space before '#'"),
      ("a: .inf", "put quotes around it if it is meant as text"),
      ("a: \"\\d\"", "write a backslash as '\\\\', or put the text in single quotes, where it needs no escape"),
      ("a: 1\na: 2", "remove one of them"),
      ("a: *b", "define the anchor, or put quotes around the value if it is meant as text"),
      ("a\n---\nb", "split the file, or remove the line '---'"),
      ("a: b\n'c':d", "put a space behind ':'"),
      (
        "a: [${{ env \"X\" }}]",
        "put quotes around text that contains any of ',[]{}' or ': ', such as an expression ${{ … }}"
      ),
    ])
  func hints(yaml: String, hint: String) {
    do {
      _ = try YAML.parse(Array(yaml.utf8))
      Issue.record("was read")
    } catch {
      #expect(error.errors.first?.hint == hint)
    }
  }

  @Test("descriptions have place, message and hint, one line for each error")
  func description() {
    do {
      _ = try YAML.parse(Array("a: *b\nc: 1\nc: 2\n".utf8))
      Issue.record("was read")
    } catch {
      #expect(
        error.description == """
          1:4: the alias '*b' has no anchor of that name before it (define the anchor, or put quotes around the value \
          if it is meant as text)
          3:1: the key 'c' is there twice; the first is on line 2, column 1 (remove one of them)
          """)
    }
  }

  @Test("errors are in the order of the text")
  func order() {
    do {
      _ = try YAML.parse(Array("a: {<<: x, b: *y, b: 1}\n".utf8))
      Issue.record("was read")
    } catch {
      #expect(error.errors.map(\.location.column) == [9, 15, 19])
    }
  }

  @Test("a second document is an error at its start, of `parse` only")
  func secondDocument() throws {
    let text = Array("a: 1\n---\nb: 2\n".utf8)
    #expect(try YAML.parseAll(text).count == 2)
    do {
      _ = try YAML.parse(text)
      Issue.record("was read")
    } catch {
      #expect(error.errors.map(\.message) == ["a second document begins here, and one is expected"])
      #expect(error.errors.first?.location == JSON.SourceLocation(line: 2, column: 1))
    }
  }

  @Test(
    "an empty text and one of comments are null",
    arguments: ["", "\n", "# a\n", "  \n\t\n", "---\n", "---\n...\n", "\u{FEFF}"])
  func empty(_ yaml: String) throws {
    guard case .null = try YAML.parse(Array(yaml.utf8)).content else {
      Issue.record("not null")
      return
    }
  }
}
