import Configuration
import JSON
import Testing

@Suite("Templates in declarative files")
struct TemplateTests {
  static let environment = [
    "DECK_HOST": "a.test", "DECK_PORT": "8080", "DECK_ON": "true", "DECK_RATIO": "0.5", "DECK_LINES": "one\ntwo",
    "HOME": "/h",
    "DECK_EMPTY": "",
  ]

  @Test(
    "are filled in as decK does",
    arguments: [
      (#"x: ${{ env "DECK_HOST" }}"#, #"{"x":"a.test"}"#),
      (#"x: "${{ env "DECK_HOST" }}""#, #"{"x":"a.test"}"#),
      (#"x: ${{env "DECK_HOST"}}-${{ env `DECK_PORT` }}"#, #"{"x":"a.test-8080"}"#),
      (#"x: ${{ env "DECK_PORT" | toInt }}"#, #"{"x":8080}"#),
      (#"x: ${{ toInt (env "DECK_PORT") }}"#, #"{"x":8080}"#),
      (#"x: ${{ env "DECK_ON" | toBool }}"#, #"{"x":true}"#),
      (#"x: ${{ env "DECK_RATIO" | toFloat }}"#, #"{"x":0.5}"#),
      ("x: |\n  ${{ env \"DECK_LINES\" | indent 2 }}\n", #"{"x":"one\ntwo\n"}"#),
      ("x: |\n  ${{ indent 2 (env \"DECK_LINES\") }}\n", #"{"x":"one\ntwo\n"}"#),
      ("# ${{ env \"DECK_MISSING\" }}\n  # ${{ nonsense\nx: 1\n", #"{"x":1}"#),
      (#"x: '${{ "}}" }}'"#, #"{"x":"}}"}"#),
      ("x: '${{/* remark */}}y'", #"{"x":"y"}"#),
      (#"x: "${{ env "DECK_EMPTY" }}""#, #"{"x":""}"#),
    ])
  func filled(_ text: String, _ result: String) throws {
    let file = try DeclarativeFile(bytes: Array(text.utf8), name: nil, environment: Self.environment)
    #expect(file.root == (try JSONNode(parsing: result)))
  }

  @Test("take white space away where they are told to")
  func trimmed() throws {
    let text = "x: 'a ${{- \" \" -}} b'\n"
    let file = try DeclarativeFile(bytes: Array(text.utf8), name: nil, environment: [:])
    #expect(file.root["x"]?.string == "a b")
  }

  @Test(
    "that cannot be filled in are errors with their place, all at once",
    arguments: [
      (
        "x: ${{ env \"HOME\" }}\ny: ${{ env \"DECK_PROT\" }}\n",
        [
          "f.yaml:1:12: environment variables in the state file must be prefixed with 'DECK_', found: 'HOME' "
            + "(rename the variable to DECK_HOME)",
          "f.yaml:2:12: environment variable 'DECK_PROT' present in state file but not set (did you mean 'DECK_PORT'?)",
        ]
      ),
      (
        "é: ${{ env \"DECK_HOST\" | toInt }}\n", ["f.yaml:1:26: toInt: the value is no integer"]
      ),
      ("x: ${{ evn \"DECK_HOST\" }}\n", ["f.yaml:1:8: function 'evn' not defined (did you mean 'env'?)"]),
      ("x: ${{ env }}\n", ["f.yaml:1:8: wrong number of args for env: want 1 got 0"]),
      ("x: ${{ env \"DECK_HOST\"\n", ["f.yaml:1:4: unclosed template (a template ends with }})"]),
    ])
  func faulty(_ text: String, _ complaints: [String]) throws {
    #expect(try Samples.complaints(text, name: "f.yaml", environment: Self.environment) == complaints)
  }

  @Test("do not move the places of later errors")
  func places() throws {
    let text = """
      _format_version: "3.0"
      services:
      - {name: "${{ env "DECK_HOST" }}", host: h, tags: ["${{ env "DECK_LINES" | indent 4 }}", "x"], prot: 1}
      - name: ${{ env "DECK_LINES" | indent 8 }}
        hots: x
      """
    let complaints = try Samples.complaints(text, environment: Self.environment)
    #expect(
      complaints.map { $0.prefix { $0 != " " } } == [
        "torii.yaml:3:96:", "torii.yaml:4:3:", "torii.yaml:4:9:", "torii.yaml:5:3:",
      ])
  }

  @Test("are not looked at when a configuration comes over the Admin API")
  func off() throws {
    let file = try DeclarativeFile(bytes: Array("x: '${{ env \"HOME\" }}'".utf8), name: nil, environment: nil)
    #expect(file.root["x"]?.string == "${{ env \"HOME\" }}")
  }
}
