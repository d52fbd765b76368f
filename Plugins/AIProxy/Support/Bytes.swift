import Glibc

/// Appending to a byte buffer what bodies are made of. Every buffer here is a plain `[UInt8]` that its owner
/// clears with its capacity kept, so a stream in its stride allocates nothing.
extension [UInt8] {
  /// Appends constant text.
  @inlinable
  mutating func append(_ text: StaticString) {
    // Safe: a static string with a pointer representation lives as long as the process.
    unsafe append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends a copy of `bytes`.
  @inlinable
  mutating func append(_ bytes: borrowing Span<UInt8>) {
    // Safe: the pointer is used within the closure only, and the span outlives the call.
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }

  /// Appends the UTF-8 form of `text`.
  mutating func append(text: String) {
    append(contentsOf: text.utf8)
  }

  /// Appends `number` in decimal.
  mutating func append(decimal number: Int) {
    if number >= 0, number < 10 {
      append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number))
      return
    }
    var magnitude = number.magnitude
    let start = count
    repeat {
      append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: magnitude % 10))
      magnitude /= 10
    } while magnitude > 0
    if number < 0 { append(UInt8(ascii: "-")) }
    self[start...].reverse()
  }

  /// Appends `text` as the inside of a JSON string (RFC 8259 §7): quotation mark, reverse solidus and control
  /// characters escaped, everything else as it is.
  mutating func append(escaping text: borrowing Span<UInt8>) {
    var copied = 0
    let count = text.count
    for index in 0..<count {
      let byte = text[index]
      if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
      append(text.extracting(copied..<index))
      copied = index + 1
      append(UInt8(ascii: "\\"))
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): append(byte)
      case 0x08: append(UInt8(ascii: "b"))
      case 0x09: append(UInt8(ascii: "t"))
      case 0x0A: append(UInt8(ascii: "n"))
      case 0x0C: append(UInt8(ascii: "f"))
      case 0x0D: append(UInt8(ascii: "r"))
      default:
        append("u00")
        append(hexadecimalDigit(byte >> 4))
        append(hexadecimalDigit(byte & 0xF))
      }
    }
    append(text.extracting(copied..<count))
  }

  /// Appends `text` as the inside of a JSON string.
  mutating func append(escaping text: String) {
    append(escaping: Array(text.utf8).span)
  }
}

/// The lower-case hexadecimal digit of a value below 16.
func hexadecimalDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ (value &- 10)
}

extension Span where Element == UInt8 {
  /// The offset of the first `byte` at or after `start`, or `nil`.
  func firstOffset(of byte: UInt8, from start: Int = 0) -> Int? {
    guard start < count else { return nil }
    // Safe: the search stays inside the span, and only an offset leaves the closure.
    return unsafe withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress,
        let found = unsafe memchr(base + start, Int32(byte), count - start)
      else { return nil }
      return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
  }

  /// Whether the bytes are exactly `text`.
  func equals(_ text: StaticString) -> Bool {
    count == text.utf8CodeUnitCount && starts(with: text)
  }

  /// Whether the bytes begin with `text`.
  func starts(with text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    guard count >= length else { return false }
    guard length > 0 else { return true }
    // Safe: both sides hold at least `length` bytes.
    return unsafe withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return false }
      return unsafe memcmp(base, text.utf8Start, length) == 0
    }
  }

  /// Whether the bytes end with `text`.
  func ends(with text: StaticString) -> Bool {
    let length = text.utf8CodeUnitCount
    return count >= length && extracting((count - length)..<count).starts(with: text)
  }

  /// Where `text` stands last, or `nil`.
  func lastOffset(of text: StaticString) -> Int? {
    var offset = count - text.utf8CodeUnitCount
    while offset >= 0 {
      if extracting(offset..<count).starts(with: text) { return offset }
      offset -= 1
    }
    return nil
  }

  /// Whether both hold the same bytes.
  func equals(_ other: borrowing Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    guard count > 0 else { return true }
    // Safe: both sides hold `count` bytes.
    return unsafe withUnsafeBufferPointer { left in
      unsafe other.withUnsafeBufferPointer { right in
        guard let left = left.baseAddress, let right = right.baseAddress else { return false }
        return unsafe memcmp(left, right, count) == 0
      }
    }
  }

  /// Whether both hold the same bytes.
  func equals(_ other: [UInt8]) -> Bool { equals(other.span) }

  /// The bytes as text; malformed UTF-8 is repaired. For messages and tests, not for the request path.
  var text: String {
    unsafe withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
}
