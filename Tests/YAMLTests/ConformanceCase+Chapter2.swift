/// The preview of YAML 1.2.2, chapter 2, as far as JSON can hold it.
extension ConformanceCase {
  static let chapter2: [ConformanceCase] = [
    ConformanceCase(
      "2.1 a sequence of scalars",
      "- Mark McGwire\n- Sammy Sosa\n- Ken Griffey\n",
      [#"["Mark McGwire", "Sammy Sosa", "Ken Griffey"]"#]),
    ConformanceCase(
      "2.2 a mapping of scalars",
      """
      hr:  65    # Home runs
      avg: 0.278 # Batting average
      rbi: 147   # Runs Batted In

      """,
      [#"{"hr": 65, "avg": 0.278, "rbi": 147}"#]),
    ConformanceCase(
      "2.3 a mapping of sequences",
      """
      american:
      - Boston Red Sox
      - Detroit Tigers
      national:
      - New York Mets
      - Chicago Cubs

      """,
      [#"{"american": ["Boston Red Sox", "Detroit Tigers"], "national": ["New York Mets", "Chicago Cubs"]}"#]),
    ConformanceCase(
      "2.4 a sequence of mappings",
      """
      -
        name: Mark McGwire
        hr:   65
      -
        name: Sammy Sosa
        hr:   63

      """,
      [#"[{"name": "Mark McGwire", "hr": 65}, {"name": "Sammy Sosa", "hr": 63}]"#]),
    ConformanceCase(
      "2.5 a sequence of sequences",
      """
      - [name        , hr, avg  ]
      - [Mark McGwire, 65, 0.278]
      - [Sammy Sosa  , 63, 0.288]

      """,
      [#"[["name", "hr", "avg"], ["Mark McGwire", 65, 0.278], ["Sammy Sosa", 63, 0.288]]"#]),
    ConformanceCase(
      "2.6 a mapping of mappings",
      """
      Mark McGwire: {hr: 65, avg: 0.278}
      Sammy Sosa: {
          hr: 63,
          avg: 0.288,
       }

      """,
      [#"{"Mark McGwire": {"hr": 65, "avg": 0.278}, "Sammy Sosa": {"hr": 63, "avg": 0.288}}"#]),
    ConformanceCase(
      "2.7 two documents with comments",
      """
      # Ranking of 1998 home runs
      ---
      - Mark McGwire
      - Sammy Sosa

      # Team ranking
      ---
      - Chicago Cubs
      - St Louis Cardinals

      """,
      [#"["Mark McGwire", "Sammy Sosa"]"#, #"["Chicago Cubs", "St Louis Cardinals"]"#]),
    ConformanceCase(
      "2.8 play by play feed",
      """
      ---
      time: 20:03:20
      player: Sammy Sosa
      action: strike (miss)
      ...
      ---
      time: 20:03:47
      player: Sammy Sosa
      action: grand slam
      ...

      """,
      [
        #"{"time": "20:03:20", "player": "Sammy Sosa", "action": "strike (miss)"}"#,
        #"{"time": "20:03:47", "player": "Sammy Sosa", "action": "grand slam"}"#,
      ]),
    ConformanceCase(
      "2.9 a document with two comments",
      """
      ---
      hr: # 1998 hr ranking
      - Mark McGwire
      - Sammy Sosa
      # 1998 rbi ranking
      rbi:
      - Sammy Sosa
      - Ken Griffey

      """,
      [#"{"hr": ["Mark McGwire", "Sammy Sosa"], "rbi": ["Sammy Sosa", "Ken Griffey"]}"#]),
    ConformanceCase(
      "2.10 a node that appears twice",
      """
      ---
      hr:
      - Mark McGwire
      # Following node labeled SS
      - &SS Sammy Sosa
      rbi:
      - *SS # Subsequent occurrence
      - Ken Griffey

      """,
      [#"{"hr": ["Mark McGwire", "Sammy Sosa"], "rbi": ["Sammy Sosa", "Ken Griffey"]}"#]),
    ConformanceCase(
      "2.12 compact nested mapping",
      """
      ---
      # Products purchased
      - item    : Super Hoop
        quantity: 1
      - item    : Basketball
        quantity: 4
      - item    : Big Shoes
        quantity: 1

      """,
      [
        #"""
        [{"item": "Super Hoop", "quantity": 1}, {"item": "Basketball", "quantity": 4}, {"item": "Big Shoes",
        "quantity": 1}]
        """#
      ]),
    ConformanceCase(
      "2.13 newlines of a literal are kept",
      """
      # ASCII Art
      --- |
        \\//||\\/||
        // ||  ||__

      """,
      [#""\\//||\\/||\n// ||  ||__\n""#]),
    ConformanceCase(
      "2.14 newlines of a folded scalar become spaces",
      """
      --- >
        Mark McGwire's
        year was crippled
        by a knee injury.

      """,
      [#""Mark McGwire's year was crippled by a knee injury.\n""#]),
    ConformanceCase(
      "2.15 folded newlines are kept for more-indented and blank lines",
      """
      --- >
       Sammy Sosa completed another
       fine season with great stats.

         63 Home Runs
         0.288 Batting Average

       What a year!

      """,
      [
        #"""
        "Sammy Sosa completed another fine season with great stats.\n\n  63 Home Runs\n  0.288 Batting Average\n\nWhat a year!\n"
        """#
      ]),
    ConformanceCase(
      "2.16 indentation determines scope",
      """
      name: Mark McGwire
      accomplishment: >
        Mark set a major league
        home run record in 1998.
      stats: |
        65 Home Runs
        0.278 Batting Average

      """,
      [
        #"""
        {"name": "Mark McGwire", "accomplishment": "Mark set a major league home run record in 1998.\n",
        "stats": "65 Home Runs\n0.278 Batting Average\n"}
        """#
      ]),
    ConformanceCase(
      "2.17 quoted scalars",
      """
      unicode: "Sosa did fine.\\u263A"
      control: "\\b1998\\t1999\\t2000\\n"
      hex esc: "\\x0d\\x0a is \\r\\n"

      single: '"Howdy!" he cried.'
      quoted: ' # Not a ''comment''.'
      tie-fighter: '|\\-*-/|'

      """,
      [
        #"""
        {"unicode": "Sosa did fine.\u263a", "control": "\b1998\t1999\t2000\n", "hex esc": "\r\n is \r\n",
        "single": "\"Howdy!\" he cried.", "quoted": " # Not a 'comment'.", "tie-fighter": "|\\-*-/|"}
        """#
      ]),
    ConformanceCase(
      "2.18 multi-line flow scalars",
      """
      plain:
        This unquoted scalar
        spans many lines.

      quoted: "So does this
        quoted scalar.\\n"

      """,
      [#"{"plain": "This unquoted scalar spans many lines.", "quoted": "So does this quoted scalar.\n"}"#]),
    ConformanceCase(
      "2.19 integers",
      """
      canonical: 12345
      decimal: +12345
      octal: 0o14
      hexadecimal: 0xC

      """,
      [#"{"canonical": 12345, "decimal": 12345, "octal": 12, "hexadecimal": 12}"#]),
    ConformanceCase(
      "2.20 floating point",
      "canonical: 1.23015e+3\nexponential: 12.3015e+02\nfixed: 1230.15\n",
      [#"{"canonical": 1.23015e+3, "exponential": 12.3015e+02, "fixed": 1230.15}"#]),
    ConformanceCase(
      "2.21 miscellaneous",
      "null:\nbooleans: [ true, false ]\nstring: '012345'\n",
      [#"{"null": null, "booleans": [true, false], "string": "012345"}"#]),
    ConformanceCase(
      "2.22 timestamps",
      """
      canonical: 2001-12-15T02:59:43.1Z
      iso8601: 2001-12-14t21:59:43.10-05:00
      spaced: 2001-12-14 21:59:43.10 -5
      date: 2002-12-14

      """,
      [
        #"""
        {"canonical": "2001-12-15T02:59:43.1Z", "iso8601": "2001-12-14t21:59:43.10-05:00", "spaced":
        "2001-12-14 21:59:43.10 -5", "date": "2002-12-14"}
        """#
      ]),
    ConformanceCase(
      "2.23 explicit tags",
      """
      ---
      not-date: !!str 2002-04-28

      picture: !!binary |
       R0lGODlhDAAMAIQAAP//9/X17unp5WZmZgAAAOfn515eXv
       Pz7Y6OjuDg4J+fn5OTk6enp56enmlpaWNjY6Ojo4SEhP/++

      """,
      [
        #"""
        {"not-date": "2002-04-28", "picture":
        "R0lGODlhDAAMAIQAAP//9/X17unp5WZmZgAAAOfn515eXv\nPz7Y6OjuDg4J+fn5OTk6enp56enmlpaWNjY6Ojo4SEhP/++\n"}
        """#
      ]),
    ConformanceCase(
      "2.25 unordered sets",
      """
      # Sets are represented as a
      # Mapping where each key is
      # associated with a null value
      --- !!set
      ? Mark McGwire
      ? Sammy Sosa
      ? Ken Griffey

      """,
      [#"{"Mark McGwire": null, "Sammy Sosa": null, "Ken Griffey": null}"#]),
    ConformanceCase(
      "2.26 ordered mappings",
      """
      --- !!omap
      - Mark McGwire: 65
      - Sammy Sosa: 63
      - Ken Griffey: 58

      """,
      [#"[{"Mark McGwire": 65}, {"Sammy Sosa": 63}, {"Ken Griffey": 58}]"#]),
    ConformanceCase(
      "2.27 an invoice",
      """
      ---
      invoice: 34843
      date   : 2001-01-23
      bill-to: &id001
        given  : Chris
        family : Dumars
        address:
          lines: |
            458 Walkman Dr.
            Suite #292
          city    : Royal Oak
          state   : MI
          postal  : 48046
      ship-to: *id001
      product:
      - sku         : BL394D
        quantity    : 4
        description : Basketball
        price       : 450.00
      - sku         : BL4438H
        quantity    : 1
        description : Super Hoop
        price       : 2392.00
      tax  : 251.42
      total: 4443.52
      comments:
        Late afternoon is best.
        Backup contact is Nancy
        Billsmer @ 338-4338.

      """,
      [
        #"""
        {"invoice": 34843, "date": "2001-01-23", "bill-to": {"given": "Chris", "family": "Dumars",
        "address": {"lines": "458 Walkman Dr.\nSuite #292\n", "city": "Royal Oak", "state": "MI", "postal":
        48046}}, "ship-to": {"given": "Chris", "family": "Dumars", "address": {"lines":
        "458 Walkman Dr.\nSuite #292\n", "city": "Royal Oak", "state": "MI", "postal": 48046}}, "product":
        [{"sku": "BL394D", "quantity": 4, "description": "Basketball", "price": 450.00}, {"sku": "BL4438H",
        "quantity": 1, "description": "Super Hoop", "price": 2392.00}], "tax": 251.42, "total": 4443.52,
        "comments": "Late afternoon is best. Backup contact is Nancy Billsmer @ 338-4338."}
        """#
      ]),
    ConformanceCase(
      "2.28 a log file",
      """
      ---
      Time: 2001-11-23 15:01:42 -5
      User: ed
      Warning:
        This is an error message
        for the log file
      ---
      Time: 2001-11-23 15:02:31 -5
      User: ed
      Warning:
        A slightly different error
        message.
      ---
      Date: 2001-11-23 15:03:17 -5
      User: ed
      Fatal:
        Unknown variable "bar"
      Stack:
      - file: TopClass.py
        line: 23
        code: |
          x = MoreObject("345\\n")
      - file: MoreClass.py
        line: 58
        code: |-
          foo = bar

      """,
      [
        #"""
        {"Time": "2001-11-23 15:01:42 -5", "User": "ed", "Warning":
        "This is an error message for the log file"}
        """#,
        #"""
        {"Time": "2001-11-23 15:02:31 -5", "User": "ed", "Warning": "A slightly different error message."}
        """#,
        #"""
        {"Date": "2001-11-23 15:03:17 -5", "User": "ed", "Fatal": "Unknown variable \"bar\"", "Stack":
        [{"file": "TopClass.py", "line": 23, "code": "x = MoreObject(\"345\\n\")\n"}, {"file":
        "MoreClass.py", "line": 58, "code": "foo = bar"}]}
        """#,
      ]),
  ]
}
