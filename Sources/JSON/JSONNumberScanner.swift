/// The grammar of numbers (RFC 8259 §6).
enum JSONNumberScanner {
  /// Checks the number at `start`, where a minus or a digit stands.
  /// Returns the offset after it, and whether it has a fraction or an exponent.
  @inline(__always)
  static func scan(
    _ base: UnsafeRawPointer, from start: Int, count: Int
  ) throws(JSONFailure) -> (end: Int, isFractional: Bool) {
    var offset = start
    var isFractional = false
    @inline(__always) func byte() -> UInt8 {
      unsafe offset < count ? base.load(fromByteOffset: offset, as: UInt8.self) : 0
    }
    @inline(__always) func isDigit() -> Bool { byte() &- UInt8(ascii: "0") <= 9 }
    @inline(__always) func digits() throws(JSONFailure) {
      guard isDigit() else { throw JSONFailure(problem: .digitExpected, offset: offset) }
      repeat { offset &+= 1 } while isDigit()
    }

    if byte() == UInt8(ascii: "-") { offset &+= 1 }
    if byte() == UInt8(ascii: "0") {
      offset &+= 1
      guard !isDigit() else { throw JSONFailure(problem: .leadingZero, offset: offset) }
    } else {
      try digits()
    }
    if byte() == UInt8(ascii: ".") {
      offset &+= 1
      isFractional = true
      try digits()
    }
    if byte() | 0x20 == UInt8(ascii: "e") {
      offset &+= 1
      isFractional = true
      if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-") { offset &+= 1 }
      try digits()
    }
    return (offset, isFractional)
  }
}
