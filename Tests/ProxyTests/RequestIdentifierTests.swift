import Testing

@testable import Proxy

@Suite("Request identifiers")
struct RequestIdentifierTests {
  func text(_ identifier: RequestIdentifier) -> String {
    let buffer = ByteBuffer()
    identifier.append(to: buffer)
    return unsafe String(decoding: buffer.bytes, as: UTF8.self)
  }

  @Test("the digits are those of the number, in lower case with leading zeros")
  func digits() {
    func reference(_ value: UInt64) -> String {
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    var random = SystemRandomNumberGenerator()
    var values: [UInt64] = [0, 1, 9, 10, 15, 16, .max, 0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210]
    for shift in 0..<64 { values.append(1 << UInt64(shift)) }
    for _ in 0..<1000 { values.append(random.next()) }
    for (high, low) in zip(values, values.reversed()) {
      #expect(text(RequestIdentifier(high: high, low: low)) == reference(high) + reference(low))
    }
  }

  @Test("no two are the same")
  func unique() {
    var one = RequestIdentifierSource()
    var other = RequestIdentifierSource()
    var seen: Set<String> = []
    for _ in 0..<5000 {
      seen.insert(text(one.next()))
      seen.insert(text(other.next()))
    }
    #expect(seen.count == 10_000)
  }
}
