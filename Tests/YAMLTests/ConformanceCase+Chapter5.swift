/// Characters: chapter 5 of YAML 1.2.2.
extension ConformanceCase {
  static let chapter5: [ConformanceCase] = [
    ConformanceCase(
      "5.1 a byte order mark",
      "\u{FEFF}# Comment only.\n",
      []),
    ConformanceCase(
      "5.3 block structure indicators",
      """
      sequence:
      - one
      - two
      mapping:
        ? sky
        : blue
        sea : green

      """,
      [#"{"sequence": ["one", "two"], "mapping": {"sky": "blue", "sea": "green"}}"#]),
    ConformanceCase(
      "5.4 flow collection indicators",
      "sequence: [ one, two, ]\nmapping: { sky: blue, sea: green }\n",
      [#"{"sequence": ["one", "two"], "mapping": {"sky": "blue", "sea": "green"}}"#]),
    ConformanceCase(
      "5.5 comment indicator",
      "# Comment only.\n\n",
      []),
    ConformanceCase(
      "5.6 node property indicators",
      "anchored: !!str &anchor value\nalias: *anchor\n",
      [#"{"anchored": "value", "alias": "value"}"#]),
    ConformanceCase(
      "5.7 block scalar indicators",
      """
      literal: |
        some
        text
      folded: >
        some
        text

      """,
      [#"{"literal": "some\ntext\n", "folded": "some text\n"}"#]),
    ConformanceCase(
      "5.8 quoted scalar indicators",
      "single: 'text'\ndouble: \"text\"\n",
      [#"{"single": "text", "double": "text"}"#]),
    ConformanceCase(
      "5.9 directive indicator",
      "%YAML 1.2\n--- text\n",
      [#""text""#]),
    ConformanceCase(
      "5.11 line break characters",
      "|\n  Line break (no glyph)\n  Line break (glyphed)↓\n",
      [#""Line break (no glyph)\nLine break (glyphed)\u2193\n""#]),
    ConformanceCase(
      "5.12 tabs and spaces",
      """
      # Tabs and spaces
      quoted: "Quoted \t"
      block:\t|
        void main() {
        \tprintf("Hello, world!\\n");
        }

      """,
      [#"{"quoted": "Quoted \t", "block": "void main() {\n\tprintf(\"Hello, world!\\n\");\n}\n"}"#]),
    ConformanceCase(
      "5.13 escaped characters",
      """
      - "Fun with \\\\"
      - "\\" \\a \\b \\e \\f"
      - "\\n \\r \\t \\v \\0"
      - "\\  \\_ \\N \\L \\P \\
        \\x41 \\u0041 \\U00000041"

      """,
      [
        #"""
        ["Fun with \\", "\" \u0007 \b \u001b \f", "\n \r \t \u000b \u0000",
        "  \u00a0 \u0085 \u2028 \u2029 A A A"]
        """#
      ]),
    ConformanceCase(
      "carriage returns end lines",
      """
      a: 1\r
      b: |\r
        x\r
        y\r
      c: 'p\r  q'\r
      """,
      [#"{"a": 1, "b": "x\ny\n", "c": "p q"}"#]),
    ConformanceCase(
      "NEL and the line separators of Unicode end no line",
      "a: x\u{85}y\u{2028}z\n",
      [#"{"a": "x\u0085y\u2028z"}"#]),
    ConformanceCase(
      "control characters within quotes",
      "- \"a\u{7F}b\"\n- '\u{80}'\n",
      [#"["a\u007fb", "\u0080"]"#]),
    ConformanceCase(
      "surrogate pairs as JSON escapes them",
      "\"\\uD83D\\uDE00\"",
      [#""\ud83d\ude00""#]),
    ConformanceCase(
      "a tab behind a backslash",
      "\"a\\\tb\"",
      [#""a\tb""#]),
    ConformanceCase(
      "a slash may be escaped",
      "\"a\\/b\"",
      [#""a/b""#]),
  ]
}
