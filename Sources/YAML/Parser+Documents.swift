import JSON

/// Streams of documents and their directives (sections 6.8 and 9).
extension Parser {
  /// Reads the documents of the text; only the first when there must be a `single` one, and a second is an error.
  mutating func parseStream(single: Bool) -> [JSONNode] {
    var documents: [JSONNode] = []
    var isEnded = true
    while !isStopped {
      do {
        try skipToToken()
        let hasDirectives = try parseDirectives(areAllowed: isEnded)
        if isAtEnd {
          if hasDirectives {
            throw fail("the document that the directives are for is missing", hint: "begin it with '---'")
          }
          return documents
        }
        let place = location()
        let isExplicit = try parseDocumentStart(hasDirectives: hasDirectives)
        if !isExplicit, isAtDocumentMarker {
          // A lone `...`.
          try parseDocumentEnd()
          isEnded = true
          continue
        }
        if single, !documents.isEmpty {
          throw stop(
            "a second document begins here, and one is expected", at: place,
            hint: "split the file, or remove the line '---'")
        }
        try documents.append(parseDocument())
        isEnded = isAtDocumentMarker && peek() == UInt8(ascii: ".")
        if isEnded { try parseDocumentEnd() }
      } catch {
        if isStopped { break }
        recoverToDocumentMarker()
        isEnded = true
        if single, documents.isEmpty { documents.append(JSONNode(.null)) }
      }
    }
    return documents
  }

  /// Reads `---` when it is here.
  private mutating func parseDocumentStart(hasDirectives: Bool) throws(Abandoned) -> Bool {
    if isAtDocumentMarker, peek() == UInt8(ascii: "-") {
      cursor.position += 3
      return true
    }
    if hasDirectives {
      throw fail("did not find '---' after the directives", hint: "begin the document with a line '---'")
    }
    return false
  }

  /// Reads `...`, behind which only a comment may follow on its line.
  private mutating func parseDocumentEnd() throws(Abandoned) {
    cursor.position += 3
    try expectLineEnd(after: "the document end marker")
    if bytes[cursor.position...].starts(with: [0xEF, 0xBB, 0xBF]) {
      cursor.position += 3
      cursor.lineStart = cursor.position
    }
  }

  /// Reads a document behind its start marker.
  private mutating func parseDocument() throws(Abandoned) -> JSONNode {
    anchors = [:]
    depth = 0
    deepest = 0
    let item = try parseBlockNode(parent: -1, place: .document)
    let node = value(item)
    try skipToToken()
    guard isAtDocumentEnd else {
      if cursor.hasTab { throw failTab() }
      throw fail(
        "did not expect this after the end of the document's value",
        hint: "is its indentation right? A further document begins with a line '---'")
    }
    return node
  }

  /// Reads the directives before a document.
  private mutating func parseDirectives(areAllowed: Bool) throws(Abandoned) -> Bool {
    tagHandles = ["!!": Tag.corePrefix]
    var declared: Set<String> = []
    var isFound = false
    while peek() == UInt8(ascii: "%"), columnInBytes == 0 {
      guard areAllowed else {
        throw fail("a directive must follow the end of the document before it", hint: "write '...' before it")
      }
      isFound = true
      let place = location()
      let start = cursor.position
      skipToBreak()
      try checkPrintable(from: start)
      let words = directiveWords(from: start)
      switch words[0] {
      case "%YAML":
        if !declared.insert("%YAML").inserted { throw fail("a second %YAML directive", at: place) }
        try checkVersion(words, at: place)
      case "%TAG":
        guard words.count == 3, isTagHandle(words[1]) else {
          throw fail("the directive is not well formed", at: place, hint: "write it as '%TAG !handle! prefix'")
        }
        if !declared.insert(words[1]).inserted {
          throw fail("a second %TAG directive for \(shown(words[1]))", at: place)
        }
        tagHandles[words[1]] = words[2]
      default:
        // Reserved directives are ignored, as section 6.8 says.
        break
      }
      try skipToToken()
    }
    return isFound
  }

  /// The words between an offset and the cursor, without a comment.
  private func directiveWords(from start: Int) -> [String] {
    var words: [String] = []
    for word in bytes[start..<cursor.position].split(whereSeparator: \.isWhite) {
      if word.first == UInt8(ascii: "#") { break }
      words.append(String(decoding: word, as: UTF8.self))
    }
    return words
  }

  private mutating func checkVersion(_ words: [String], at place: SourceLocation) throws(Abandoned) {
    let numbers = words.count == 2 ? words[1].split(separator: ".", omittingEmptySubsequences: false) : []
    guard numbers.count == 2, numbers.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isDigit) }) else {
      throw fail("the directive is not well formed", at: place, hint: "write it as '%YAML 1.2'")
    }
    if numbers[0] != "1" {
      throw fail("the version \(shown(words[1])) of YAML is not known", at: place, hint: "write '%YAML 1.2'")
    }
  }

  /// `!`, `!!` or `!word!`
  private func isTagHandle(_ text: String) -> Bool {
    if text == "!" { return true }
    return text.count >= 2 && text.hasPrefix("!") && text.hasSuffix("!")
      && text.dropFirst().dropLast().utf8.allSatisfy(\.isWord)
  }
}
