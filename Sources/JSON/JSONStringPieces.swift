import Glibc

/// Takes the inside of a string apart into runs without escapes and the scalars that escapes stand for
/// (RFC 8259 §7). The string must have been checked; in one that was not, some U+FFFD come out, never a fault.
@safe
struct JSONStringPieces {
  @safe
  enum Piece {
    /// Bytes that stand for themselves; not empty.
    case run(UnsafeRawBufferPointer)
    /// What an escape, or a pair of surrogate escapes, stands for.
    case scalar(Unicode.Scalar)
  }

  private let raw: UnsafeRawBufferPointer
  private var offset = 0

  /// `raw` must outlive the pieces.
  init(_ raw: UnsafeRawBufferPointer) { unsafe self.raw = unsafe raw }

  mutating func next() -> Piece? {
    guard unsafe offset < raw.count, let base = unsafe raw.baseAddress else { return nil }
    let start = offset
    if unsafe raw[start] != UInt8(ascii: "\\") {
      let remaining = unsafe raw.count - start
      let backslash = unsafe memchr(base + start, Int32(UInt8(ascii: "\\")), remaining)
      if let backslash = unsafe backslash {
        offset = unsafe UnsafeRawPointer(backslash) - base
      } else {
        offset = unsafe raw.count
      }
      return unsafe .run(UnsafeRawBufferPointer(rebasing: raw[start..<offset]))
    }
    guard unsafe start + 1 < raw.count else {
      offset = unsafe raw.count
      return .scalar("\u{FFFD}")
    }
    offset = start + 2
    switch unsafe raw[start + 1] {
    case UInt8(ascii: "b"): return .scalar("\u{08}")
    case UInt8(ascii: "f"): return .scalar("\u{0C}")
    case UInt8(ascii: "n"): return .scalar("\n")
    case UInt8(ascii: "r"): return .scalar("\r")
    case UInt8(ascii: "t"): return .scalar("\t")
    case UInt8(ascii: "u"): return .scalar(unicodeEscape(at: start))
    case let byte: return .scalar(Unicode.Scalar(byte))
    }
  }

  /// Decodes `\uXXXX` at `start`, with the low surrogate after a high one; moves past them.
  private mutating func unicodeEscape(at start: Int) -> Unicode.Scalar {
    guard let unit = codeUnit(at: start) else { return "\u{FFFD}" }
    offset = start + 6
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard unit < 0xDC00, let low = codeUnit(at: offset), (0xDC00...0xDFFF).contains(low) else { return "\u{FFFD}" }
    offset += 6
    return Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)) ?? "\u{FFFD}"
  }

  /// The UTF-16 code unit of a `\uXXXX` at `start`, if one stands there.
  private func codeUnit(at start: Int) -> UInt32? {
    guard unsafe start + 6 <= raw.count, unsafe raw[start] == UInt8(ascii: "\\"),
      unsafe raw[start + 1] == UInt8(ascii: "u")
    else {
      return nil
    }
    var unit: UInt32 = 0
    for place in (start + 2)..<(start + 6) {
      guard let digit = unsafe HexadecimalDigit.value(raw[place]) else { return nil }
      unit = unit << 4 | digit
    }
    return unit
  }
}

/// A scalar's UTF-8 bytes, without memory of their own.
struct UTF8Bytes {
  private let word: UInt32
  /// 1 to 4.
  let count: Int

  init(_ scalar: Unicode.Scalar) {
    let value = scalar.value
    switch value {
    case 0..<0x80: (word, count) = (value, 1)
    case 0x80..<0x800: (word, count) = (0x80C0 | value >> 6 | (value & 0x3F) << 8, 2)
    case 0x800..<0x10000:
      (word, count) = (0x80_80E0 | value >> 12 | (value >> 6 & 0x3F) << 8 | (value & 0x3F) << 16, 3)
    default:
      let low = (value >> 6 & 0x3F) << 16 | (value & 0x3F) << 24
      (word, count) = (0x8080_80F0 | value >> 18 | (value >> 12 & 0x3F) << 8 | low, 4)
    }
  }

  /// The byte at a place from 0.
  subscript(_ place: Int) -> UInt8 { UInt8(truncatingIfNeeded: word >> UInt32(place * 8)) }
}
