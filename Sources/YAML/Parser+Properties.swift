import JSON

/// Anchors, tags and aliases (sections 6.9 and 7.1).
extension Parser {
  var isAtProperty: Bool { peek() == UInt8(ascii: "&") || peek() == UInt8(ascii: "!") }

  /// Reads the properties at the cursor, which stand on one line, and moves to the end of the last.
  mutating func parseProperties() throws(Abandoned) -> Properties {
    var properties = Properties(location: location())
    while true {
      let place = location()
      if peek() == UInt8(ascii: "&") {
        let name = try parseAnchorName("anchor")
        if properties.anchor != nil { throw fail("a node can have only one anchor", at: place) }
        properties.anchor = name
      } else {
        let tag = try parseTag()
        if properties.tag != nil { throw fail("a node can have only one tag", at: place) }
        properties.tag = tag
      }
      // A further property is one only behind white space.
      let end = cursor.position
      skipWhite()
      guard isAtProperty, cursor.position > end else {
        cursor.position = end
        break
      }
    }
    open(properties)
    return properties
  }

  /// Properties of one node that stand on two lines.
  mutating func merge(_ outer: Properties, _ inner: Properties) throws(Abandoned) -> Properties {
    if outer.anchor != nil, inner.anchor != nil {
      throw fail("a node can have only one anchor", at: inner.location)
    }
    if outer.tag != nil, inner.tag != nil {
      throw fail("a node can have only one tag", at: inner.location)
    }
    return Properties(
      anchor: outer.anchor ?? inner.anchor, tag: outer.tag ?? inner.tag, location: outer.location ?? inner.location)
  }

  /// Marks the anchor as that of a node that is not complete.
  private mutating func open(_ properties: Properties) {
    if let anchor = properties.anchor { anchors[anchor] = .open }
  }

  /// Reads `&name` or `*name`.
  mutating func parseAnchorName(_ what: String) throws(Abandoned) -> String {
    let start = cursor.position
    cursor.position += 1
    while !isAtEnd, !peek().endsToken, !peek().isFlowIndicator { cursor.position += 1 }
    if cursor.position == start + 1 {
      throw fail("did not find the name of the \(what)", hint: Parser.quoteHint)
    }
    try checkPrintable(from: start)
    return String(decoding: bytes[start + 1..<cursor.position], as: UTF8.self)
  }

  // MARK: Aliases

  /// Reads `*name`.
  mutating func parseAlias() throws(Abandoned) -> Item {
    let place = location()
    let name = try parseAnchorName("alias")
    switch anchors[name] {
    case nil:
      report(
        "the alias \(shown("*" + name)) has no anchor of that name before it", at: place,
        hint: "define the anchor, or put quotes around the value if it is meant as text")
      return Item(node: JSONNode(.null, at: place), key: "*" + name)
    case .open:
      report(
        "the alias \(shown("*" + name)) stands within the node that it is to repeat", at: place,
        hint: "a value cannot contain itself")
      return Item(node: JSONNode(.null, at: place), key: "*" + name)
    case .complete(var item, let itemWeight, let height):
      aliasWeight += itemWeight
      weight += itemWeight
      if aliasWeight > Limits.aliasWeight {
        throw stop("aliases repeat more than \(Limits.aliasWeight) values", at: place, hint: "repeat fewer")
      }
      deepest = max(deepest, depth + height)
      if deepest > Limits.depth {
        throw stop("collections are nested more than \(Limits.depth) deep through aliases", at: place)
      }
      item.node.location = place
      item.isMergeKey = false
      return item
    }
  }

  // MARK: Tags

  /// Reads a tag (section 6.8.2 and 6.9.1).
  private mutating func parseTag() throws(Abandoned) -> Tag {
    let place = location()
    let start = cursor.position
    cursor.position += 1
    let name: String
    if peek() == UInt8(ascii: "<") {
      cursor.position += 1
      name = try parseTagCharacters(isVerbatim: true)
      guard peek() == UInt8(ascii: ">"), !name.isEmpty, name != "!" else {
        throw fail("the tag is not well formed", at: place, hint: "write it as !<name>")
      }
      cursor.position += 1
    } else {
      name = try parseShorthandTag(at: place)
    }
    let ends = peek().endsToken || peek().isFlowIndicator && peek() != UInt8(ascii: "{") && peek() != UInt8(ascii: "[")
    guard ends else {
      throw fail("did not expect this character in a tag", hint: Parser.quoteHint)
    }
    let written = String(decoding: bytes[start..<cursor.position], as: UTF8.self)
    if name == "!" { return .nonSpecific }
    if let tag = Tag(fullName: name) { return tag }
    report(
      "the tag \(shown(written)) is not known", at: place,
      hint: written.hasPrefix("!!")
        ? "the known ones are !!str, !!int, !!float, !!bool, !!null, !!seq, !!map and !!binary"
        : "remove it: tags of one's own have no meaning here; put quotes around a value that begins with '!'")
    return .unknown
  }

  /// Reads `!handle!suffix`, `!!suffix`, `!suffix` or `!` behind its first `!`, and gives the full name.
  private mutating func parseShorthandTag(at place: SourceLocation) throws(Abandoned) -> String {
    let start = cursor.position
    while peek().isWord { cursor.position += 1 }
    var handle = "!"
    if peek() == UInt8(ascii: "!") {
      handle += String(decoding: bytes[start...cursor.position], as: UTF8.self)
      cursor.position += 1
    } else {
      cursor.position = start
    }
    let suffix = try parseTagCharacters(isVerbatim: false)
    if handle == "!" {
      return suffix.isEmpty ? "!" : (tagHandles[handle] ?? "!") + suffix
    }
    if suffix.isEmpty { throw fail("the tag \(shown(handle)) has nothing behind its handle", at: place) }
    guard let prefix = tagHandles[handle] else {
      throw fail(
        "the tag handle \(shown(handle)) is not declared", at: place,
        hint: "put quotes around a value that begins with '!'")
    }
    return prefix + suffix
  }

  /// Reads `ns-uri-char*` or `ns-tag-char*`, with `%` escapes decoded.
  mutating func parseTagCharacters(isVerbatim: Bool) throws(Abandoned) -> String {
    var text: [UInt8] = []
    while true {
      let byte = peek()
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = peek(1).hexValue, let low = peek(2).hexValue else {
          throw fail("'%' in a tag must be followed by two hexadecimal digits")
        }
        text.append(UInt8(truncatingIfNeeded: high << 4 | low))
        cursor.position += 3
        continue
      case UInt8(ascii: "!"), UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"):
        guard isVerbatim else { return String(decoding: text, as: UTF8.self) }
      case UInt8(ascii: "#"), UInt8(ascii: ";"), UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: ":"),
        UInt8(ascii: "@"), UInt8(ascii: "&"), UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "$"),
        UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"), UInt8(ascii: "*"), UInt8(ascii: "'"),
        UInt8(ascii: "("), UInt8(ascii: ")"):
        break
      default:
        guard byte.isWord else { return String(decoding: text, as: UTF8.self) }
      }
      text.append(byte)
      cursor.position += 1
    }
  }
}
