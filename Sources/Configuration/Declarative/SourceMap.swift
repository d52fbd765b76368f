import JSON

/// Leads from places in a text whose templates were filled in back to the text as it was written.
struct SourceMap: Sendable {
  /// A piece of the new text.
  fileprivate struct Piece: Sendable {
    /// Where it starts in the new text, in bytes.
    var start: Int
    /// Where it came from in the old text, in bytes.
    var origin: Int
    /// Whether it was put in: all of it came from one place.
    var isInserted: Bool
  }

  private var pieces: [Piece] = []
  /// The text with its templates filled in.
  private(set) var text: [UInt8] = []

  /// Appends bytes as they stand in the old text.
  mutating func copy(_ bytes: ArraySlice<UInt8>, from origin: Int) {
    guard !bytes.isEmpty else { return }
    pieces.append(Piece(start: text.count, origin: origin, isInserted: false))
    text += bytes
  }

  /// Appends what a template made of itself.
  mutating func insert(_ value: String, for origin: Int) {
    pieces.append(Piece(start: text.count, origin: origin, isInserted: true))
    text += Array(value.utf8)
  }

  /// A map that answers places of the old text.
  func resolver(original: [UInt8]) -> Resolver {
    Resolver(pieces: pieces, text: text, original: original)
  }

  /// Answers places.
  struct Resolver {
    private let pieces: [Piece]
    private let text: [UInt8]
    private let original: [UInt8]
    private let lines: [Int]
    private let originalLines: [Int]

    fileprivate init(pieces: [Piece], text: [UInt8], original: [UInt8]) {
      self.pieces = pieces
      self.text = text
      self.original = original
      lines = LineTable.starts(of: text)
      originalLines = LineTable.starts(of: original)
    }

    /// The place in the old text.
    func original(_ location: SourceLocation) -> SourceLocation {
      guard lines.indices.contains(location.line - 1) else { return location }
      var offset = lines[location.line - 1]
      for _ in 1..<max(1, location.column) where offset < text.count {
        offset += 1
        while offset < text.count, text[offset] & 0xC0 == 0x80 { offset += 1 }
      }
      // The last piece that starts at or before the place.
      var low = 0
      var high = pieces.count
      while low < high {
        let middle = (low + high) / 2
        if pieces[middle].start <= offset { low = middle + 1 } else { high = middle }
      }
      guard low > 0 else { return location }
      let piece = pieces[low - 1]
      return originalLocation(of: piece.isInserted ? piece.origin : piece.origin + offset - piece.start)
    }

    private func originalLocation(of offset: Int) -> SourceLocation {
      // The last line that starts at or before the byte.
      var low = 0
      var high = originalLines.count
      while low < high {
        let middle = (low + high) / 2
        if originalLines[middle] <= offset { low = middle + 1 } else { high = middle }
      }
      let start = originalLines[max(0, low - 1)]
      let column = original[start..<min(max(start, offset), original.count)].count { $0 & 0xC0 != 0x80 }
      return SourceLocation(line: max(1, low), column: column + 1)
    }

    /// The node with all its places in the old text.
    func original(_ node: JSONNode) -> JSONNode {
      var node = node
      node.location = node.location.map(original(_:))
      switch node.content {
      case .array(let elements):
        node.content = .array(elements.map(original(_:)))
      case .object(let members):
        node.content = .object(
          members.map { member in
            JSONNode.Member(
              name: member.name, nameLocation: member.nameLocation.map(original(_:)), value: original(member.value))
          })
      default: break
      }
      return node
    }
  }
}

/// Lines and columns of a text.
enum LineTable {
  /// Where each line starts, in bytes.
  static func starts(of text: [UInt8]) -> [Int] {
    [0] + text.indices.filter { text[$0] == 0x0A }.map { $0 + 1 }
  }

  /// The line and column of a byte; columns are Unicode scalars.
  static func location(of offset: Int, in text: [UInt8]) -> SourceLocation {
    let before = text[..<min(offset, text.count)]
    let lineStart = (before.lastIndex(of: 0x0A) ?? -1) + 1
    return SourceLocation(
      line: before.count(where: { $0 == 0x0A }) + 1,
      column: before[lineStart...].count(where: { $0 & 0xC0 != 0x80 }) + 1)
  }
}
