/// Identifiers as the service makes them: UUIDs and call ids.
enum Identifier {
  /// A random UUID (RFC 9562 version 4), lower case.
  static func uuid() -> String {
    var generator = SystemRandomNumberGenerator()
    let high = (generator.next() & ~0xF000) | 0x4000
    let low = (generator.next() & ~(0b11 << 62)) | (0b10 << 62)
    let text = hexadecimal(high) + hexadecimal(low)
    let digits = Array(text.utf8)
    var result: [UInt8] = []
    for (offset, digit) in digits.enumerated() {
      if offset == 8 || offset == 12 || offset == 16 || offset == 20 { result.append(UInt8(ascii: "-")) }
      result.append(digit)
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// An id for a tool call: `call_` and 22 hexadecimal digits.
  static func call() -> String {
    var generator = SystemRandomNumberGenerator()
    return "call_" + hexadecimal(generator.next()) + hexadecimal(generator.next()).prefix(6)
  }

  private static func hexadecimal(_ value: UInt64) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
