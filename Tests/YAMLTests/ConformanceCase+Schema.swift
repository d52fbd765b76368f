/// The core schema, section 10.3 of YAML 1.2.2, and merge keys.
extension ConformanceCase {
  static let schema: [ConformanceCase] = [
    ConformanceCase(
      "null",
      "[~, null, Null, NULL, nULL, 'null', ]",
      [#"[null, null, null, null, "nULL", "null"]"#]),
    ConformanceCase(
      "booleans",
      "[true, True, TRUE, tRUE, false, False, FALSE]",
      [#"[true, true, true, "tRUE", false, false, false]"#]),
    ConformanceCase(
      "the booleans of YAML 1.1 are strings",
      "[yes, Yes, no, NO, on, Off, y, n]",
      [#"["yes", "Yes", "no", "NO", "on", "Off", "y", "n"]"#]),
    ConformanceCase(
      "integers",
      "[0, -0, 12, -19, +5, 007, -0777, 00]",
      [#"[0, -0, 12, -19, 5, 7, -777, 0]"#]),
    ConformanceCase(
      "octal and hexadecimal integers",
      "[0o7, 0o0, 0x3A, 0xff, 0xFFFFFFFFFFFFFFFF]",
      [#"[7, 0, 58, 255, 18446744073709551615]"#]),
    ConformanceCase(
      "large integers keep their digits",
      "[123456789012345678901234567890]",
      [#"[123456789012345678901234567890]"#]),
    ConformanceCase(
      "floats",
      "[0., -0.0, .5, +12e03, -2E+05, 1e3, 5., 1.50, 00.5, +.5e-3, 1.e2]",
      [#"[0.0, -0.0, 0.5, 12e03, -2E+05, 1e3, 5.0, 1.50, 0.5, 0.5e-3, 1.0e2]"#]),
    ConformanceCase(
      "what only looks like a number",
      """
      [1_000, 0b11, 0o8, 0xG, 1e, e3, ., '-', +, 1.2.3, 12:30:45, +-1, 0x, -0x1F, +0o7, 1d, ._1]
      """,
      [
        #"""
        ["1_000", "0b11", "0o8", "0xG", "1e", "e3", ".", "-", "+", "1.2.3", "12:30:45", "+-1", "0x",
        "-0x1F", "+0o7", "1d", "._1"]
        """#
      ]),
    ConformanceCase(
      "names that only resemble infinity and NaN",
      "[inf, nan, -.nan, .infx, .iNF]",
      [#"["inf", "nan", "-.nan", ".infx", ".iNF"]"#]),
    ConformanceCase(
      "quoted numbers are strings",
      "['1', \"true\", \"null\", '']",
      [#"["1", "true", "null", ""]"#]),
    ConformanceCase(
      "block scalars are strings",
      """
      - |
        1
      - >-
        true

      """,
      [#"["1\n", "true"]"#]),
    ConformanceCase(
      "tags over the looks of text",
      """
      - !!str true
      - !!str 12
      - !!int "12"
      - !!float 1.5
      - !!float 2
      - !!bool "true"
      - !!null ''
      - !!null
      - !!timestamp 2001-01-01

      """,
      [#"["true", "12", 12, 1.5, 2, true, null, null, "2001-01-01"]"#]),
    ConformanceCase(
      "keys are their text",
      """
      1: a
      true: b
      null: c
      1.50: d
      0x1F: e
      ~: f
      .inf: g
      !!int 7: h

      """,
      [#"{"1": "a", "true": "b", "null": "c", "1.50": "d", "0x1F": "e", "~": "f", ".inf": "g", "7": "h"}"#]),
    ConformanceCase(
      "the empty key",
      ": a\n",
      [#"{"": "a"}"#]),
    ConformanceCase(
      "merge of one mapping",
      """
      a: &a {x: 1, y: 2}
      b:
        <<: *a
        y: 3

      """,
      [#"{"a": {"x": 1, "y": 2}, "b": {"y": 3, "x": 1}}"#]),
    ConformanceCase(
      "an explicit key wins before and behind the merge",
      "a: &a {x: 1, y: 2}\nb: {x: 9, <<: *a, y: 8}\n",
      [#"{"a": {"x": 1, "y": 2}, "b": {"x": 9, "y": 8}}"#]),
    ConformanceCase(
      "merge of several mappings, the first of which wins",
      """
      - &a {x: 1}
      - &b {x: 2, y: 3}
      - <<: [*a, *b]
        z: 4

      """,
      [#"[{"x": 1}, {"x": 2, "y": 3}, {"z": 4, "x": 1, "y": 3}]"#]),
    ConformanceCase(
      "merge of a mapping in place",
      "<<: {a: 1}\nb: 2\n",
      [#"{"b": 2, "a": 1}"#]),
    ConformanceCase(
      "merges within what is merged",
      "a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nc: {<<: *b, z: 3}\n",
      [#"{"a": {"x": 1}, "b": {"y": 2, "x": 1}, "c": {"z": 3, "y": 2, "x": 1}}"#]),
    ConformanceCase(
      "a quoted << is a key",
      "\"<<\": 1\n",
      [#"{"<<": 1}"#]),
    ConformanceCase(
      "<< as a value",
      "a: <<\n",
      [#"{"a": "<<"}"#]),
    ConformanceCase(
      "a merge into a large mapping",
      """
      a: &a {k1: x, k99: y}
      b:
        k0: 0
        k1: 1
        k2: 2
        k3: 3
        k4: 4
        k5: 5
        k6: 6
        k7: 7
        k8: 8
        k9: 9
        k10: 10
        k11: 11
        <<: *a

      """,
      [
        #"""
        {"a": {"k1": "x", "k99": "y"}, "b": {"k0": 0, "k1": 1, "k2": 2, "k3": 3, "k4": 4, "k5": 5, "k6": 6,
        "k7": 7, "k8": 8, "k9": 9, "k10": 10, "k11": 11, "k99": "y"}}
        """#
      ]),
    ConformanceCase(
      "expressions of decK are text",
      """
      a: Bearer ${{ env "DECK_X" }}
      b: ${{ env "DECK_Y" }}
      c: "Bearer ${{ env \\"X\\" }}"
      d: '${{ env "Z" }}'

      """,
      [
        #"""
        {"a": "Bearer ${{ env \"DECK_X\" }}", "b": "${{ env \"DECK_Y\" }}", "c": "Bearer ${{ env \"X\" }}",
        "d": "${{ env \"Z\" }}"}
        """#
      ]),
    ConformanceCase(
      "vault references and template expressions are text",
      "a: \"{vault://env/my-key}\"\nb: $(headers.x or 'y')\nc: ~/chat$\n",
      [#"{"a": "{vault://env/my-key}", "b": "$(headers.x or 'y')", "c": "~/chat$"}"#]),
  ]
}
