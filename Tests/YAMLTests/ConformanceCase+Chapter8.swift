/// Block style: chapter 8 of YAML 1.2.2.
extension ConformanceCase {
  static let chapter8: [ConformanceCase] = [
    ConformanceCase(
      "8.1 block scalar header",
      """
      - | # Empty header
       literal
      - >1 # Indentation indicator
        folded
      - |+ # Chomping indicator
       keep

      - >1- # Both indicators
        strip

      """,
      [#"["literal\n", " folded\n", "keep\n\n", " strip"]"#]),
    ConformanceCase(
      "8.2 block indentation indicator",
      """
      - |
       detected
      - >
      \u{20}
       \u{20}
        # detected
      - |1
        explicit
      - >
       \t
       detected

      """,
      [#"["detected\n", "\n\n# detected\n", " explicit\n", "\t\ndetected\n"]"#]),
    ConformanceCase(
      "8.4 chomping the final line break",
      """
      strip: |-
        text
      clip: |
        text
      keep: |+
        text

      """,
      [#"{"strip": "text", "clip": "text\n", "keep": "text\n"}"#]),
    ConformanceCase(
      "8.5 chomping trailing lines",
      """
       # Strip
        # Comments:
      strip: |-
        # text
       \u{20}
       # Clip
        # comments:

      clip: |
        # text
      \u{20}
       # Keep
        # comments:

      keep: |+
        # text

       # Trail
        # comments.

      """,
      [##"{"strip": "# text", "clip": "# text\n", "keep": "# text\n\n"}"##]),
    ConformanceCase(
      "8.6 chomping of empty scalars",
      """
      strip: >-

      clip: >

      keep: |+


      """,
      [#"{"strip": "", "clip": "", "keep": "\n"}"#]),
    ConformanceCase(
      "8.7 literal scalar",
      """
      |
       literal
       \ttext



      """,
      [#""literal\n\ttext\n""#]),
    ConformanceCase(
      "8.8 literal content",
      """
      |
      \u{20}
       \u{20}
        literal
        \u{20}
       \u{20}
        text

       # Comment

      """,
      [#""\n\nliteral\n \n\ntext\n""#]),
    ConformanceCase(
      "8.9 folded scalar",
      """
      >
       folded
       text



      """,
      [#""folded text\n""#]),
    ConformanceCase(
      "8.10 folded lines",
      """
      >

       folded
       line

       next
       line
         * bullet

         * list
         * lines

       last
       line

      # Comment

      """,
      [#""\nfolded line\nnext line\n  * bullet\n\n  * list\n  * lines\n\nlast line\n""#]),
    ConformanceCase(
      "8.14 block sequence",
      "block sequence:\n  - one\n  - two : three\n",
      [#"{"block sequence": ["one", {"two": "three"}]}"#]),
    ConformanceCase(
      "8.15 kinds of sequence entries",
      """
      - # Empty
      - |
       block node
      - - one # Compact
        - two # sequence
      - one: two # Compact mapping

      """,
      [#"[null, "block node\n", ["one", "two"], {"one": "two"}]"#]),
    ConformanceCase(
      "8.16 block mapping",
      "block mapping:\n key: value\n",
      [#"{"block mapping": {"key": "value"}}"#]),
    ConformanceCase(
      "8.17 explicit entries",
      """
      ? explicit key # Empty value
      ? |
        block key
      : - one # Explicit compact
        - two # block value

      """,
      [#"{"explicit key": null, "block key\n": ["one", "two"]}"#]),
    ConformanceCase(
      "8.18 implicit entries",
      """
      plain key: in-line value
      : # Both empty
      "quoted key":
      - entry

      """,
      [#"{"plain key": "in-line value", "": null, "quoted key": ["entry"]}"#]),
    ConformanceCase(
      "8.20 kinds of block nodes",
      """
      -
        "flow in block"
      - >
       Block scalar
      - !!map # Block collection
        foo : bar

      """,
      [#"["flow in block", "Block scalar\n", {"foo": "bar"}]"#]),
    ConformanceCase(
      "8.21 block scalar nodes",
      """
      literal: |2
        value
      folded:
         !!str
        >1
       value

      """,
      [#"{"literal": "value\n", "folded": "value\n"}"#]),
    ConformanceCase(
      "8.22 block collection nodes",
      """
      sequence: !!seq
      - entry
      - !!seq
       - nested
      mapping: !!map
       foo: bar

      """,
      [#"{"sequence": ["entry", ["nested"]], "mapping": {"foo": "bar"}}"#]),
    ConformanceCase(
      "a sequence at the indentation of its mapping",
      """
      a:
      - b
      -
        - c
      d:
      - e: f
        g:
        - h

      """,
      [#"{"a": ["b", ["c"]], "d": [{"e": "f", "g": ["h"]}]}"#]),
    ConformanceCase(
      "a deeply compact sequence",
      """
      - - - a
          - b
        - c
      - d

      """,
      [#"[[["a", "b"], "c"], "d"]"#]),
    ConformanceCase(
      "a mapping in a compact sequence",
      "- - a: 1\n    b: 2\n  - c\n",
      [#"[[{"a": 1, "b": 2}, "c"]]"#]),
    ConformanceCase(
      "a sequence entry with a mapping on the next line",
      """
      -
        a: 1
      -
        - b

      """,
      [#"[{"a": 1}, ["b"]]"#]),
    ConformanceCase(
      "explicit keys with zero-indented sequences as values",
      """
      ? a
      :
      - b
      - c

      """,
      [#"{"a": ["b", "c"]}"#]),
    ConformanceCase(
      "an explicit key of several lines",
      "? a\n  b\n: c\n",
      [#"{"a b": "c"}"#]),
    ConformanceCase(
      "an explicit key in quotes over lines",
      "? \"a\n  b\"\n: c\n",
      [#"{"a b": "c"}"#]),
    ConformanceCase(
      "an explicit value on the next line",
      "? a\n:\n  b: c\n",
      [#"{"a": {"b": "c"}}"#]),
    ConformanceCase(
      "an explicit value is a compact mapping",
      "? a\n: b: c\n  d: e\n",
      [#"{"a": {"b": "c", "d": "e"}}"#]),
    ConformanceCase(
      "explicit keys alternate with implicit ones",
      """
      ? a
      b: 1
      ? c
      : 2
      d: 3

      """,
      [#"{"a": null, "b": 1, "c": 2, "d": 3}"#]),
    ConformanceCase(
      "comments between an explicit key and its value",
      """
      ? a # x
      # y
      : # z
        b

      """,
      [#"{"a": "b"}"#]),
    ConformanceCase(
      "keys with spaces, slashes and dots",
      """
      a b c: 1
      /x/y: 2
      a.b-c_d: 3
      $ref: 4

      """,
      [#"{"a b c": 1, "/x/y": 2, "a.b-c_d": 3, "$ref": 4}"#]),
    ConformanceCase(
      "text goes on in lines that are indented further",
      """
      a: b
        c
        - d
       e
      f: g

      """,
      [#"{"a": "b c - d e", "f": "g"}"#]),
    ConformanceCase(
      "a scalar on the line after its key",
      """
      a:
        b
      c:
        'd'

      """,
      [#"{"a": "b", "c": "d"}"#]),
    ConformanceCase(
      "empty values",
      "a:\nb: # c\nd:\n",
      [#"{"a": null, "b": null, "d": null}"#]),
    ConformanceCase(
      "empty entries",
      "-\n-\n- a\n-",
      [#"[null, null, "a", null]"#]),
    ConformanceCase(
      "anchors on the line before a mapping and its key",
      """
      a: &m
        &k b: c
      d: *m
      e: *k

      """,
      [#"{"a": {"b": "c"}, "d": {"b": "c"}, "e": "b"}"#]),
    ConformanceCase(
      "an anchor before a zero-indented sequence",
      "a: &s\n- b\nc: *s\n",
      [#"{"a": ["b"], "c": ["b"]}"#]),
    ConformanceCase(
      "a tag and an anchor on two lines",
      "a: !!str\n  &x 1\nb: *x\n",
      [#"{"a": "1", "b": "1"}"#]),
    ConformanceCase(
      "a tagged empty value before another key",
      "a: !!str\nb: !!null\nc:\n",
      [#"{"a": "", "b": null, "c": null}"#]),
    ConformanceCase(
      "an anchor on an empty value",
      "a: &x\nb: *x\n",
      [#"{"a": null, "b": null}"#]),
    ConformanceCase(
      "an alias as a key",
      "a: &x y\n*x : z\n",
      [#"{"a": "y", "y": "z"}"#]),
    ConformanceCase(
      "an anchor at the top",
      "&a\nb: c\n",
      [#"{"b": "c"}"#]),
    ConformanceCase(
      "a properties line before a block scalar",
      "a: !!str &x |\n  b\nc: *x\n",
      [#"{"a": "b\n", "c": "b\n"}"#]),
    ConformanceCase(
      "literal text that looks like structure",
      """
      a: |
        b: c
        - d
        # e
        'f

      """,
      [#"{"a": "b: c\n- d\n# e\n'f\n"}"#]),
    ConformanceCase(
      "a literal that ends with the text",
      "a: |\n  b",
      [#"{"a": "b"}"#]),
    ConformanceCase(
      "a kept literal that ends with the text",
      "a: |+\n  b\n\n",
      [#"{"a": "b\n\n"}"#]),
    ConformanceCase(
      "a literal with an empty last line of spaces",
      "- |+\n   ",
      [#"["\n"]"#]),
    ConformanceCase(
      "a literal with only empty lines is kept",
      "- |+\n\n\n",
      [#"["\n\n"]"#]),
    ConformanceCase(
      "a literal with only empty lines is clipped",
      """
      a: |


      b: c

      """,
      [#"{"a": "", "b": "c"}"#]),
    ConformanceCase(
      "a literal at the top is indented by nothing",
      """
      --- |
      a
       b
      ...

      """,
      [#""a\n b\n""#]),
    ConformanceCase(
      "a literal at the top with more documents",
      """
      --- |
      %!PS-Adobe-2.0
      ...
      ---
      # Empty
      ...

      """,
      [#""%!PS-Adobe-2.0\n""#, #"null"#]),
    ConformanceCase(
      "chomping before indentation",
      """
      - |-2
          a
      - |2-
          b

      """,
      [#"["  a", "  b"]"#]),
    ConformanceCase(
      "a folded scalar with spaced lines",
      """
      >
       a
        b
       c
       d

        e

       f

      """,
      [#""a\n b\nc d\n\n e\n\nf\n""#]),
    ConformanceCase(
      "a folded scalar with tabs",
      """
      >
       a
       \tb
       c

      """,
      [#""a\n\tb\nc\n""#]),
    ConformanceCase(
      "a block scalar in a sequence in a mapping",
      """
      a:
      - |
       b
      - >
       c
       d
      e: f

      """,
      [#"{"a": ["b\n", "c d\n"], "e": "f"}"#]),
    ConformanceCase(
      "a comment ends a block scalar when it is indented less",
      """
      a:
        b: |
          c
        # d
        e: f

      """,
      [#"{"a": {"b": "c\n", "e": "f"}}"#]),
    ConformanceCase(
      "a block scalar as an explicit key",
      """
      ? >-
        a
        b
      : c

      """,
      [#"{"a b": "c"}"#]),
    ConformanceCase(
      "wide characters in keys and values",
      "名前: 太郎\n😀: '😁'\n",
      [#"{"\u540d\u524d": "\u592a\u90ce", "\ud83d\ude00": "\ud83d\ude01"}"#]),
    ConformanceCase(
      "a quoted key with a colon",
      "\"a: b\": c\n'd': e\n",
      [#"{"a: b": "c", "d": "e"}"#]),
    ConformanceCase(
      "a whole document that is indented",
      "  a: 1\n  b:\n    - c\n",
      [#"{"a": 1, "b": ["c"]}"#]),
    ConformanceCase(
      "a sequence of empty flow collections",
      "- []\n- {}\n- [[], {}]\n",
      [#"[[], {}, [[], {}]]"#]),
    ConformanceCase(
      "text with quotes inside",
      "a: b 'c' \"d\"\n",
      [#"{"a": "b 'c' \"d\""}"#]),
    ConformanceCase(
      "text with indicators inside",
      "a: b & c * d ! e | f > g % h @ i ` j , k [l] {m}\n",
      [#"{"a": "b & c * d ! e | f > g % h @ i ` j , k [l] {m}"}"#]),
    ConformanceCase(
      "text that begins with an indicator before other text",
      """
      - -a
      - ?b
      - :c
      - ---d

      """,
      [#"["-a", "?b", ":c", "---d"]"#]),
  ]
}
