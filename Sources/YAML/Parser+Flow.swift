import JSON

/// Flow collections (section 7.4).
extension Parser {
  /// Reads the sequence whose `[` is at the cursor.
  mutating func parseFlowSequence(minimum: Int) throws(Abandoned) -> JSONNode {
    let place = location()
    var elements: [JSONNode] = []
    try parseFlowEntries(close: UInt8(ascii: "]"), minimum: minimum, from: place) { parser throws(Abandoned) in
      try elements.append(parser.parseFlowElement(minimum: minimum))
    }
    return JSONNode(.array(elements), at: place)
  }

  /// Reads the mapping whose `{` is at the cursor.
  mutating func parseFlowMapping(minimum: Int) throws(Abandoned) -> JSONNode {
    let place = location()
    var mapping = MappingBuilder()
    try parseFlowEntries(close: UInt8(ascii: "}"), minimum: minimum, from: place) { parser throws(Abandoned) in
      try parser.parseFlowMember(minimum: minimum, into: &mapping)
    }
    return mapping.node(at: place, reportingTo: &self)
  }

  /// Reads the entries of a flow collection and the commas between them.
  private mutating func parseFlowEntries(
    close: UInt8, minimum: Int, from place: SourceLocation,
    entry: (inout Parser) throws(Abandoned) -> Void
  ) throws(Abandoned) {
    try enter()
    defer { leave() }
    let outerStart = flowStart
    flowStart = place
    defer { flowStart = outerStart }
    let start = cursor
    cursor.position += 1
    try skipToFlowToken(minimum: minimum)
    while peek() != close {
      try throwIfStopped()
      if isAtEnd {
        cursor = start
        throw fail("the flow collection that begins here has no end", hint: "close it with '\(name(close))'")
      }
      if peek() == UInt8(ascii: ",") {
        throw fail("did not find a value before ','", hint: "remove the comma, or write null or \"\"")
      }
      try entry(&self)
      try skipToFlowToken(minimum: minimum)
      if peek() == UInt8(ascii: ",") {
        cursor.position += 1
        try skipToFlowToken(minimum: minimum)
      } else if peek() != close, !isAtEnd {
        throw fail(
          "did not find expected ',' or '\(name(close))' of the flow collection that began on line \(place.line), "
            + "column \(place.column)",
          hint: "put quotes around text that contains any of ',[]{}' or ': ', such as an expression ${{ … }}")
      }
    }
    cursor.position += 1
  }

  private func name(_ byte: UInt8) -> String { String(decoding: [byte], as: UTF8.self) }

  // MARK: Entries

  /// `:` before a value, in a flow collection.
  private var isAtFlowValue: Bool {
    peek() == UInt8(ascii: ":") && !isPlainSafe(peek(1), isFlow: true)
  }

  /// Reads an element of a sequence: a node, or a pair, which is a mapping of one member.
  private mutating func parseFlowElement(minimum: Int) throws(Abandoned) -> JSONNode {
    let place = location()
    let line = cursor.line
    if isIndicator(UInt8(ascii: "?")) {
      try enter()
      defer { leave() }
      var mapping = MappingBuilder()
      try parseFlowMember(minimum: minimum, into: &mapping)
      return mapping.node(at: place, reportingTo: &self)
    }
    let (item, isJSONLike) = try parseFlowNode(minimum: minimum)
    skipWhite()
    guard isAtFlowValue || isJSONLike && peek() == UInt8(ascii: ":") else { return value(item) }
    if cursor.line != line {
      throw fail(
        "mapping values are not allowed here: the key began on line \(line) and must be on one line",
        hint: "write the pair within '{' and '}'")
    }
    try enter()
    defer { leave() }
    var mapping = MappingBuilder()
    try parseFlowValue(of: item, at: place, minimum: minimum, into: &mapping)
    return mapping.node(at: place, reportingTo: &self)
  }

  /// Reads a member of a mapping: `key: value`, `key`, `: value`, `? key : value`.
  private mutating func parseFlowMember(minimum: Int, into mapping: inout MappingBuilder) throws(Abandoned) {
    if isIndicator(UInt8(ascii: "?")) {
      cursor.position += 1
      try skipToFlowToken(minimum: minimum)
    }
    let place = location()
    let (item, isJSONLike) = try parseFlowNode(minimum: minimum)
    try skipToFlowToken(minimum: minimum)
    if isAtFlowValue || isJSONLike && peek() == UInt8(ascii: ":") {
      try parseFlowValue(of: item, at: place, minimum: minimum, into: &mapping)
    } else {
      let name = keyText(item, at: place)
      _ = mapping.add(name, at: place, isMerge: item.isMergeKey, reportingTo: &self)
    }
  }

  /// Reads the value of a key, from its `:`.
  private mutating func parseFlowValue(
    of key: Item, at place: SourceLocation, minimum: Int, into mapping: inout MappingBuilder
  ) throws(Abandoned) {
    let name = keyText(key, at: place)
    let index = mapping.add(name, at: place, isMerge: key.isMergeKey, reportingTo: &self)
    cursor.position += 1
    try skipToFlowToken(minimum: minimum)
    let (item, _) = try parseFlowNode(minimum: minimum)
    mapping.set(value(item), at: index)
  }

  /// Reads a node, which may be empty, and tells whether a `:` behind it needs no white space.
  private mutating func parseFlowNode(minimum: Int) throws(Abandoned) -> (Item, isJSONLike: Bool) {
    let mark = mark()
    var properties = Properties()
    if isAtProperty {
      properties = try parseProperties()
      try skipToFlowToken(minimum: minimum)
      if isAtProperty {
        properties = try merge(properties, parseProperties())
        try skipToFlowToken(minimum: minimum)
      }
    }
    let isEmpty =
      isAtFlowValue || isAtEnd || peek() == UInt8(ascii: ",") || peek() == UInt8(ascii: "]")
      || peek() == UInt8(ascii: "}")
    if isEmpty { return (emptyItem(properties, since: mark), false) }
    let atom = try parseAtom(minimum: minimum, context: .flow)
    return (try finish(atom, properties, since: mark), atom.isJSONLike)
  }
}
