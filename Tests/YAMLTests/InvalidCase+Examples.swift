/// The examples of YAML 1.2.2 that are not well formed, or have no JSON form.
extension InvalidCase {
  static let examples: [InvalidCase] = [
    InvalidCase(
      "2.11 keys that are sequences",
      "? - Detroit Tigers\n  - Chicago cubs\n: - 2001-07-23\n",
      [
        "1:3: a key must be a scalar, not a collection"
      ]),
    InvalidCase(
      "2.20 infinity",
      "negative infinity: -.inf\nnot a number: .nan\n",
      [
        "1:20: the number '-.inf' has no JSON form",
        "2:15: the number '.nan' has no JSON form",
      ]),
    InvalidCase(
      "2.24 local tags",
      "--- !shape\n- !circle\n  radius: 7\n",
      [
        "1:5: the tag '!shape' is not known",
        "2:3: the tag '!circle' is not known",
      ]),
    InvalidCase(
      "2.27 tags of a vocabulary",
      "--- !<tag:clarkevans.com,2002:invoice>\ninvoice: 34843\n",
      [
        "1:5: the tag '!<tag:clarkevans.com,2002:invoice>' is not known"
      ]),
    InvalidCase(
      "5.2 a byte order mark within a document",
      "- Invalid use of BOM\n\u{FEFF}\n- Inside a document.\n",
      [
        "2:1: did not find '- ', as the sequence here goes on or ends"
      ]),
    InvalidCase(
      "5.10 reserved characters",
      "commercial-at: @text\ngrave-accent: `text\n",
      [
        "1:16: '@' cannot begin a value, as YAML reserves it",
        "2:15: '`' cannot begin a value, as YAML reserves it",
      ]),
    InvalidCase(
      "5.14 unknown escapes",
      "Bad escapes:\n  \"\\c\n  \\xq-\"\n",
      [
        "2:4: the escape sequence is not known"
      ]),
    InvalidCase(
      "6.12 a mapping as a key",
      "{ first: Sammy, last: Sosa }:\n  hr: 65\n",
      [
        "1:1: a key must be a scalar, not a collection"
      ]),
    InvalidCase(
      "6.15 a repeated YAML directive",
      "%YAML 1.2\n%YAML 1.1\nfoo\n",
      [
        "2:1: a second %YAML directive"
      ]),
    InvalidCase(
      "6.17 a repeated TAG directive",
      "%TAG ! !foo\n%TAG ! !foo\nbar\n",
      [
        "2:1: a second %TAG directive for '!'"
      ]),
    InvalidCase(
      "6.18 a private tag",
      "!foo \"bar\"\n",
      [
        "1:1: the tag '!foo' is not known"
      ]),
    InvalidCase(
      "6.25 verbatim tags without a name",
      "- !<!> foo\n- !<$:?> bar\n",
      [
        "1:3: the tag is not well formed",
        "2:3: the tag '!<$:?>' is not known",
      ]),
    InvalidCase(
      "6.27 tag shorthands",
      """
      %TAG !e! tag:example,2000:app/
      ---
      - !e! foo
      - !h!bar baz

      """,
      [
        "3:3: the tag '!e!' has nothing behind its handle",
        "4:3: the tag handle '!h!' is not declared",
      ]),
    InvalidCase(
      "7.22 pairs whose key leaves its line",
      "[ foo\n bar: invalid,\n x ]\n",
      [
        "2:5: mapping values are not allowed here: the key began on line 1 and must be on one line"
      ]),
    InvalidCase(
      "8.3 indentation of block scalars",
      "- |\n  \n text\n",
      [
        "2:3: an empty line before the text of a block scalar has more spaces than its first line"
      ]),
    InvalidCase(
      "8.3 text indented less than it says",
      "- |2\n text\n",
      [
        "2:2: the indentation of this line matches no collection that is open"
      ]),
    InvalidCase(
      "8.19 a compact mapping as a key",
      "- sun: yellow\n- ? earth: blue\n  : moon: white\n",
      [
        "2:5: a key must be a scalar, not a collection"
      ]),
    InvalidCase(
      "9.2 a directive without a document",
      "%YAML 1.2\n",
      [
        "2:1: the document that the directives are for is missing"
      ]),
  ]
}
