/// Text for terminals that came from elsewhere.
enum PlainText {
  /// A text without control characters: none of it can move the cursor.
  static func line(_ text: String) -> String { replaced(text) { _ in false } }

  /// The same, but with its line ends.
  static func lines(_ text: String) -> String { replaced(text) { $0 == "\n" || $0 == "\t" } }

  private static func replaced(_ text: String, except isAllowed: (Unicode.Scalar) -> Bool) -> String {
    func isControl(_ scalar: Unicode.Scalar) -> Bool {
      switch scalar.value {
      case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: !isAllowed(scalar)
      default: false
      }
    }
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = ""
    for scalar in text.unicodeScalars { result.unicodeScalars.append(isControl(scalar) ? "\u{FFFD}" : scalar) }
    return result
  }
}

/// Emphasis, where the output is a terminal (ECMA-48 §8.3.117, SGR).
struct TextStyle {
  let isOn: Bool

  func bold(_ text: String) -> String { wrap(text, "1") }
  func red(_ text: String) -> String { wrap(text, "31") }
  func dim(_ text: String) -> String { wrap(text, "2") }

  private func wrap(_ text: String, _ code: String) -> String {
    isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

/// Text in columns.
struct TextTable {
  /// A column.
  struct Column {
    var title: String
    /// Numbers stand at the right.
    var isNumber = false
  }

  let columns: [Column]
  private(set) var rows: [[String]] = []

  init(_ columns: [Column]) { self.columns = columns }

  /// Adds a row with a text for each column.
  mutating func add(_ row: [String]) { rows.append(row) }

  /// The lines, the titles first; columns that are empty in every row are left out.
  var lines: [String] {
    let shown = columns.indices.filter { place in rows.contains { $0.indices.contains(place) && !$0[place].isEmpty } }
    let all = [columns.map(\.title)] + rows
    let widths = columns.indices.map { place in all.map { $0.indices.contains(place) ? $0[place].count : 0 }.max() ?? 0
    }
    return all.map { row in
      let cells = shown.map { place in
        let text = row.indices.contains(place) ? row[place] : ""
        if columns[place].isNumber { return String(repeating: " ", count: widths[place] - text.count) + text }
        return Self.padded(text, to: widths[place])
      }
      return Self.trimmed(cells.joined(separator: "  "))
    }
  }

  /// A text with spaces behind it up to a width.
  static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// A text without spaces at its end.
  static func trimmed(_ text: String) -> String {
    var text = text
    while text.hasSuffix(" ") { text.removeLast() }
    return text
  }

  /// A text of at most a width; what is cut off shows as an ellipsis.
  static func cut(_ text: String, to width: Int) -> String {
    text.count <= width ? text : String(text.prefix(max(0, width - 1))) + (width > 0 ? "…" : "")
  }
}
