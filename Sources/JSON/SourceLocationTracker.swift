/// Turns rising byte offsets of one text into lines and columns, reading each byte once.
@safe
struct SourceLocationTracker {
  private let text: UnsafeRawBufferPointer
  private var offset: Int
  private var line = 1
  private var column = 1

  /// `text` must outlive the tracker. A byte order mark at its start has no column.
  init(_ text: UnsafeRawBufferPointer) {
    unsafe self.text = unsafe text
    offset = unsafe ByteOrderMark.length(in: text)
  }

  /// The place of a byte. Offsets must not fall from call to call; one past the end is the end.
  mutating func location(at target: Int) -> SourceLocation {
    let end = unsafe Swift.min(target, text.count)
    while offset < end {
      let byte = unsafe text[offset]
      if byte == 0x0A {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        // A continuation byte belongs to the scalar that was counted at its first byte.
        column += 1
      }
      offset += 1
    }
    return SourceLocation(line: line, column: column)
  }
}

/// The mark EF BB BF that some editors put before UTF-8; RFC 8259 §8.1 lets a reader ignore it.
enum ByteOrderMark {
  static func length(in text: UnsafeRawBufferPointer) -> Int {
    unsafe text.count >= 3 && text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF ? 3 : 0
  }
}
