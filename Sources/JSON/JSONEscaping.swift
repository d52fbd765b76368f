/// Writes text as the inside of a JSON string (RFC 8259 §7): only quotes, backslashes and control characters are
/// escaped. Bytes that are not UTF-8 become U+FFFD.
enum JSONEscaping {
  /// Appends `text`, escaped. Allocates nothing when the capacity of `bytes` suffices.
  static func append(_ text: UnsafeRawBufferPointer, to bytes: inout [UInt8]) {
    guard let base = text.baseAddress else { return }
    var written = 0
    var offset = 0
    while true {
      offset = unsafe JSONStringScanner.firstSpecial(base, from: offset, count: text.count)
      if offset < text.count, unsafe text[offset] >= 0x80 {
        let length = unsafe UTF8Sequence.length(base, at: offset, count: text.count)
        if length > 0 {
          offset += length
          continue
        }
      }
      if written < offset { unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: text[written..<offset])) }
      guard offset < text.count else { return }
      if unsafe text[offset] >= 0x80 {
        appendReplacement(to: &bytes)
        unsafe offset += UTF8Sequence.lengthToReplace(text, at: offset)
      } else {
        unsafe appendEscape(text[offset], to: &bytes)
        offset += 1
      }
      written = offset
    }
  }

  private static func appendReplacement(to bytes: inout [UInt8]) {
    bytes.append(0xEF)
    bytes.append(0xBF)
    bytes.append(0xBD)
  }

  private static func appendEscape(_ byte: UInt8, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0C: bytes.append(UInt8(ascii: "f"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    case 0..<0x20:
      bytes.append(UInt8(ascii: "u"))
      bytes.append(UInt8(ascii: "0"))
      bytes.append(UInt8(ascii: "0"))
      bytes.append(UInt8(ascii: "0") + byte >> 4)
      let low = byte & 0x0F
      bytes.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
    default: bytes.append(byte)
    }
  }
}
