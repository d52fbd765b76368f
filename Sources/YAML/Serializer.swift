import JSON

/// Writes a value in block style.
struct Serializer {
  /// What was written so far.
  private(set) var output = ""

  /// Keys longer than this are written as explicit ones: YAML limits implicit keys to 1024 characters.
  private static let longestImplicitKey = 1000

  /// Writes a document.
  mutating func writeDocument(_ node: JSONNode) {
    switch node.content {
    case .array(let elements) where !elements.isEmpty:
      writeSequence(elements, indentation: 0, isInline: false)
    case .object(let members) where !members.isEmpty:
      writeMapping(members, indentation: 0, isInline: false)
    default:
      writeScalar(node.content, indentation: 0)
    }
  }

  /// Writes a sequence; its first entry goes on the line that was begun when it is `isInline`.
  private mutating func writeSequence(_ elements: [JSONNode], indentation: Int, isInline: Bool) {
    var isInline = isInline
    for element in elements {
      if !isInline { indent(indentation) }
      isInline = false
      output += "-"
      writeCompact(element, indentation: indentation + 2)
    }
  }

  private mutating func writeMapping(_ members: [JSONNode.Member], indentation: Int, isInline: Bool) {
    var isInline = isInline
    for member in members {
      if !isInline { indent(indentation) }
      isInline = false
      let key = ScalarText.isPlain(member.name) ? member.name : ScalarText.doubleQuoted(member.name)
      if key.unicodeScalars.count > Serializer.longestImplicitKey {
        output += "? \(key)\n"
        indent(indentation)
        output += ":"
        writeCompact(member.value, indentation: indentation + 2)
      } else {
        output += "\(key):"
        writeValue(member.value, indentation: indentation)
      }
    }
  }

  /// Writes what stands behind `-`, or behind the `:` of an explicit key: a collection begins on the same line.
  private mutating func writeCompact(_ node: JSONNode, indentation: Int) {
    output += " "
    switch node.content {
    case .array(let elements) where !elements.isEmpty:
      writeSequence(elements, indentation: indentation, isInline: true)
    case .object(let members) where !members.isEmpty:
      writeMapping(members, indentation: indentation, isInline: true)
    default:
      writeScalar(node.content, indentation: indentation)
    }
  }

  /// Writes what stands behind the `:` of a key: a collection begins on the next line.
  private mutating func writeValue(_ node: JSONNode, indentation: Int) {
    switch node.content {
    case .array(let elements) where !elements.isEmpty:
      output += "\n"
      writeSequence(elements, indentation: indentation, isInline: false)
    case .object(let members) where !members.isEmpty:
      output += "\n"
      writeMapping(members, indentation: indentation + 2, isInline: false)
    default:
      output += " "
      writeScalar(node.content, indentation: indentation + 2)
    }
  }

  /// Writes a scalar or an empty collection to the end of its line.
  private mutating func writeScalar(_ content: JSONNode.Content, indentation: Int) {
    switch content {
    case .null: output += "null"
    case .boolean(let value): output += value ? "true" : "false"
    case .number(let number): output += number
    case .array: output += "[]"
    case .object: output += "{}"
    case .string(let text):
      if ScalarText.isPlain(text) {
        output += text
      } else if indentation > 0, ScalarText.isLiteral(text) {
        writeLiteral(text, indentation: indentation)
        return
      } else {
        output += ScalarText.doubleQuoted(text)
      }
    }
    output += "\n"
  }

  private mutating func writeLiteral(_ text: String, indentation: Int) {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if text.hasSuffix("\n\n") {
      output += "|+\n"
      lines.removeLast()
    } else if text.hasSuffix("\n") {
      output += "|\n"
      lines.removeLast()
    } else {
      output += "|-\n"
    }
    for line in lines {
      if !line.isEmpty {
        indent(indentation)
        output += line
      }
      output += "\n"
    }
  }

  private mutating func indent(_ count: Int) {
    output.append(contentsOf: repeatElement(" ", count: count))
  }
}
