import JSON

/// decK's templates: `${{ env "DECK_NAME" }}` in a file is replaced by a value before the file is read.
///
/// It is replacement of text, as in decK: quoting is the file's business. Lines that are comments stay as they are.
enum Template {
  /// What came of a text.
  struct Result {
    /// The text with its values, and the way back.
    var map: SourceMap
    /// The values that were put in; they may be secret.
    var values: [String]
  }

  private static let opening: [UInt8] = [0x24, 0x7B, 0x7B]
  private static let closing: [UInt8] = [0x7D, 0x7D]

  /// Whether a text has templates.
  static func isNeeded(_ text: [UInt8]) -> Bool {
    find(opening, in: text, from: 0) != nil
  }

  /// Fills in all templates of a text.
  ///
  /// - Throws: Everything that is wrong with the templates.
  static func render(_ text: [UInt8], environment: [String: String]) throws(ConfigurationErrors) -> Result {
    var result = Result(map: SourceMap(), values: [])
    var errors: [ConfigurationError] = []
    var position = 0
    while let start = next(in: text, from: position) {
      guard let end = closingMark(in: text, from: start + opening.count) else {
        errors.append(
          .init(
            "unclosed template", location: LineTable.location(of: start, in: text), hint: "a template ends with }}"))
        break
      }
      var copied = text[position..<start]
      var inside = text[(start + opening.count)..<end]
      var after = end + closing.count
      // `${{-` and `-}}` take the white space beside them away.
      if inside.first == 0x2D, inside.dropFirst().first.map(isSpace) ?? false {
        inside = inside.dropFirst()
        while let last = copied.last, isSpace(last) { copied.removeLast() }
      }
      if inside.last == 0x2D, inside.dropLast().last.map(isSpace) ?? false {
        inside = inside.dropLast()
        while after < text.count, isSpace(text[after]) { after += 1 }
      }
      result.map.copy(copied, from: position)
      do throws(TemplateExpression.Fault) {
        var expression = try TemplateExpression(parsing: Array(inside))
        let value = try expression.evaluate(environment)
        result.values += expression.usedValues
        result.map.insert(value, for: start)
      } catch {
        let place = LineTable.location(of: inside.startIndex + error.offset, in: text)
        errors.append(.init(error.message, location: place, hint: error.hint))
      }
      position = after
    }
    guard errors.isEmpty else { throw ConfigurationErrors(errors) }
    result.map.copy(text[position...], from: position)
    return result
  }

  /// The next opening mark that does not stand in a comment line.
  private static func next(in text: [UInt8], from position: Int) -> Int? {
    var position = position
    while let start = find(opening, in: text, from: position) {
      let lineStart = (text[..<start].lastIndex(of: 0x0A) ?? -1) + 1
      guard text[lineStart..<start].first(where: { $0 != 0x20 && $0 != 0x09 }) == 0x23 else { return start }
      position = start + 1
    }
    return nil
  }

  /// The closing mark; those in strings do not count.
  private static func closingMark(in text: [UInt8], from start: Int) -> Int? {
    var index = start
    var quote: UInt8?
    while index + 1 < text.count {
      let byte = text[index]
      if let open = quote {
        if byte == 0x5C, open == 0x22 { index += 1 } else if byte == open { quote = nil }
      } else if byte == 0x22 || byte == 0x60 {
        quote = byte
      } else if byte == 0x7D, text[index + 1] == 0x7D {
        return index
      }
      index += 1
    }
    return nil
  }

  private static func find(_ mark: [UInt8], in text: [UInt8], from start: Int) -> Int? {
    var index = start
    while index + mark.count <= text.count {
      if text[index] == mark[0], text[index..<index + mark.count].elementsEqual(mark) { return index }
      index += 1
    }
    return nil
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }
}
