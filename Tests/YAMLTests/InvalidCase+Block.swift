/// Block style that is not well formed.
extension InvalidCase {
  static let block: [InvalidCase] = [
    InvalidCase(
      "a tab as indentation",
      "a:\n\tb: c\n",
      [
        "2:1: found a tab where indentation is expected"
      ]),
    InvalidCase(
      "a tab as indentation of a second key",
      "a:\n  b: 1\n\tc: 2\n",
      [
        "3:1: found a tab where indentation is expected"
      ]),
    InvalidCase(
      "a tab behind spaces as indentation",
      "a:\n  b: 1\n  \tc: 2\n",
      [
        "3:3: found a tab where indentation is expected"
      ]),
    InvalidCase(
      "a tab between dashes",
      "-\t- a\n",
      [
        "1:2: found a tab where indentation is expected"
      ]),
    InvalidCase(
      "a tab before a compact mapping",
      "-\ta: b\n",
      [
        "1:4: found a tab where indentation is expected"
      ]),
    InvalidCase(
      "a tab before an explicit compact key",
      "?\ta: b\n",
      [
        "1:4: found a tab where indentation is expected"
      ]),
    InvalidCase(
      "a tab as indentation in a flow collection",
      "- [\n\tfoo\n ]\n",
      [
        "2:1: found a tab where indentation is expected"
      ]),
    InvalidCase(
      "a tab as indentation in quotes",
      "a: \"b\n\tc\"\n",
      [
        "2:1: found a tab where indentation is expected"
      ]),
    InvalidCase(
      "a tab as indentation of a literal",
      "a: |\n\tb\n",
      [
        "2:1: found a tab where indentation is expected"
      ]),
    InvalidCase(
      "two values on a line",
      "a: b: c\n",
      [
        "1:5: mapping values are not allowed here"
      ]),
    InvalidCase(
      "a mapping behind a start marker",
      "--- a: b\n",
      [
        "1:6: mapping values are not allowed here"
      ]),
    InvalidCase(
      "a sequence behind a key",
      "a: - b\n",
      [
        "1:4: a sequence cannot begin on this line"
      ]),
    InvalidCase(
      "a sequence behind an anchor",
      "&a - b\n",
      [
        "1:4: a block collection cannot begin on the line of its anchor or tag"
      ]),
    InvalidCase(
      "a key that is indented too much",
      "a: 'b'\n  c: d\n",
      [
        "2:3: the indentation of this line matches no collection that is open"
      ]),
    InvalidCase(
      "a key that goes on with text",
      "a: b\n  c: d\n",
      [
        "2:4: mapping values are not allowed here"
      ]),
    InvalidCase(
      "a key that is indented too little",
      "a:\n    b: 1\n  c: 2\n",
      [
        "3:3: the indentation of this line matches no collection that is open"
      ]),
    InvalidCase(
      "a key behind a sequence of the same indentation",
      "- a\nb: c\n",
      [
        "2:1: did not find '- ', as the sequence here goes on or ends"
      ]),
    InvalidCase(
      "an element among keys",
      "a: b\n- c\n",
      [
        "2:1: found an element of a sequence where a key is expected"
      ]),
    InvalidCase(
      "a key among elements",
      "a:\n  - b\n  c: d\n",
      [
        "3:3: did not find '- ', as the sequence here goes on or ends"
      ]),
    InvalidCase(
      "an element that is indented too much",
      "- 'a'\n  - b\n",
      [
        "2:3: the indentation of this line matches no collection that is open"
      ]),
    InvalidCase(
      "text behind quotes",
      "a: 'b' c\n",
      [
        "1:8: did not expect anything after the quoted text on this line"
      ]),
    InvalidCase(
      "text behind double quotes",
      "a: \"b\" \"c\"\n",
      [
        "1:8: did not expect anything after the quoted text on this line"
      ]),
    InvalidCase(
      "text behind a flow collection",
      "a: [b] c\n",
      [
        "1:8: did not expect anything after the flow collection on this line"
      ]),
    InvalidCase(
      "text behind an alias",
      "a: &x b\nc: *x d\n",
      [
        "2:7: did not expect anything after the alias on this line"
      ]),
    InvalidCase(
      "text behind a comment",
      "a: b # c\n  d\n",
      [
        "2:3: the indentation of this line matches no collection that is open"
      ]),
    InvalidCase(
      "a comment without a space",
      "a: 'b'#c\n",
      [
        "1:7: a comment must be separated from what stands before it"
      ]),
    InvalidCase(
      "a comment without a space in a flow collection",
      "[a,#b\nc]\n",
      [
        "1:4: a comment must be separated from what stands before it"
      ]),
    InvalidCase(
      "a line without a colon",
      "a: b\nc\nd: e\n",
      [
        "2:1: did not find ':' behind a key"
      ]),
    InvalidCase(
      "a colon without a space behind it",
      "a: b\n'c':d\n",
      [
        "2:1: did not find ':' behind a key"
      ]),
    InvalidCase(
      "text before a mapping",
      "a\nb: c\n",
      [
        "2:2: mapping values are not allowed here: the key began on line 1 and must be on one line"
      ]),
    InvalidCase(
      "quoted text over lines as a key",
      "\"a\n b\": c\n",
      [
        "2:4: mapping values are not allowed here: the key began on line 1 and must be on one line"
      ]),
    InvalidCase(
      "a block scalar as a key",
      "a: b\n| c\n",
      [
        "2:1: a block scalar cannot begin where a key is expected"
      ]),
    InvalidCase(
      "text behind a block scalar's indicator",
      "a: | b\n",
      [
        "1:6: did not expect this behind the indicator of a block scalar"
      ]),
    InvalidCase(
      "a comment right behind a block scalar's indicator",
      "a: |#c\n  b\n",
      [
        "1:5: did not expect this behind the indicator of a block scalar"
      ]),
    InvalidCase(
      "an indentation of zero",
      "a: |0\n  b\n",
      [
        "1:5: did not expect this behind the indicator of a block scalar"
      ]),
    InvalidCase(
      "an indentation of ten",
      "a: |10\n  b\n",
      [
        "1:6: did not expect this behind the indicator of a block scalar"
      ]),
    InvalidCase(
      "no end of double quotes",
      "a: b\nc: \"d\n  e\n",
      [
        "2:4: the quoted text that begins here has no end"
      ]),
    InvalidCase(
      "no end of single quotes",
      "a: 'b\n",
      [
        "1:4: the quoted text that begins here has no end"
      ]),
    InvalidCase(
      "quotes that end at the document's end",
      "'a\n---\nb'\n",
      [
        "1:1: the quoted text that begins here has no end"
      ]),
    InvalidCase(
      "quotes in lines that are not indented",
      "a: \"b\nc: d\"\n",
      [
        """
        2:1: did not find the end of the quoted text that began on line 1, column 4, before this line, \
        which is indented too little to belong to it
        """
      ]),
  ]
}
