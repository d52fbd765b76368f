/// Indentation, comments, directives and properties: chapter 6 of YAML 1.2.2.
extension ConformanceCase {
  static let chapter6: [ConformanceCase] = [
    ConformanceCase(
      "6.1 indentation spaces",
      """
        # Leading comment line spaces are
        # neither content nor indentation.
         \u{20}
      Not indented:
       By one space: |
          By four
            spaces
       Flow style: [    # Leading spaces
         By two,        # in flow style
        Also by two,    # are neither
        \tStill by two   # content nor
          ]             # indentation.

      """,
      [
        #"""
        {"Not indented": {"By one space": "By four\n  spaces\n", "Flow style": ["By two", "Also by two",
        "Still by two"]}}
        """#
      ]),
    ConformanceCase(
      "6.2 indentation indicators",
      """
      ? a
      : -\tb
        -  -\tc
           - d

      """,
      [#"{"a": ["b", ["c", "d"]]}"#]),
    ConformanceCase(
      "6.3 separation spaces",
      "- foo:\t bar\n- - baz\n  -\tbaz\n",
      [#"[{"foo": "bar"}, ["baz", "baz"]]"#]),
    ConformanceCase(
      "6.4 line prefixes",
      """
      plain: text
        lines
      quoted: "text
        \tlines"
      block: |
        text
         \tlines

      """,
      [#"{"plain": "text lines", "quoted": "text lines", "block": "text\n \tlines\n"}"#]),
    ConformanceCase(
      "6.5 empty lines",
      """
      Folding:
        "Empty line
         \t
        as a line feed"
      Chomping: |
        Clipped empty lines
      \u{20}
      """,
      [#"{"Folding": "Empty line\nas a line feed", "Chomping": "Clipped empty lines\n"}"#]),
    ConformanceCase(
      "6.6 line folding",
      """
      >-
        trimmed
       \u{20}
      \u{20}

        as
        space

      """,
      [#""trimmed\n\n\nas space""#]),
    ConformanceCase(
      "6.7 block folding",
      """
      >
        foo\u{20}
      \u{20}
        \t bar

        baz

      """,
      [#""foo \n\n\t bar\n\nbaz\n""#]),
    ConformanceCase(
      "6.8 flow folding",
      """
      "
        foo\u{20}
      \u{20}
        \t bar

        baz
      "

      """,
      [#"" foo\nbar\nbaz ""#]),
    ConformanceCase(
      "6.9 a separated comment",
      "key:    # Comment\n  value\n",
      [#"{"key": "value"}"#]),
    ConformanceCase(
      "6.10 comment lines",
      "  # Comment\n   \n\n",
      []),
    ConformanceCase(
      "6.11 multi-line comments",
      """
      key:    # Comment
              # lines
        value


      """,
      [#"{"key": "value"}"#]),
    ConformanceCase(
      "6.12 separation spaces, with scalar keys",
      """
      first:
        Sammy Sosa
      '':
        # Statistics:
        hr:  # Home runs
           65
        avg: # Average
         0.278

      """,
      [#"{"first": "Sammy Sosa", "": {"hr": 65, "avg": 0.278}}"#]),
    ConformanceCase(
      "6.13 reserved directives",
      "%FOO  bar baz # Should be ignored\n              # with a warning.\n--- \"foo\"\n",
      [#""foo""#]),
    ConformanceCase(
      "6.14 YAML directive",
      """
      %YAML 1.3 # Attempt parsing
                # with a warning
      ---
      "foo"

      """,
      [#""foo""#]),
    ConformanceCase(
      "6.16 TAG directive",
      "%TAG !yaml! tag:yaml.org,2002:\n---\n!yaml!str \"foo\"\n",
      [#""foo""#]),
    ConformanceCase(
      "6.19 the secondary tag handle can be declared anew",
      "%TAG !! tag:yaml.org,2002:\n---\n!!int 1\n",
      [#"1"#]),
    ConformanceCase(
      "6.20 the primary tag handle can be declared",
      "%TAG ! tag:yaml.org,2002:\n---\n!str 1\n",
      [#""1""#]),
    ConformanceCase(
      "6.21 a local tag prefix",
      """
      %TAG !m! tag:yaml.org,2002:st
      --- # Bulb here
      !m!r 1
      ...
      %TAG !m! tag:yaml.org,2002:in
      --- # Color here
      !m!t 1

      """,
      [#""1""#, #"1"#]),
    ConformanceCase(
      "6.23 node properties",
      "!!str &a1 \"foo\":\n  !!str bar\n&a2 baz : *a1\n",
      [#"{"foo": "bar", "baz": "foo"}"#]),
    ConformanceCase(
      "6.24 verbatim tags",
      "!<tag:yaml.org,2002:str> foo :\n  !<tag:yaml.org,2002:str> 1\n",
      [#"{"foo": "1"}"#]),
    ConformanceCase(
      "6.28 non-specific tags",
      """
      # Assuming conventional resolution:
      - "12"
      - 12
      - ! 12

      """,
      [#"["12", 12, "12"]"#]),
    ConformanceCase(
      "6.29 node anchors",
      "First occurrence: &anchor Value\nSecond occurrence: *anchor\n",
      [#"{"First occurrence": "Value", "Second occurrence": "Value"}"#]),
    ConformanceCase(
      "tag escapes are decoded",
      "!!%73tr 1\n",
      [#""1""#]),
    ConformanceCase(
      "a comment needs no space at the start of a line",
      "#a\nb: c #d\n#e\n",
      [#"{"b": "c"}"#]),
    ConformanceCase(
      "a hash within text begins no comment",
      "a: b#c\nd: 'x' # y\n",
      [#"{"a": "b#c", "d": "x"}"#]),
    ConformanceCase(
      "lines with only tabs are empty",
      """
      a: 1
      \t
      b: 2
       \t\u{20}

      """,
      [#"{"a": 1, "b": 2}"#]),
    ConformanceCase(
      "tabs behind the indentation of a value",
      "foo:\n \tbar\n",
      [#"{"foo": "bar"}"#]),
    ConformanceCase(
      "a tab before a negative number",
      "-\t-1\n",
      [#"[-1]"#]),
    ConformanceCase(
      "a tab before a flow collection of the document",
      "\t[\n\t]\n",
      [#"[]"#]),
    ConformanceCase(
      "tabs between flow entries",
      """
      - [
      \t
       foo,
       \tbar
       ]

      """,
      [#"[["foo", "bar"]]"#]),
    ConformanceCase(
      "a comment behind a tab",
      "a:\t# b\n  c\n",
      [#"{"a": "c"}"#]),
  ]
}
