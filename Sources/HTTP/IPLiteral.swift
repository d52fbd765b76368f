/// What may stand between the brackets of a host (`IPv6address` or `IPvFuture`, RFC 3986 §3.2.2).
enum IPLiteral {
  /// Whether the bytes of `start ..< end` are one.
  static func isValid(_ bytes: MessageBytes, from start: Int, to end: Int) -> Bool {
    guard start < end else { return false }
    if bytes[start] | 0x20 == UInt8(ascii: "v") { return isFuture(bytes, from: start + 1, to: end) }
    return isVersion6(bytes, from: start, to: end)
  }

  /// `1*HEXDIG "." 1*( unreserved / sub-delims / ":" )`
  private static func isFuture(_ bytes: MessageBytes, from start: Int, to end: Int) -> Bool {
    let dot = bytes.end(of: .hexadecimal, from: start, to: end)
    guard dot > start, dot + 1 < end, bytes[dot] == UInt8(ascii: ".") else { return false }
    var index = dot + 1
    while index < end {
      guard CharacterClass.registeredName.contains(bytes[index]) || bytes[index] == UInt8(ascii: ":") else {
        return false
      }
      index += 1
    }
    return true
  }

  /// Eight groups of up to four digits; `::` stands for one or more of them; the last two may be an IPv4 address.
  private static func isVersion6(_ bytes: MessageBytes, from start: Int, to end: Int) -> Bool {
    var index = start
    var groups = 0
    var isShortened = false
    if bytes[index] == UInt8(ascii: ":") {
      guard index + 1 < end, bytes[index + 1] == UInt8(ascii: ":") else { return false }
      isShortened = true
      index += 2
    }
    while index < end {
      let groupEnd = bytes.end(of: .hexadecimal, from: index, to: end)
      if groupEnd < end, bytes[groupEnd] == UInt8(ascii: ".") {
        guard isVersion4(bytes, from: index, to: end) else { return false }
        groups += 2
        break
      }
      guard groupEnd > index, groupEnd - index <= 4 else { return false }
      groups += 1
      index = groupEnd
      guard index < end else { break }
      guard bytes[index] == UInt8(ascii: ":"), index + 1 < end else { return false }
      index += 1
      if bytes[index] == UInt8(ascii: ":") {
        guard !isShortened else { return false }
        isShortened = true
        index += 1
      }
    }
    return isShortened ? groups <= 7 : groups == 8
  }

  /// Four numbers up to 255, without leading zeros.
  private static func isVersion4(_ bytes: MessageBytes, from start: Int, to end: Int) -> Bool {
    var index = start
    var octets = 0
    while true {
      let first = index
      var number = 0
      while index < end, bytes[index].isDigit, index - first < 3 {
        number = number * 10 + Int(bytes[index] - UInt8(ascii: "0"))
        index += 1
      }
      guard index > first, number <= 255, index - first == 1 || bytes[first] != UInt8(ascii: "0") else { return false }
      octets += 1
      if octets == 4 { return index == end }
      guard index < end, bytes[index] == UInt8(ascii: ".") else { return false }
      index += 1
    }
  }
}
