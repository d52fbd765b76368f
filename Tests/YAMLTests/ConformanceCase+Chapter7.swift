/// Flow style: chapter 7 of YAML 1.2.2.
extension ConformanceCase {
  static let chapter7: [ConformanceCase] = [
    ConformanceCase(
      "7.1 alias nodes",
      """
      First occurrence: &anchor Foo
      Second occurrence: *anchor
      Override anchor: &anchor Bar
      Reuse anchor: *anchor

      """,
      [
        #"""
        {"First occurrence": "Foo", "Second occurrence": "Foo", "Override anchor": "Bar", "Reuse anchor":
        "Bar"}
        """#
      ]),
    ConformanceCase(
      "7.2 empty content",
      """
      {
        foo : !!str,
        !!str : bar,
      }

      """,
      [#"{"foo": "", "": "bar"}"#]),
    ConformanceCase(
      "7.3 completely empty flow nodes",
      """
      {
        ? foo :,
        : bar,
      }

      """,
      [#"{"foo": null, "": "bar"}"#]),
    ConformanceCase(
      "7.4 double-quoted implicit keys",
      "\"implicit block key\" : [\n  \"implicit flow key\" : value,\n ]\n",
      [#"{"implicit block key": [{"implicit flow key": "value"}]}"#]),
    ConformanceCase(
      "7.5 double-quoted line breaks",
      """
      "folded\u{20}
      to a space,\t
      \u{20}
      to a line feed, or \t\\
       \\ \tnon-content"

      """,
      [#""folded to a space,\nto a line feed, or \t \tnon-content""#]),
    ConformanceCase(
      "7.6 double-quoted lines",
      """
      " 1st non-empty

       2nd non-empty\u{20}
      \t3rd non-empty "

      """,
      [#"" 1st non-empty\n2nd non-empty 3rd non-empty ""#]),
    ConformanceCase(
      "7.7 single-quoted characters",
      "'here''s to \"quotes\"'\n",
      [#""here's to \"quotes\"""#]),
    ConformanceCase(
      "7.8 single-quoted implicit keys",
      "'implicit block key' : [\n  'implicit flow key' : value,\n ]\n",
      [#"{"implicit block key": [{"implicit flow key": "value"}]}"#]),
    ConformanceCase(
      "7.9 single-quoted lines",
      """
      ' 1st non-empty

       2nd non-empty\u{20}
      \t3rd non-empty '

      """,
      [#"" 1st non-empty\n2nd non-empty 3rd non-empty ""#]),
    ConformanceCase(
      "7.10 plain characters",
      """
      # Outside flow collection:
      - ::vector
      - ": - ()"
      - Up, up, and away!
      - -123
      - https://example.com/foo#bar
      # Inside flow collection:
      - [ ::vector,
        ": - ()",
        "Up, up and away!",
        -123,
        https://example.com/foo#bar ]

      """,
      [
        #"""
        ["::vector", ": - ()", "Up, up, and away!", -123, "https://example.com/foo#bar", ["::vector",
        ": - ()", "Up, up and away!", -123, "https://example.com/foo#bar"]]
        """#
      ]),
    ConformanceCase(
      "7.11 plain implicit keys",
      "implicit block key : [\n  implicit flow key : value,\n ]\n",
      [#"{"implicit block key": [{"implicit flow key": "value"}]}"#]),
    ConformanceCase(
      "7.12 plain lines",
      """
      1st non-empty

       2nd non-empty\u{20}
      \t3rd non-empty

      """,
      [#""1st non-empty\n2nd non-empty 3rd non-empty""#]),
    ConformanceCase(
      "7.13 flow sequence",
      "- [ one, two, ]\n- [three ,four]\n",
      [#"[["one", "two"], ["three", "four"]]"#]),
    ConformanceCase(
      "7.14 flow sequence entries",
      """
      [
      "double
       quoted", 'single
                 quoted',
      plain
       text, [ nested ],
      single: pair,
      ]

      """,
      [#"["double quoted", "single quoted", "plain text", ["nested"], {"single": "pair"}]"#]),
    ConformanceCase(
      "7.15 flow mappings",
      "- { one : two , three: four , }\n- {five: six,seven : eight}\n",
      [#"[{"one": "two", "three": "four"}, {"five": "six", "seven": "eight"}]"#]),
    ConformanceCase(
      "7.16 flow mapping entries",
      """
      {
      ? explicit: entry,
      implicit: entry,
      ?
      }

      """,
      [#"{"explicit": "entry", "implicit": "entry", "": null}"#]),
    ConformanceCase(
      "7.17 implicit entries of a flow mapping",
      """
      {
      unquoted : "separate",
      http://foo.com,
      omitted value:,
      : omitted key,
      }

      """,
      [#"{"unquoted": "separate", "http://foo.com": null, "omitted value": null, "": "omitted key"}"#]),
    ConformanceCase(
      "7.18 adjacent values",
      """
      {
      "adjacent":value,
      "readable": value,
      "empty":
      }

      """,
      [#"{"adjacent": "value", "readable": "value", "empty": null}"#]),
    ConformanceCase(
      "7.19 single pair",
      "[\nfoo: bar\n]\n",
      [#"[{"foo": "bar"}]"#]),
    ConformanceCase(
      "7.20 explicit single pair",
      """
      [
      ? foo
       bar : baz
      ]

      """,
      [#"[{"foo bar": "baz"}]"#]),
    ConformanceCase(
      "7.21 implicit single pairs",
      "- [ YAML : separate ]\n- [ : empty key entry ]\n- [ \"JSON like\":adjacent ]\n",
      [#"[[{"YAML": "separate"}], [{"": "empty key entry"}], [{"JSON like": "adjacent"}]]"#]),
    ConformanceCase(
      "7.23 flow content",
      """
      - [ a, b ]
      - { a: b }
      - "a"
      - 'b'
      - c

      """,
      [#"[["a", "b"], {"a": "b"}, "a", "b", "c"]"#]),
    ConformanceCase(
      "7.24 flow nodes",
      """
      - !!str "a"
      - 'b'
      - &anchor "c"
      - *anchor
      - !!str

      """,
      [#"["a", "b", "c", "c", ""]"#]),
    ConformanceCase(
      "JSON is YAML",
      "{\"a\":[1,2.5,-3e2,true,false,null,\"x\\ny\"],\"b\":{},\"c\":[]}",
      [#"{"a": [1, 2.5, -3e2, true, false, null, "x\ny"], "b": {}, "c": []}"#]),
    ConformanceCase(
      "JSON over lines with the brackets at the start",
      """
      {
      "a": [
      1,
      2
      ],
      "b"
      :
      {
      }
      }

      """,
      [#"{"a": [1, 2], "b": {}}"#]),
    ConformanceCase(
      "a bracket closes at the indentation of its block",
      """
      a: {
        b: c
      }
      d: [
        e,
      ]

      """,
      [#"{"a": {"b": "c"}, "d": ["e"]}"#]),
    ConformanceCase(
      "a colon before flow indicators ends a plain key",
      "{a:, b:}",
      [#"{"a": null, "b": null}"#]),
    ConformanceCase(
      "a colon within plain text",
      "[a:b, c::d, http://x:80/]",
      [#"["a:b", "c::d", "http://x:80/"]"#]),
    ConformanceCase(
      "a plain scalar over lines in a flow sequence",
      "[a\n b\n\n c, d]",
      [#"["a b\nc", "d"]"#]),
    ConformanceCase(
      "a key over lines in a flow mapping",
      "{ multi\n  line: value}",
      [#"{"multi line": "value"}"#]),
    ConformanceCase(
      "a value indicator on a later line",
      "{ \"foo\" # comment\n  :bar }",
      [#"{"foo": "bar"}"#]),
    ConformanceCase(
      "an empty flow sequence over lines",
      """
      [

       # c

      ]
      """,
      [#"[]"#]),
    ConformanceCase(
      "question marks in flow text",
      "{?foo: bar, a?: ?b}",
      [#"{"?foo": "bar", "a?": "?b"}"#]),
    ConformanceCase(
      "explicit keys without a value in flow",
      "[? , ? a, ? b : c]",
      [#"[{"": null}, {"a": null}, {"b": "c"}]"#]),
    ConformanceCase(
      "nested pairs",
      "[a: [b: c], d: {e: f}]",
      [#"[{"a": [{"b": "c"}]}, {"d": {"e": "f"}}]"#]),
    ConformanceCase(
      "a dash in flow text",
      "[-1, -a, a-b, --]",
      [#"[-1, "-a", "a-b", "--"]"#]),
    ConformanceCase(
      "quoted text over lines as a flow key",
      "{\"a\n  b\": c}",
      [#"{"a b": "c"}"#]),
    ConformanceCase(
      "an escaped break keeps what precedes it",
      "\"a \\\n   b\\\n\n  c\"",
      [#""a b\nc""#]),
    ConformanceCase(
      "empty quotes",
      "- ''\n- \"\"\n- ''''\n",
      [#"["", "", "'"]"#]),
    ConformanceCase(
      "trailing escaped spaces survive folding",
      "\"a\\t\n b \\x20\n c\"",
      [#""a\t b   c""#]),
    ConformanceCase(
      "anchors in flow collections",
      "[&a a, &b [*a], *b, {*a : 1}]",
      [#"["a", ["a"], ["a"], {"a": 1}]"#]),
    ConformanceCase(
      "an anchor on an empty flow node",
      "{a: &x, b: *x}",
      [#"{"a": null, "b": null}"#]),
    ConformanceCase(
      "an anchor name with a colon",
      "- &a:b x\n- *a:b\n",
      [#"["x", "x"]"#]),
    ConformanceCase(
      "anchors of non-ASCII names",
      "- &ü x\n- *ü\n",
      [#"["x", "x"]"#]),
  ]
}
