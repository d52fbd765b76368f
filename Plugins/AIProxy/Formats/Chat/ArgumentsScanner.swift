/// Watches the arguments of a tool call go by and knows when they are a complete JSON object.
///
/// The text comes escaped, as the inside of a JSON string, in pieces that may cut an escape in two. It is not checked:
/// a text that is no JSON may look complete or never so.
struct ArgumentsScanner {
  private enum Escape {
    case none
    /// A reverse solidus was read.
    case begun
    /// `\u` was read and `digits` digits of it.
    case unicode(digits: UInt8, value: UInt16)
  }

  private var escape = Escape.none
  private var depth = 0
  private var isInString = false
  /// The character before was a reverse solidus inside a string of the arguments.
  private var isEscaped = false
  /// Whether an object or array was opened.
  private(set) var hasBegun = false

  /// Whether an object was opened and all that was opened is closed.
  var isComplete: Bool { hasBegun && depth == 0 }

  /// Takes the next piece.
  mutating func scan(_ piece: borrowing Span<UInt8>) {
    for index in 0..<piece.count {
      let byte = piece[index]
      switch escape {
      case .none:
        if byte == UInt8(ascii: "\\") {
          escape = .begun
        } else {
          scan(character: byte)
        }
      case .begun:
        escape = .none
        switch byte {
        case UInt8(ascii: "u"): escape = .unicode(digits: 0, value: 0)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): scan(character: byte)
        default: scan(character: UInt8(ascii: " "))
        }
      case .unicode(let digits, let value):
        let value = value &<< 4 | UInt16(hexadecimalValue(byte) ?? 0)
        if digits < 3 {
          escape = .unicode(digits: digits + 1, value: value)
        } else {
          escape = .none
          scan(character: value < 0x80 ? UInt8(value) : 0x80)
        }
      }
    }
  }

  private mutating func scan(character: UInt8) {
    if isInString {
      if isEscaped {
        isEscaped = false
      } else if character == UInt8(ascii: "\\") {
        isEscaped = true
      } else if character == UInt8(ascii: "\"") {
        isInString = false
      }
      return
    }
    switch character {
    case UInt8(ascii: "\""): isInString = true
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      depth += 1
      hasBegun = true
    case UInt8(ascii: "}"), UInt8(ascii: "]"): depth = max(0, depth - 1)
    default: break
    }
  }
}

/// The value of a hexadecimal digit, or `nil`.
func hexadecimalValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
  default: nil
  }
}
