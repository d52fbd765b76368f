/// Base64 (RFC 4648 §4).
enum Base64 {
  /// The text of `bytes`, with padding.
  static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let count = min(3, bytes.count - index)
      var group: UInt32 = 0
      for place in 0..<3 { group = group << 8 | (place < count ? UInt32(bytes[index + place]) : 0) }
      for place in 0..<4 {
        let digit = UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * place) & 63)
        text.append(place <= count ? character(digit) : UInt8(ascii: "="))
      }
      index += 3
    }
    return text
  }

  private static func character(_ digit: UInt8) -> UInt8 {
    switch digit {
    case 0..<26: UInt8(ascii: "A") &+ digit
    case 26..<52: UInt8(ascii: "a") &+ (digit &- 26)
    case 52..<62: UInt8(ascii: "0") &+ (digit &- 52)
    case 62: UInt8(ascii: "+")
    default: UInt8(ascii: "/")
    }
  }
}
