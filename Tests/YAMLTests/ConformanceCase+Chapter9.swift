/// Documents and streams: chapter 9 of YAML 1.2.2.
extension ConformanceCase {
  static let chapter9: [ConformanceCase] = [
    ConformanceCase(
      "an empty text",
      "",
      []),
    ConformanceCase(
      "9.2 document markers",
      """
      %YAML 1.2
      ---
      Document
      ... # Suffix

      """,
      [#""Document""#]),
    ConformanceCase(
      "9.3 bare documents",
      """
      Bare
      document
      ...
      # No document
      ...
      |
      %!PS-Adobe-2.0 # Not the first line

      """,
      [#""Bare document""#, #""%!PS-Adobe-2.0 # Not the first line\n""#]),
    ConformanceCase(
      "9.4 explicit documents",
      """
      ---
      { matches
      % : 20 }
      ...
      ---
      # Empty
      ...

      """,
      [#"{"matches %": 20}"#, #"null"#]),
    ConformanceCase(
      "9.5 directives documents",
      """
      %YAML 1.2
      --- |
      %!PS-Adobe-2.0
      ...
      ---
      # Empty
      ...

      """,
      [#""%!PS-Adobe-2.0\n""#, #"null"#]),
    ConformanceCase(
      "9.6 a stream",
      """
      Document
      ---
      # Empty
      ...
      %YAML 1.2
      ---
      matches %: 20

      """,
      [#""Document""#, #"null"#, #"{"matches %": 20}"#]),
    ConformanceCase(
      "a start marker with a value on its line",
      """
      --- a
      --- [b]
      --- 'c'
      --- |
       d

      """,
      [#""a""#, #"["b"]"#, #""c""#, #""d\n""#]),
    ConformanceCase(
      "a start marker with properties on its line",
      """
      --- &x
      a: 1
      --- !!map
      b: 2

      """,
      [#"{"a": 1}"#, #"{"b": 2}"#]),
    ConformanceCase(
      "two start markers",
      "---\n---\n",
      [#"null"#, #"null"#]),
    ConformanceCase(
      "a lone end marker",
      "...\n",
      []),
    ConformanceCase(
      "a percent sign goes on with text",
      "---\nscalar\n%YAML 1.2\n",
      [#""scalar %YAML 1.2""#]),
    ConformanceCase(
      "dashes that are no marker",
      "---a: 1\n----: 2\n",
      [#"{"---a": 1, "----": 2}"#]),
    ConformanceCase(
      "a marker ends text",
      """
      a
      ---
      b
      ...

      """,
      [#""a""#, #""b""#]),
    ConformanceCase(
      "byte order marks between documents",
      """
      a
      ...
      \u{FEFF}---
      b

      """,
      [#""a""#, #""b""#]),
    ConformanceCase(
      "comments around markers",
      """
      # a
      --- # b
      c
      # d
      ... # e
      # f

      """,
      [#""c""#]),
    ConformanceCase(
      "anchors end with their document",
      "&a b\n---\n&a c\n",
      [#""b""#, #""c""#]),
    ConformanceCase(
      "a directive only for its document",
      """
      %TAG !e! tag:yaml.org,2002:
      --- !e!str 1
      ...
      --- !!str 2

      """,
      [#""1""#, #""2""#]),
  ]
}
