/// Reads single scalars out of UTF-8 (RFC 3629: no overlong forms, no surrogates).
enum UTF8Decoding {
  /// Stands for a byte that begins no valid scalar; it is in no set.
  static let invalid: UInt32 = .max

  /// The scalar at `offset`, which is inside the text, and its length in bytes.
  @inline(__always)
  static func decode(_ text: Span<UInt8>, at offset: Int) -> (scalar: UInt32, length: Int) {
    let first = text[offset]
    if first < 0x80 { return (UInt32(first), 1) }
    return decodeMultibyte(text, at: offset, first: UInt32(first))
  }

  @inline(never)
  private static func decodeMultibyte(_ text: Span<UInt8>, at offset: Int, first: UInt32) -> (
    scalar: UInt32, length: Int
  ) {
    let length: Int
    var value: UInt32
    let minimum: UInt32
    switch first {
    case 0xc2...0xdf: (length, value, minimum) = (2, first & 0x1f, 0x80)
    case 0xe0...0xef: (length, value, minimum) = (3, first & 0x0f, 0x800)
    case 0xf0...0xf4: (length, value, minimum) = (4, first & 0x07, 0x10000)
    default: return (invalid, 1)
    }
    guard text.count - offset >= length else { return (invalid, 1) }
    for index in 1..<length {
      let byte = UInt32(text[offset + index])
      guard byte & 0xc0 == 0x80 else { return (invalid, 1) }
      value = value << 6 | byte & 0x3f
    }
    guard value >= minimum, value <= 0x10ffff, !(0xd800...0xdfff).contains(value) else { return (invalid, 1) }
    return (value, length)
  }

  /// The scalar that ends just before `offset`; ``invalid`` if there is none.
  static func decodeBackwards(_ text: Span<UInt8>, before offset: Int) -> UInt32 {
    guard offset > 0 else { return invalid }
    var start = offset - 1
    while start > 0, offset - start < 4, text[start] & 0xc0 == 0x80 { start -= 1 }
    let (scalar, length) = decode(text, at: start)
    return start + length == offset ? scalar : invalid
  }
}
