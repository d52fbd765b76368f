/// Flow style that is not well formed.
extension InvalidCase {
  static let flow: [InvalidCase] = [
    InvalidCase(
      "no end of a flow sequence",
      "a: [b, c\n",
      [
        "1:4: the flow collection that begins here has no end"
      ]),
    InvalidCase(
      "no end of a flow mapping",
      "a: {b: c,\n  d: e\n",
      [
        "1:4: the flow collection that begins here has no end"
      ]),
    InvalidCase(
      "a key within a flow sequence without an end",
      "a: [b, c\nd: e\n",
      [
        """
        2:1: did not find expected ',' or the end of the flow collection that began on line 1, column 4, \
        before this line, which is indented too little to belong to it
        """
      ]),
    InvalidCase(
      "a flow mapping that is closed as a sequence",
      "a: {b: c]\n",
      [
        "1:9: did not find expected ',' or '}' of the flow collection that began on line 1, column 4"
      ]),
    InvalidCase(
      "no comma in a flow sequence",
      "a: [b c, 'd' e]\n",
      [
        "1:14: did not find expected ',' or ']' of the flow collection that began on line 1, column 4"
      ]),
    InvalidCase(
      "no comma in a flow mapping",
      "{a: 'b' c: d}\n",
      [
        "1:9: did not find expected ',' or '}' of the flow collection that began on line 1, column 1"
      ]),
    InvalidCase(
      "an empty entry in a flow sequence",
      "[a, , b]\n",
      [
        "1:5: did not find a value before ','"
      ]),
    InvalidCase(
      "a flow sequence of a comma",
      "[,]\n",
      [
        "1:2: did not find a value before ','"
      ]),
    InvalidCase(
      "two values in a flow mapping",
      "{a: b: c}\n",
      [
        "1:6: did not find expected ',' or '}' of the flow collection that began on line 1, column 1"
      ]),
    InvalidCase(
      "a value on the line after the key of a pair",
      "[a\n : b]\n",
      [
        "2:2: did not find expected ',' or ']' of the flow collection that began on line 1, column 1"
      ]),
    InvalidCase(
      "a block sequence in a flow sequence",
      "[- a]\n",
      [
        "1:2: a block sequence cannot stand in a flow collection"
      ]),
    InvalidCase(
      "a dash in a flow sequence",
      "[a, -]\n",
      [
        "1:5: a block sequence cannot stand in a flow collection"
      ]),
    InvalidCase(
      "a literal in a flow sequence",
      "[|\n a]\n",
      [
        "1:2: a block scalar cannot stand in a flow collection"
      ]),
    InvalidCase(
      "a closing bracket too much",
      "a: [b]]\n",
      [
        "1:7: did not expect anything after the flow collection on this line"
      ]),
    InvalidCase(
      "a closing bracket alone",
      "]\n",
      [
        "1:1: did not expect ']' here"
      ]),
    InvalidCase(
      "flow lines without indentation",
      "a: [b,\nc]\n",
      [
        """
        2:1: did not find expected ',' or the end of the flow collection that began on line 1, column 4, \
        before this line, which is indented too little to belong to it
        """
      ]),
    InvalidCase(
      "an unquoted expression in a flow sequence",
      "a: [${{ env \"X\" }}]\n",
      [
        "1:6: did not find expected ',' or ']' of the flow collection that began on line 1, column 4"
      ]),
    InvalidCase(
      "an unquoted expression that begins a value",
      "a: {{ env }}\n",
      [
        "1:5: a key must be a scalar, not a collection"
      ]),
    InvalidCase(
      "a document marker in a flow sequence",
      "[\n---\n]\n",
      [
        "2:1: the document ends within a flow collection",
        "3:1: did not expect ']' here",
      ]),
    InvalidCase(
      "a percent sign before text",
      "a: %b\n",
      [
        "1:4: '%' cannot begin a value"
      ]),
  ]
}
