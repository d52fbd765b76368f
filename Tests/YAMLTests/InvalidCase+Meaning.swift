/// Properties, keys, values, directives and characters that are refused.
extension InvalidCase {
  static let meaning: [InvalidCase] = [
    InvalidCase(
      "an unknown alias",
      "a: *b\n",
      [
        "1:4: the alias '*b' has no anchor of that name before it"
      ]),
    InvalidCase(
      "an alias within its anchor",
      "a: &x [*x]\n",
      [
        "1:8: the alias '*x' stands within the node that it is to repeat"
      ]),
    InvalidCase(
      "an alias of an earlier document",
      "&a b\n---\n*a\n",
      [
        "3:1: the alias '*a' has no anchor of that name before it"
      ]),
    InvalidCase(
      "an alias with an anchor",
      "a: &x b\nc: &y *x\n",
      [
        "2:4: an alias cannot have an anchor or a tag"
      ]),
    InvalidCase(
      "an alias with a tag",
      "a: &x b\nc: !!str *x\n",
      [
        "2:4: an alias cannot have an anchor or a tag"
      ]),
    InvalidCase(
      "an alias of a collection as a key",
      "a: &x [b]\n*x : c\n",
      [
        "2:1: a key must be a scalar, not a collection"
      ]),
    InvalidCase(
      "an alias without a name",
      "a: * b\n",
      [
        "1:5: did not find the name of the alias"
      ]),
    InvalidCase(
      "an anchor without a name",
      "a: & b\n",
      [
        "1:5: did not find the name of the anchor"
      ]),
    InvalidCase(
      "two anchors",
      "a: &x &y b\n",
      [
        "1:7: a node can have only one anchor"
      ]),
    InvalidCase(
      "two anchors on two lines",
      "&x\n&y a\n",
      [
        "2:1: a node can have only one anchor"
      ]),
    InvalidCase(
      "two tags",
      "a: !!str !!int b\n",
      [
        "1:10: a node can have only one tag"
      ]),
    InvalidCase(
      "an unknown core tag",
      "a: !!foo b\n",
      [
        "1:4: the tag '!!foo' is not known"
      ]),
    InvalidCase(
      "a tag of one's own",
      "a: !env X\n",
      [
        "1:4: the tag '!env' is not known"
      ]),
    InvalidCase(
      "an undeclared handle",
      "a: !h!x y\n",
      [
        "1:4: the tag handle '!h!' is not declared"
      ]),
    InvalidCase(
      "a tag with a bracket",
      "!a{}b c\n",
      [
        "1:3: did not expect this character in a tag"
      ]),
    InvalidCase(
      "a comma behind a tag",
      "- !!str, x\n",
      [
        "1:8: did not expect ',' here"
      ]),
    InvalidCase(
      "a tag that does not fit the text",
      "a: !!int b\nc: !!bool yes\n",
      [
        "1:10: 'b' is not a value of the type !!int",
        "2:11: 'yes' is not a value of the type !!bool",
      ]),
    InvalidCase(
      "a tag that does not fit the collection",
      "a: !!seq {}\nb: !!str []\nc: !!map x\n",
      [
        "1:4: a mapping cannot have the tag !!seq",
        "2:4: a sequence cannot have the tag !!str",
        "3:10: 'x' is not a value of the type !!map",
      ]),
    InvalidCase(
      "the same key",
      "a: 1\nb: 2\na: 3\n",
      [
        "3:1: the key 'a' is there twice; the first is on line 1, column 1"
      ]),
    InvalidCase(
      "the same key in a flow mapping",
      "{a: 1, \"a\": 2}\n",
      [
        "1:8: the key 'a' is there twice; the first is on line 1, column 2"
      ]),
    InvalidCase(
      "the same key among many",
      """
      k0: 1
      k1: 1
      k2: 1
      k3: 1
      k4: 1
      k5: 1
      k6: 1
      k7: 1
      k8: 1
      k9: 1
      k10: 1
      k11: 1
      k3: 2

      """,
      [
        "13:1: the key 'k3' is there twice; the first is on line 4, column 1"
      ]),
    InvalidCase(
      "the same key as number and text",
      "1: a\n'1': b\n",
      [
        "2:1: the key '1' is there twice; the first is on line 1, column 1"
      ]),
    InvalidCase(
      "merge of a scalar",
      "a: {<<: b}\n",
      [
        "1:9: '<<' can merge only a mapping or a sequence of mappings"
      ]),
    InvalidCase(
      "merge of a sequence of scalars",
      "<<: [a]\n",
      [
        "1:6: '<<' can merge only a mapping or a sequence of mappings"
      ]),
    InvalidCase(
      "two merges",
      "a: &a {}\nb: {<<: *a, <<: *a}\n",
      [
        "2:13: the key '<<' is there twice; the first is on line 2, column 5"
      ]),
    InvalidCase(
      "infinity",
      "a: .inf\n",
      [
        "1:4: the number '.inf' has no JSON form"
      ]),
    InvalidCase(
      "a number of more than 64 bits",
      "a: 0x10000000000000000\n",
      [
        "1:4: the number does not fit 64 bits"
      ]),
    InvalidCase(
      "a directive behind a document",
      """
      a: b
      ---
      c
      --- [d]
      %YAML 1.2
      ---
      e

      """,
      [
        "5:1: did not expect this after the end of the document's value"
      ]),
    InvalidCase(
      "a directive before text",
      "a: b\n%YAML 1.2\n---\n",
      [
        "2:1: '%' cannot begin a value"
      ]),
    InvalidCase(
      "an unknown version",
      "%YAML 2.0\n---\n",
      [
        "1:1: the version '2.0' of YAML is not known"
      ]),
    InvalidCase(
      "a version with something behind it",
      "%YAML 1.2 foo\n---\n",
      [
        "1:1: the directive is not well formed"
      ]),
    InvalidCase(
      "a comment right behind a version",
      "%YAML 1.2#x\n---\n",
      [
        "1:1: the directive is not well formed"
      ]),
    InvalidCase(
      "a tag directive without prefix",
      "%TAG !a!\n---\n",
      [
        "1:1: the directive is not well formed"
      ]),
    InvalidCase(
      "text behind an end marker",
      "a\n... b\n",
      [
        "2:5: did not expect anything after the document end marker on this line"
      ]),
    InvalidCase(
      "half of a surrogate pair",
      "\"\\uD83D\"",
      [
        "1:2: the escape sequence stands for no Unicode character"
      ]),
    InvalidCase(
      "too few digits of an escape",
      "\"\\u12\"",
      [
        "1:2: the escape sequence needs 4 hexadecimal digits"
      ]),
    InvalidCase(
      "a character outside of Unicode",
      "\"\\U00110000\"",
      [
        "1:2: the escape sequence stands for no Unicode character"
      ]),
    InvalidCase(
      "a single quote escaped as in other languages",
      "\"it\\'s\"",
      [
        "1:4: the escape sequence is not known"
      ]),
    InvalidCase(
      "a control character",
      "a: b\u{7}\n",
      [
        #"1:5: the control character \x07 is not allowed"#
      ]),
    InvalidCase(
      "a control character that is allowed in quotes only",
      "a: b\u{7F}\n",
      [
        "1:5: a control character is not allowed here"
      ]),
    InvalidCase(
      "a control character in a comment",
      "a: b # \u{7F}\n",
      [
        "1:8: a control character is not allowed here"
      ]),
    InvalidCase(
      "the column counts characters",
      "ü: 😀 太: x\n",
      [
        "1:7: mapping values are not allowed here"
      ]),
    InvalidCase(
      "several errors",
      """
      a: 'b' c
      d: [e
      f: *g
      h:
        i: 1
        i: 2
        j: @k
      l: m: n
      h: 1

      """,
      [
        "1:8: did not expect anything after the quoted text on this line",
        """
        3:1: did not find expected ',' or the end of the flow collection that began on line 2, column 4, \
        before this line, which is indented too little to belong to it
        """,
        "3:4: the alias '*g' has no anchor of that name before it",
        "6:3: the key 'i' is there twice; the first is on line 5, column 3",
        "7:6: '@' cannot begin a value, as YAML reserves it",
        "8:5: mapping values are not allowed here",
        "9:1: the key 'h' is there twice; the first is on line 4, column 1",
      ]),
  ]
}
