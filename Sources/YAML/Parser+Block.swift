import JSON

/// What may stand where a block node is read.
struct Place: OptionSet {
  let rawValue: Int

  /// A block collection may begin on the line of the indicator before it (`ns-l-compact-…`).
  static let compact = Place(rawValue: 1)
  /// A sequence may stand at the indentation of the mapping around it.
  static let sequenceAtParent = Place(rawValue: 2)

  /// Behind `---` or at the start of the text.
  static let document: Place = []
  /// Behind `-`.
  static let entry: Place = [.compact]
  /// Behind `?`, or behind a `:` that begins a line.
  static let explicit: Place = [.compact, .sequenceAtParent]
  /// Behind the `:` of a key.
  static let value: Place = [.sequenceAtParent]
}

/// Block nodes (section 8.2.3).
extension Parser {
  /// Where a block node begins.
  private struct Start {
    var column: Int
    var location: SourceLocation
    /// A block collection may begin here.
    var allowsCollection: Bool
    /// A tab stands in what would be its indentation.
    var hasTab: Bool
  }

  /// Reads the node behind an indicator, and moves to the token behind it, which is the first on its line.
  ///
  /// - Parameter parent: The indentation of the block around it, -1 for the document: lines of the node are indented
  ///   further.
  mutating func parseBlockNode(parent: Int, place: Place) throws(Abandoned) -> Item {
    try throwIfStopped()
    let mark = mark()
    let indicatorEnd = cursor.position
    var outer = Properties()
    try skipToToken()
    while true {
      if isAtDocumentEnd { return emptyItem(outer, since: mark) }
      if isFirstOnLine, cursor.indentation <= parent {
        if cursor.hasTab { throw failTab() }
        let isSequence =
          place.contains(.sequenceAtParent) && cursor.indentation == parent && isIndicator(UInt8(ascii: "-"))
        if isSequence {
          return try finish(parseBlockSequence(column: parent, parent: parent), outer, since: mark)
        }
        return emptyItem(outer, since: mark)
      }
      let start = Start(
        column: columnInBytes, location: location(),
        allowsCollection: isFirstOnLine || place.contains(.compact) && outer.isEmpty,
        hasTab: isFirstOnLine ? cursor.hasTab : bytes[indicatorEnd..<cursor.position].contains(.tab))
      if let node = try parseIndicatedCollection(start, parent: parent) {
        return finish(node, outer, since: mark)
      }
      guard isAtProperty else {
        return try parseBlockContent(start, parent: parent, outer: outer, inner: Properties(), since: mark)
      }
      let inner = try parseProperties()
      let line = cursor.line
      try skipToToken()
      if cursor.line == line, !isAtEnd {
        return try parseBlockContent(start, parent: parent, outer: outer, inner: inner, since: mark)
      }
      outer = try merge(outer, inner)
    }
  }

  /// Reads a block collection that begins with `-`, `?` or `:`, if one is here.
  private mutating func parseIndicatedCollection(_ start: Start, parent: Int) throws(Abandoned) -> JSONNode? {
    let isSequence = isIndicator(UInt8(ascii: "-"))
    guard isSequence || isIndicator(UInt8(ascii: "?")) || isIndicator(UInt8(ascii: ":")) else { return nil }
    guard start.allowsCollection else {
      if isSequence {
        throw fail(
          "a sequence cannot begin on this line", hint: "begin it on a line of its own, or put quotes around text")
      }
      throw fail("mapping values are not allowed here", hint: Parser.quoteHint)
    }
    if start.hasTab { throw failTab() }
    if isSequence { return try parseBlockSequence(column: start.column, parent: parent) }
    return try parseBlockMapping(column: start.column, location: start.location, first: nil)
  }

  /// Reads a block scalar, or an atom that is the node or the first key of a mapping.
  private mutating func parseBlockContent(
    _ start: Start, parent: Int, outer: Properties, inner: Properties, since mark: Mark
  ) throws(Abandoned) -> Item {
    if peek() == UInt8(ascii: "|") || peek() == UInt8(ascii: ">") {
      let properties = try merge(outer, inner)
      let item = try finish(parseBlockScalar(parent: parent), properties, since: mark)
      try skipToToken()
      return item
    }
    if !inner.isEmpty, isIndicator(UInt8(ascii: "-")) || isIndicator(UInt8(ascii: "?")) {
      throw fail(
        "a block collection cannot begin on the line of its anchor or tag", hint: "begin it on the next line")
    }
    let keyMark = self.mark()
    let atom =
      isIndicator(UInt8(ascii: ":"))
      ? Atom(
        content: .scalar(Scalar(text: "", style: .plain, location: location())), location: location(),
        line: cursor.line)
      : try parseAtom(minimum: parent + 1, context: .block)
    skipWhite()
    guard isIndicator(UInt8(ascii: ":")) else {
      let item = try finish(atom, merge(outer, inner), since: mark)
      try expectLineEnd(after: atom.name)
      return item
    }
    guard start.allowsCollection else {
      throw fail(
        "mapping values are not allowed here", hint: "put quotes around a value that contains ': '")
    }
    if start.hasTab { throw failTab() }
    try checkKey(atom)
    let key = try finish(atom, inner, since: keyMark)
    let node = try parseBlockMapping(
      column: start.column, location: start.location, first: (key, start.location))
    return finish(node, outer, since: mark)
  }

  /// Refuses a key that left its line; the cursor is at its `:`.
  mutating func checkKey(_ atom: Atom) throws(Abandoned) {
    if atom.line == cursor.line { return }
    throw fail(
      "mapping values are not allowed here: the key began on line \(atom.line) and must be on one line",
      hint: "is the indentation of this line right, or a quote missing? A value that contains ': ' needs quotes")
  }

  /// A node as a key.
  mutating func keyText(_ item: Item, at place: SourceLocation) -> String {
    if let key = item.key { return key }
    report(
      "a key must be a scalar, not a collection", at: place,
      hint: "put quotes around a value that begins with '{' or '[' if it is meant as text")
    return ""
  }

  // MARK: Sequences

  /// Reads the sequence whose first `-` is at the cursor.
  private mutating func parseBlockSequence(column: Int, parent: Int) throws(Abandoned) -> JSONNode {
    try enter()
    defer { leave() }
    let place = location()
    var elements: [JSONNode] = []
    repeat {
      let line = cursor.line
      do {
        cursor.position += 1
        let item = try parseBlockNode(parent: column, place: .entry)
        elements.append(value(item))
        try checkNextEntry(column: column, parent: parent, of: "sequence")
      } catch {
        if isStopped { throw error }
        recover(column: column, entryLine: line)
      }
    } while !isAtDocumentEnd && cursor.indentation == column && isIndicator(UInt8(ascii: "-"))
    return JSONNode(.array(elements), at: place)
  }

  /// Behind an entry of a block collection: refuses a line that belongs to no collection.
  private mutating func checkNextEntry(column: Int, parent: Int, of kind: String) throws(Abandoned) {
    if isAtDocumentEnd { return }
    if cursor.hasTab, cursor.indentation <= column { throw failTab() }
    if cursor.indentation > column {
      throw fail(
        "the indentation of this line matches no collection that is open",
        hint: "the \(kind) around it is indented by \(column) spaces; put quotes around text that goes on here")
    }
    guard cursor.indentation == column, column != parent else { return }
    let isEntry = isIndicator(UInt8(ascii: "-"))
    if kind == "sequence", !isEntry {
      throw fail(
        "did not find '- ', as the sequence here goes on or ends", hint: "is the indentation of this line right?")
    }
    if kind == "mapping", isEntry {
      throw fail(
        "found an element of a sequence where a key is expected", hint: "is the indentation of this line right?")
    }
  }

  // MARK: Mappings

  /// Reads a mapping. Its first key was read already, and the cursor is at its `:`; or it begins with `?` or `:`.
  private mutating func parseBlockMapping(
    column: Int, location place: SourceLocation, first: (item: Item, location: SourceLocation)?
  ) throws(Abandoned) -> JSONNode {
    try enter()
    defer { leave() }
    var mapping = MappingBuilder()
    var first = first
    repeat {
      let line = cursor.line
      do {
        if let (key, keyPlace) = first {
          first = nil
          try parseValue(of: key, at: keyPlace, column: column, into: &mapping)
        } else if isIndicator(UInt8(ascii: "?")) {
          try parseExplicitEntry(column: column, into: &mapping)
        } else {
          let keyPlace = location()
          let key = try parseBlockKey(column: column)
          try parseValue(of: key, at: keyPlace, column: column, into: &mapping)
        }
        try checkNextEntry(column: column, parent: -2, of: "mapping")
      } catch {
        if isStopped { throw error }
        recover(column: column, entryLine: line)
      }
    } while !isAtDocumentEnd && cursor.indentation == column
    return mapping.node(at: place, reportingTo: &self)
  }

  /// Reads a key behind the first one, up to its `:`.
  private mutating func parseBlockKey(column: Int) throws(Abandoned) -> Item {
    let mark = mark()
    let properties = isAtProperty ? try parseProperties() : Properties()
    skipWhite()
    if isIndicator(UInt8(ascii: ":")) { return emptyItem(properties, since: mark) }
    if peek() == UInt8(ascii: "|") || peek() == UInt8(ascii: ">") {
      throw fail("a block scalar cannot begin where a key is expected", hint: "is the indentation of this line right?")
    }
    let place = location()
    let atom = try parseAtom(minimum: column + 1, context: .blockKey)
    skipWhite()
    guard isIndicator(UInt8(ascii: ":")) else {
      throw fail(
        "did not find ':' behind a key", at: place,
        hint: peek() == UInt8(ascii: ":")
          ? "put a space behind ':'"
          : "is the indentation of this line right, or a quote missing before it?")
    }
    try checkKey(atom)
    return try finish(atom, properties, since: mark)
  }

  /// Reads the value of a key, from its `:`.
  private mutating func parseValue(
    of key: Item, at place: SourceLocation, column: Int, into mapping: inout MappingBuilder
  ) throws(Abandoned) {
    let name = keyText(key, at: place)
    // The member is there even when its value is not, so that it is found twice.
    let index = mapping.add(name, at: place, isMerge: key.isMergeKey, reportingTo: &self)
    cursor.position += 1
    let item = try parseBlockNode(parent: column, place: .value)
    mapping.set(value(item), at: index)
  }

  /// Reads `? key` and, if there is one, `: value`.
  private mutating func parseExplicitEntry(column: Int, into mapping: inout MappingBuilder) throws(Abandoned) {
    cursor.position += 1
    let place = location()
    let key = try parseBlockNode(parent: column, place: .explicit)
    let keyPlace = key.node.location ?? place
    let name = keyText(key, at: keyPlace)
    let index = mapping.add(name, at: keyPlace, isMerge: key.isMergeKey, reportingTo: &self)
    guard !isAtDocumentEnd, cursor.indentation == column, !cursor.hasTab, isIndicator(UInt8(ascii: ":")) else {
      mapping.set(JSONNode(.null, at: keyPlace), at: index)
      return
    }
    cursor.position += 1
    let item = try parseBlockNode(parent: column, place: .explicit)
    mapping.set(value(item), at: index)
  }
}
